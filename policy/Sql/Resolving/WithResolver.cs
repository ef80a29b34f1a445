using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>WITH: common tables, recursive ones to a fixed point.</summary>
internal sealed class WithResolver(Resolver resolver)
{
    // Each round adds at least one source to some column, and real queries settle in three.
    private const int RoundsMax = 60;

    /// <summary>Resolves the tables; gives the chain that has them in view.</summary>
    public CommonTables? Resolve(With with, Scope? outer, CommonTables? tables)
    {
        if (with.IsRecursive)
            return Recursive(with.Tables, outer, tables);
        foreach (var table in with.Tables)
            tables = new(table.Name, Table(table, outer, tables), tables);
        return tables;
    }

    /// <summary>The common table that an unqualified name in FROM means, or null.</summary>
    public QueryShape? Find(CommonTables? tables, string name)
    {
        if (CommonTables.Find(tables, name, resolver.Names.CommonTables) is not { } table)
            return null;
        if (table.Name == name || resolver.Names.Tables.Equals(table.Name, name) || resolver.Relations.Find(new([name])) is null)
            return table.Shape;

        // Where only letter case tells it from a table, servers differ.
        resolver.Findings.Unresolve($"{name} may be the common table {table.Name} or a relation");
        return QueryShape.Unknown;
    }

    // In WITH RECURSIVE every table sees every other one, and itself.
    private CommonTables? Recursive(ImmutableArray<CommonTable> list, Scope? outer, CommonTables? tables)
    {
        var shapes = Enumerable.Repeat(QueryShape.Pending, list.Length).ToArray();
        for (var round = 0; round < RoundsMax && !resolver.Findings.IsExhausted; round++)
        {
            var inView = tables;
            for (var i = 0; i < list.Length; i++)
                inView = new(list[i].Name, shapes[i], inView);

            var changed = false;
            for (var i = 0; i < list.Length; i++)
            {
                var next = Grow(shapes[i], Table(list[i], outer, inView));
                changed |= !ReferenceEquals(next, shapes[i]);
                shapes[i] = next;
            }

            if (!changed)
                return inView;
        }

        resolver.Findings.Unresolve("a recursive query did not settle");
        foreach (var table in list)
            tables = new(table.Name, QueryShape.Unknown, tables);
        return tables;
    }

    private QueryShape Table(CommonTable table, Scope? outer, CommonTables? tables)
    {
        if (table.Statement is ChangeStatement change)
            resolver.Findings.Change($"{change.Verb} in WITH");
        var shape = resolver.Resolve(table.Statement, outer, tables).Renamed(table.Columns);
        if (table.Added.IsEmpty)
            return shape;
        var whole = shape.Whole;
        return shape with { Columns = [.. shape.Columns, .. table.Added.Select(name => new RangeColumn(name, whole))] };
    }

    // The same object if the new round added nothing.
    private static QueryShape Grow(QueryShape old, QueryShape next)
    {
        if (old.Columns.Length == next.Columns.Length && (old.Hidden is null) == (next.Hidden is null)
            && old.Influence.Covers(next.Influence) && (old.Hidden is null || old.Hidden.Covers(next.Hidden!))
            && !old.Columns.Where((column, i) => !column.Lineage.Covers(next.Columns[i].Lineage)).Any())
        {
            return old;
        }

        return next;
    }
}
