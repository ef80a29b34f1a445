using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>What MySQL and MariaDB say about the origin of a column: schema, <c>org_table</c> and <c>org_name</c>.</summary>
/// <remarks>
/// It can only add masks. A query in FROM that the server merged is called by its alias, as if that were a table of the database; one that it did not
/// merge has no schema; a view goes by its name or alias, or by the table behind it; and where the server keeps rows in between, the column goes by
/// its new name. So what a column is called proves nothing, and only a table that the statement does not use is a contradiction.
/// </remarks>
internal static class MySqlOrigins
{
    /// <summary>The mask that the origin asks for, null for none. False if it contradicts the analysis.</summary>
    public static bool TryFind(
        in ResultColumn column,
        OutputColumn? known,
        StatementAnalysis analysis,
        Catalogue catalogue,
        ref MaskScope scope,
        out MaskAlgorithm? algorithm,
        out string? contradiction)
    {
        (algorithm, contradiction) = (null, null);
        if (column.Origin is not { Relation.Length: > 0 } origin)
            return true;

        var names = catalogue.Server.FoldsTableNames ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        foreach (var source in Find(origin, analysis, catalogue, names))
            algorithm = MaskAlgorithm.Stricter(algorithm, scope.FindFor(source));

        if (known is null or { IsUnknown: true } || origin.Schema.Length == 0 || IsOwn(origin.Schema) || IsUsed(origin, analysis, names))
            return true;
        contradiction = $"comes from {origin.Schema}.{origin.Relation}, which the statement does not use";
        return false;
    }

    private static bool IsUsed(SourceColumn origin, StatementAnalysis analysis, StringComparison names) =>
        analysis.DerivedNames.Any(name => string.Equals(name, origin.Relation, StringComparison.OrdinalIgnoreCase))
        || analysis.Relations.Any(use => string.Equals(use.Name, origin.Relation, names) && string.Equals(use.Schema, origin.Schema, names));

    // Without a schema, any relation of this name that the statement uses.
    private static IEnumerable<SourceColumn> Find(SourceColumn origin, StatementAnalysis analysis, Catalogue catalogue, StringComparison names)
    {
        var relations = origin.Schema.Length > 0
            ? [catalogue.FindRelation(origin.Schema, origin.Relation)]
            : analysis.Relations.Where(use => string.Equals(use.Name, origin.Relation, names)).Select(use => catalogue.FindRelation(use.Schema, use.Name));
        foreach (var relation in relations.OfType<CatalogueRelation>().Distinct())
        {
            foreach (var column in relation.Columns)
            {
                if (string.Equals(column.Name, origin.Column, StringComparison.OrdinalIgnoreCase))
                    yield return new(relation.Schema, relation.Name, column.Name);
            }
        }
    }

    // The server's own relations are made of others that the catalogue need not have.
    private static bool IsOwn(string schema) => schema.ToLowerInvariant() is "information_schema" or "performance_schema" or "mysql" or "sys";
}
