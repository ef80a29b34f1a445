using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>What MySQL and MariaDB say about the origin of a column: schema, <c>org_table</c> and <c>org_name</c>.</summary>
/// <remarks>
/// It can only add masks. A query in FROM that the server merged is called by its alias, as if that were a table of the database, one that it did not
/// merge has no schema; both may have the name of any table. A view is called by its own name.
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
        var isSure = origin.Schema.Length > 0 && !analysis.DerivedNames.Any(name => string.Equals(name, origin.Relation, StringComparison.OrdinalIgnoreCase));
        var isKnown = false;
        foreach (var source in Find(origin, analysis, catalogue, names))
        {
            isKnown = true;
            algorithm = MaskAlgorithm.Stricter(algorithm, scope.FindFor(source));

            // A view is not followed by the server; a table it must name as the statement does.
            if (isSure && known is { IsUnknown: false } && !known.Sources.Contains(source)
                && catalogue.FindRelation(source.Schema, source.Relation) is { Kind: RelationKind.Table })
            {
                contradiction = $"comes from {source.Schema}.{source.Relation}.{source.Column}, which the statement does not select there";
                return false;
            }
        }

        if (isKnown || !isSure || IsOwn(origin.Schema))
            return true;
        contradiction = $"comes from {origin.Schema}.{origin.Relation}.{origin.Column}, which the catalogue does not have";
        return false;
    }

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
