using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>The catalogue of <c>server/database</c>, read now if it has to be; null if there is no such database or it cannot be reached.</summary>
internal delegate ValueTask<Catalogue?> CatalogueSource(string database, CancellationToken stop);

/// <summary>Explains one statement, with the functions of users that the configuration admits; never throws on any input.</summary>
internal delegate StatementAnalysis AnalysisSource(ReadOnlySpan<byte> text, Catalogue catalogue, Func<string, string, bool>? admitted);

/// <summary>Writes a change into the audit trail before it takes effect. Null when it is written; otherwise why it is not.</summary>
internal delegate string? ChangeRecorder(GrantChange change);

/// <summary>What the desk needs from the rest of the program.</summary>
/// <param name="Configuration">The configuration in force.</param>
/// <param name="Catalogues">Catalogues of databases.</param>
/// <param name="Analyze">The analysis of statements.</param>
/// <param name="Record">The audit trail.</param>
/// <param name="Clock">Time.</param>
internal sealed record DeskServices(
    Func<ProxyConfiguration> Configuration,
    CatalogueSource Catalogues,
    AnalysisSource Analyze,
    ChangeRecorder Record,
    TimeProvider Clock);
