using System.Collections.Immutable;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Decide;

/// <summary>Whether a statement stays in the databases of a grant. Where a schema is a database (MySQL, MariaDB), a name may lead out of them.</summary>
internal static class DatabaseReach
{
    /// <summary>The database that a statement touches beside those named; null if it stays in them.</summary>
    /// <remarks>What is behind a view was put there by whoever made the view, and every session may read names and types of objects.</remarks>
    public static string? FindElsewhere(ImmutableArray<string> databases, StatementAnalysis analysis, Catalogue catalogue)
    {
        if (catalogue.Dialect == SqlDialect.PostgreSql)
            return null;

        var comparer = catalogue.Server.FoldsTableNames ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        foreach (var relation in analysis.Relations)
        {
            var isSystem = relation is { IsWritten: false } && relation.Schema.Equals("information_schema", StringComparison.OrdinalIgnoreCase);
            if (!isSystem && relation.Schema.Length > 0 && !relation.IsBehindView
                && !databases.Any(name => comparer.Equals(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..], relation.Schema)))
            {
                return relation.Schema;
            }
        }

        return null;
    }
}
