using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>A database that a request names, with what the statement does there.</summary>
/// <param name="Server">Its server.</param>
/// <param name="Name">Its name on the server.</param>
/// <param name="Analysis">What the statement reads; null for a role grant, which may read anything.</param>
internal sealed record AnalyzedTarget(ServerConfiguration Server, string Name, StatementAnalysis? Analysis)
{
    /// <summary><c>server/database</c>.</summary>
    public string QualifiedName => $"{Server.Name}/{Name}";
}
