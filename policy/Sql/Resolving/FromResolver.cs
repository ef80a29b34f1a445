using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>FROM: what each item brings into view, and what joins make of it.</summary>
internal sealed class FromResolver(Resolver resolver)
{
    /// <summary>Brings a list of items into view.</summary>
    public void Resolve(ImmutableArray<FromItem> items, Scope scope)
    {
        foreach (var item in items)
            scope.Add(Item(item, scope, scope));
    }

    // Lateral is what an item may look at besides the queries around it: its neighbours to the left. What chooses rows is noted in the owner.
    private FromShape Item(FromItem item, Scope lateral, Scope owner)
    {
        resolver.Findings.Spend(1);
        switch (item)
        {
            case RelationItem relation:
                return Relation(relation, lateral, owner);
            case SubqueryItem subquery:
                var shape = resolver.Queries.Resolve(subquery.Query, subquery.IsLateral ? lateral : owner.Outer, owner.Tables);
                resolver.Influence(owner, shape.Influence);
                if (subquery.Alias?.Name is { } name)
                    resolver.Findings.DerivedNames.Add(name);
                return Entry(shape, subquery.Alias?.Name, null, subquery.Alias);
            case FunctionItem function:
                return FromShape.Of(resolver.Functions.Resolve(function, lateral, owner));
            case DocumentTableItem document:
                return FromShape.Of(resolver.Functions.Resolve(document, lateral, owner));
            case JoinItem join:
                return Join(join, lateral, owner);
            default:
                return FromShape.Of(new(null, null, [], Lineage.Unknown));
        }
    }

    private FromShape Relation(RelationItem relation, Scope lateral, Scope owner)
    {
        if (relation.Sample is { } sample)
        {
            resolver.Influence(owner, resolver.Expressions.All(sample.Arguments, lateral));
            if (sample.Name is not { Schema: null or "pg_catalog", Name: "system" or "bernoulli" })
                resolver.Findings.Object($"it samples with {sample.Name}, which is not built in");
        }

        if (relation.Name.Schema is null && resolver.Withs.Find(owner.Tables, relation.Name.Name) is { } table)
        {
            resolver.Influence(owner, table.Influence);
            var alias = relation.Alias?.Name ?? relation.Name.Name;
            resolver.Findings.DerivedNames.Add(relation.Name.Name);
            resolver.Findings.DerivedNames.Add(alias);
            return Entry(table, alias, null, relation.Alias);
        }

        // The alias of a view is to MySQL the name of the table that its columns come from.
        if (relation.Alias?.Name is { } name && resolver.Relations.Find(relation.Name) is { Kind: RelationKind.View })
            resolver.Findings.DerivedNames.Add(name);
        var found = resolver.Relations.Resolve(relation.Name, out var schema);
        resolver.Influence(owner, found.Influence);
        resolver.Influence(owner, resolver.Expressions.All(relation.Period, lateral));

        // In MySQL the schema goes with the alias, too: shop.c.id.
        var hasSchema = relation.Alias is null || !resolver.Names.HasRowValues;
        return Entry(found, relation.Alias?.Name ?? relation.Name.Name, hasSchema ? schema : null, relation.Alias, hasSystemColumns: true);
    }

    private static FromShape Entry(QueryShape shape, string? name, string? schema, Alias? alias, bool hasSystemColumns = false)
    {
        var renamed = alias is null ? shape : shape.Renamed(alias.Columns);
        return FromShape.Of(new(name, schema, renamed.Columns, renamed.Hidden, hasSystemColumns));
    }

    private FromShape Join(JoinItem join, Scope lateral, Scope owner)
    {
        var left = Item(join.Left, lateral, owner);
        var beside = resolver.Within(lateral, owner.Tables);
        beside.Add(left);
        var right = Item(join.Right, beside, owner);

        var both = resolver.Within(lateral, owner.Tables);
        both.Add(left);
        both.Add(right);
        if (join.On is not null)
            resolver.Influence(owner, resolver.Expressions.Resolve(join.On, both));

        var names = join.IsNatural ? Shared(left, right) : join.Using;
        if (join.IsNatural || !names.IsDefaultOrEmpty)
            resolver.Findings.Operators.Add("=");
        var joined = names.IsDefaultOrEmpty
            ? new FromShape([.. left.Entries, .. right.Entries], [.. left.Columns, .. right.Columns], Shape.Or(left.Hidden, right.Hidden))
            : Merge(join, names, left, right, owner);
        if (join.Alias is not { } alias)
            return joined;
        return FromShape.Of(new(alias.Name, null, Shape.Rename(joined.Columns, joined.Hidden, alias.Columns), joined.Hidden));
    }

    // Merged columns come first; they are compared, and their value may be either side's.
    private FromShape Merge(JoinItem join, ImmutableArray<string> names, FromShape left, FromShape right, Scope owner)
    {
        var (first, second) = resolver.Names.MergesAsListed || join.Kind != JoinKind.Right ? (left, right) : (right, left);
        var merged = ImmutableArray.CreateBuilder<RangeColumn>(names.Length);
        foreach (var name in resolver.Names.MergesAsListed ? names : InOrder(names, first))
        {
            var value = Side(left, name).Or(Side(right, name));
            resolver.Influence(owner, value);
            merged.Add(new(name, join.Kind == JoinKind.Full ? value.Derived : value));
        }

        var isMerged = names.ToHashSet(resolver.Names.Columns);
        var rest = first.Columns.Concat(second.Columns).Where(column => column.Name is null || !isMerged.Contains(column.Name));
        var entries = left.Entries.AddRange(right.Entries);
        if (join.UsingAlias is not null)
            entries = entries.Add(new(join.UsingAlias, null, merged.ToImmutable(), null));
        return new(entries, [.. merged, .. rest], Shape.Or(left.Hidden, right.Hidden));
    }

    // The names as the first side has them, in its order.
    private IEnumerable<string> InOrder(ImmutableArray<string> names, FromShape first)
    {
        var listed = names.ToHashSet(resolver.Names.Columns);
        var found = first.Columns.Where(column => column.Name is not null && listed.Contains(column.Name)).Select(static column => column.Name!).ToList();
        return found.Concat(names.Where(name => !found.Contains(name, resolver.Names.Columns)));
    }

    private Lineage Side(FromShape side, string name)
    {
        Lineage? found = null;
        foreach (var column in side.Columns)
        {
            if (resolver.Names.Columns.Equals(column.Name, name))
                found = found is null ? column.Lineage : found.With(column.Lineage);
        }

        found = Shape.Or(found, side.Hidden);
        if (found is not null)
            return found;
        resolver.Findings.Unresolve($"column {name} of USING was not found");
        return Lineage.Unknown;
    }

    private ImmutableArray<string> Shared(FromShape left, FromShape right)
    {
        if (left.Hidden is not null || right.Hidden is not null)
            resolver.Findings.Unresolve("NATURAL JOIN over columns that are not known");
        var names = right.Columns.Where(static column => !column.IsInvisible).Select(static column => column.Name).ToHashSet(resolver.Names.Columns);
        return
        [
            .. left.Columns.Where(column => column is { Name: not null, IsInvisible: false } && names.Contains(column.Name))
                .Select(static column => column.Name!).Distinct(resolver.Names.Columns),
        ];
    }
}
