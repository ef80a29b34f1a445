using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Export;

namespace JitProxy.Server.Admin;

/// <summary>Exports the rows of a grant's statement, decided, recorded and masked as on the wire, and written into a file's format here.</summary>
internal interface IExport
{
    /// <summary>The whole export; the answer is how it ended. A refusal is an end with an error, not an exception.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="database">One of its databases, <c>server/database</c>.</param>
    /// <param name="client">Where the request comes from, for the audit trail.</param>
    /// <param name="format">The format.</param>
    /// <param name="table">The table that INSERT statements name; null for the one that the rows come from.</param>
    /// <param name="target">Takes the file.</param>
    /// <param name="stop">Cancels the statement upstream.</param>
    Task<ExportEnd> ExportAsync(Grant grant, string database, string client, ExportFormat format, string? table, IExportTarget target, CancellationToken stop);
}
