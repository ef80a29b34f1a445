using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>How a recursive common table uses itself.</summary>
internal static class RecursiveUse
{
    /// <summary>True if the query reads the table of this name at its own level: in FROM of its parts.</summary>
    public static bool IsIn(Query query, string name) => Selects(query).Any(select => Relations(select).Any(relation => IsNamed(relation, name)));

    /// <summary>
    /// True if each part that reads the table joins it, under a condition, with something of the catalogue: that is then what a round can add.
    /// </summary>
    public static bool GrowsOutOfCatalogue(Query query, string name, ImmutableDictionary<string, CommonRows> tables) => Selects(query).All(select =>
    {
        var relations = Relations(select).ToList();
        return !relations.Exists(relation => IsNamed(relation, name))
            || (relations.Exists(relation => !IsNamed(relation, name) && IsCatalogue(relation, tables))
                && (select.Where is not null || select.From.Any(HasCondition)));
    });

    /// <summary>True if any part of the query reads a relation of the catalogue, or a common table that does.</summary>
    public static bool ReadsCatalogue(Query query, ImmutableDictionary<string, CommonRows> tables) =>
        Selects(query).Any(select => Relations(select).Any(relation => IsCatalogue(relation, tables)));

    private static bool IsCatalogue(RelationItem relation, ImmutableDictionary<string, CommonRows> tables) =>
        relation.Name.Schema is not null || !tables.TryGetValue(relation.Name.Name, out var common) || common.ReadsCatalogue;

    private static bool IsNamed(RelationItem relation, string name) => relation.Name.Schema is null && relation.Name.Name == name;

    private static bool HasCondition(FromItem item) =>
        item is JoinItem join && (join.On is not null || join.IsNatural || !join.Using.IsDefaultOrEmpty || HasCondition(join.Left) || HasCondition(join.Right));

    private static IEnumerable<SelectBody> Selects(Query query) => query.Body switch
    {
        SelectBody select => [select],
        SetBody set => Selects(set.First).Concat(set.Others.SelectMany(static other => Selects(other.Query))),
        NestedBody nested => Selects(nested.Inner),
        _ => [],
    };

    private static IEnumerable<RelationItem> Relations(SelectBody select) => select.From.SelectMany(Relations);

    private static IEnumerable<RelationItem> Relations(FromItem item) => item switch
    {
        RelationItem relation => [relation],
        SubqueryItem subquery => Selects(subquery.Query).SelectMany(Relations),
        JoinItem join => Relations(join.Left).Concat(Relations(join.Right)),
        _ => [],
    };
}
