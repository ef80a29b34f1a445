using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>INSERT, UPDATE, DELETE, MERGE: what they read, and what RETURNING shows of it.</summary>
internal sealed class ChangeResolver(Resolver resolver)
{
    /// <summary>Resolves a change; its shape is that of RETURNING.</summary>
    public QueryShape Resolve(ChangeStatement change, Scope? outer, CommonTables? tables)
    {
        resolver.Findings.Change(change.Verb, KindsOf(change));
        if (change.Verb.StartsWith("LOAD", StringComparison.Ordinal))
            resolver.Findings.Object($"it reads a file ({change.Verb})");
        if (!change.Joined.IsEmpty)
            resolver.Findings.Unresolve("it changes rows of joined tables");
        if (change.With is not null)
            tables = resolver.Withs.Resolve(change.With, outer, tables);

        var target = resolver.Relations.Resolve(change.Target.Name, out var schema);
        resolver.Findings.AddRelation(schema, change.Target.Name.Name, isWritten: true);
        var scope = resolver.Within(outer, tables);
        scope.Add(FromShape.Of(Entry(change, target, schema)));
        if (change.Verb == "INSERT")
            scope.Add(new([Entry("excluded", target)], [], null));
        resolver.Froms.Resolve(change.From, scope);

        var assigned = Assigned(change, target, scope);
        foreach (var condition in change.Conditions)
            resolver.Influence(scope, resolver.Expressions.Resolve(condition, scope));
        foreach (var key in change.Order)
            resolver.Influence(scope, resolver.Expressions.Resolve(key.Key, scope));
        return Returning(change, target, schema, assigned, scope);
    }

    // What RETURNING shows of a column may be what the statement has just put there.
    private QueryShape Returning(ChangeStatement change, QueryShape target, string schema, Dictionary<string, Lineage> assigned, Scope written)
    {
        var after = target with
        {
            Columns = [.. target.Columns.Select(column => assigned.TryGetValue(column.Name!, out var value) || assigned.TryGetValue("", out value)
                ? column with { Lineage = column.Lineage.With(value) }
                : column)],
        };
        var scope = resolver.Within(written.Outer, written.Tables);
        scope.Add(FromShape.Of(Entry(change, after, schema)));
        scope.Add(new([Entry("old", after), Entry("new", after)], [], null));
        resolver.Froms.Resolve(change.From, scope);
        var shape = resolver.Selects.Targets(change.Returning, scope);
        return shape with { Influence = written.Influence.With(scope.Influence) };
    }

    // The values by column; under "" what may go to any column.
    private Dictionary<string, Lineage> Assigned(ChangeStatement change, QueryShape target, Scope scope)
    {
        var assigned = new Dictionary<string, Lineage>(StringComparer.Ordinal);
        foreach (var (columns, value) in change.Assignments)
        {
            var lineage = resolver.Expressions.Resolve(value, scope).Derived;
            foreach (var column in columns.IsEmpty ? [""] : columns)
                Add(column, lineage);
        }

        foreach (var place in change.Places)
            Add("", resolver.Expressions.Resolve(place, scope).Derived);

        if (change.Source is not null)
        {
            var source = resolver.Queries.Resolve(change.Source, scope.Outer, scope.Tables);
            resolver.Influence(scope, source.Influence);
            for (var i = 0; i < source.Columns.Length; i++)
                Add(Name(i), source.Columns[i].Lineage.Derived);
            if (source.Hidden is not null)
                Add("", source.Hidden);
        }

        return assigned;

        string Name(int i) => change.Columns.IsDefault
            ? i < target.Columns.Length ? target.Columns[i].Name! : ""
            : i < change.Columns.Length ? change.Columns[i] : "";

        void Add(string column, Lineage lineage)
        {
            resolver.Findings.AddStored(lineage);

            // Whether a value can be put into a column tells about those that are in it: a unique one refuses what it has.
            foreach (var written in target.Columns)
            {
                if (column.Length == 0 || resolver.Names.Columns.Equals(written.Name, column))
                    resolver.Findings.AddPredicates(written.Lineage);
            }

            assigned[column] = assigned.TryGetValue(column, out var other) ? other.With(lineage) : lineage;
        }
    }

    private static StatementKind[] KindsOf(ChangeStatement change) => change switch
    {
        { Verb: "MERGE" } => [StatementKind.Insert, StatementKind.Update, StatementKind.Delete],
        { Verb: "REPLACE" } => [StatementKind.Insert, StatementKind.Delete],
        { Overwrites: true } => [StatementKind.Insert, StatementKind.Update],
        _ => [change.Kind],
    };

    private static RangeEntry Entry(ChangeStatement change, QueryShape target, string schema)
    {
        var alias = change.Target.Alias?.Name;
        return new(alias ?? change.Target.Name.Name, alias is null ? schema : null, target.Columns, target.Hidden, hasSystemColumns: true);
    }

    private static RangeEntry Entry(string name, QueryShape target) => new(name, null, target.Columns, target.Hidden);
}
