using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Admin;

/// <summary>Says what would happen to a statement. Runs nothing.</summary>
internal interface IExplain
{
    /// <summary>The explanation. A database that does not exist or cannot be reached is one, too: refused, with the reason.</summary>
    Task<Explanation> ExplainAsync(ExplainQuestion question, CancellationToken stop);
}

/// <summary>What to explain.</summary>
/// <param name="Database">`server/database`.</param>
/// <param name="Statement">The statement.</param>
/// <param name="User">Whose grants and exemptions count.</param>
/// <param name="Schema">Where unqualified names are looked up; null for the server's default.</param>
/// <param name="Unmask">Whether masked columns come in clear.</param>
internal sealed record ExplainQuestion(string Database, string Statement, string User, string? Schema, bool Unmask);
