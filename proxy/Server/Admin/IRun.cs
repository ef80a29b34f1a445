using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Admin;

/// <summary>Runs the statement of a grant for its user, decided, recorded and masked as on the wire.</summary>
internal interface IRun
{
    /// <summary>The columns, the rows, and always an end. A refusal is an end with an error, not an exception.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="database">One of its databases, `server/database`.</param>
    /// <param name="client">Where the request comes from, for the audit trail.</param>
    /// <param name="stop">Cancels the statement upstream.</param>
    IAsyncEnumerable<RunLine> RunAsync(Grant grant, string database, string client, CancellationToken stop);
}
