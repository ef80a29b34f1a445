using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Cli;

/// <summary>Checks one MySQL or MariaDB server by reading the catalogue that statements are going to be analysed with.</summary>
internal static class MySqlUpstreamCheck
{
    /// <summary>Checks the server, every database that projects and masks name, and the masked columns.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be used.</exception>
    public static async Task<ServerCheck> RunAsync(ServerConfiguration server, ProxyConfiguration configuration, string place, CancellationToken stop)
    {
        var patterns = configuration.Projects.Values.SelectMany(static p => p.Databases).Where(p => p.Server == server.Name).ToArray();
        var masked = configuration.Masking.Columns.Keys.Where(c => c.Server == server.Name).ToArray();

        // Any database shows which others there are; this one is everybody's.
        var catalogue = await MySqlCatalogueReader.ReadAsync(server.Upstream, "information_schema", stop);
        var databases = catalogue.Relations.Select(static r => r.Schema).Distinct().ToArray();
        var warnings = ImmutableArray.CreateBuilder<string>();
        if (server.Engine == SqlDialect.MariaDb && catalogue.Dialect != SqlDialect.MariaDb)
            warnings.Add($"engine is mariadb, and the server is MySQL {catalogue.Server.Version}");
        foreach (var pattern in patterns.Where(p => !databases.Any(d => p.Covers(server.Name, d))))
            warnings.Add($"{pattern} covers no database of {server.Name} with a table in it that {server.Upstream.User} may see");
        warnings.AddRange(masked.Select(column => Find(column, catalogue)).OfType<string>());

        var blind = catalogue.Relations.Where(r => r is { Kind: RelationKind.View, Definition: null } && patterns.Any(p => p.Covers(server.Name, r.Schema)))
            .Select(static r => $"{r.Schema}.{r.Name}").Order(StringComparer.Ordinal).ToArray();
        if (blind.Length > 0)
        {
            warnings.Add($"views that cannot be followed, so that they come masked in full: {string.Join(", ", blind.Take(5))}"
                + $"{(blind.Length > 5 ? ", ..." : "")}; GRANT SHOW VIEW to {server.Upstream.User} shows their definitions");
        }

        var flavour = catalogue.Dialect == SqlDialect.MariaDb ? "MariaDB" : "MySQL";
        return new(server.Name, place, $"{flavour} {catalogue.Server.Version}", null, warnings.ToImmutable());
    }

    private static string? Find(MaskedColumn column, Catalogue catalogue)
    {
        if (catalogue.FindRelation(column.Database, column.Table) is not { } relation)
            return $"masked column {column}: there is no such table";
        return relation.Columns.Any(c => string.Equals(c.Name, column.Column, StringComparison.OrdinalIgnoreCase))
            ? null
            : $"masked column {column}: there is no such column";
    }
}
