using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>
/// How many rows a query makes out of nothing: by functions that return rows, VALUES, UNION of constants, and their products. Relations of the
/// catalogue count as one, so that a read of them is free and what multiplies them is not.
/// </summary>
internal sealed class RowBound(Findings findings, Catalogue catalogue)
{
    /// <summary>More than this is not housekeeping. A dump names each of its tables in an array.</summary>
    public const double Most = 100_000;

    // The rows of a recursive table that grows out of the catalogue.
    private const double OfRecursion = 100;

    private readonly Dictionary<Query, double> _known = new(ReferenceEqualityComparer.Instance);
    private double _most;

    /// <summary>The most rows that any part of the statement makes; infinite if nothing bounds it.</summary>
    public static double Of(Statement statement, Findings findings, Catalogue catalogue)
    {
        if (statement is not QueryStatement { Query: var query })
            return 1;
        var bound = new RowBound(findings, catalogue);
        bound.Rows(query, ImmutableDictionary.Create<string, CommonRows>(StringComparer.Ordinal), 1);
        return bound._most;
    }

    // Each query runs once for each row of the one around it.
    private double Rows(Query query, ImmutableDictionary<string, CommonRows> tables, double runs)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return Note(SetSize.Unbounded);
        if (_known.TryGetValue(query, out var known))
            return Note(known, runs);
        if (query.With is { } with)
            tables = Rows(with, tables, runs);

        var rows = query.Body switch
        {
            SelectBody select => Rows(select, tables, runs),
            ValuesBody values => values.Rows.Length * Expressions(values.Rows.SelectMany(static row => row), tables, runs * values.Rows.Length),
            SetBody set => Rows(set.First, tables, runs) + set.Others.Sum(other => Rows(other.Query, tables, runs)),
            NestedBody nested => Rows(nested.Inner, tables, runs),
            _ => SetSize.Unbounded,
        };
        Expressions(query.Order.Select(static key => key.Key).Concat(query.Limits), tables, runs * rows);
        return _known[query] = Note(rows, runs);
    }

    private ImmutableDictionary<string, CommonRows> Rows(With with, ImmutableDictionary<string, CommonRows> tables, double runs)
    {
        // In WITH RECURSIVE a table may use one that comes behind it, of which nothing is known then.
        foreach (var table in with.IsRecursive ? with.Tables : [])
            tables = tables.SetItem(table.Name, new(SetSize.Unbounded, false));
        foreach (var table in with.Tables)
        {
            var reads = table.Statement is QueryStatement { Query: var query } && RecursiveUse.ReadsCatalogue(query, tables);
            tables = tables.SetItem(table.Name, new(Rows(table, with.IsRecursive, tables, runs), reads));
        }

        return tables;
    }

    private double Rows(CommonTable table, bool isRecursive, ImmutableDictionary<string, CommonRows> tables, double runs)
    {
        if (table.Statement is not QueryStatement { Query: var query })
            return Note(SetSize.Unbounded);
        if (!isRecursive || !RecursiveUse.IsIn(query, table.Name))
            return Rows(query, tables, runs);

        // What it reads of itself has the same bound again in each round.
        return RecursiveUse.GrowsOutOfCatalogue(query, table.Name, tables)
            ? Note(Rows(query, tables.SetItem(table.Name, new(1, false)), runs * OfRecursion) * OfRecursion, runs)
            : Note(SetSize.Unbounded);
    }

    private double Rows(SelectBody select, ImmutableDictionary<string, CommonRows> tables, double runs)
    {
        var rows = 1.0;
        foreach (var item in select.From)
            rows *= Rows(item, tables, runs * rows);
        rows *= Expressions(select.Targets.Select(static target => target.Value), tables, runs * rows);
        var others = select.GroupBy.Concat(select.DistinctOn).Concat(select.Windows.SelectMany(static named => ExpressionParts.Of(named.Window)));
        if (select.Where is not null)
            others = others.Append(select.Where);
        if (select.Having is not null)
            others = others.Append(select.Having);
        Expressions(others, tables, runs * rows);
        return Note(rows, runs);
    }

    private double Rows(FromItem item, ImmutableDictionary<string, CommonRows> tables, double runs)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return Note(SetSize.Unbounded);
        switch (item)
        {
            case RelationItem relation:
                return relation.Name.Schema is null && tables.TryGetValue(relation.Name.Name, out var common) ? common.Rows : 1;
            case SubqueryItem subquery:
                return Rows(subquery.Query, tables, runs);
            case FunctionItem function:
                return function.Functions.Aggregate(1.0, (all, source) => all * Expressions([source.Value], tables, runs));
            case JoinItem join:
                var left = Rows(join.Left, tables, runs);
                var both = left * Rows(join.Right, tables, runs * left);
                if (join.On is not null)
                    Expressions([join.On], tables, runs * both);
                return Note(both, runs);
            default:
                return Note(SetSize.Unbounded);
        }
    }

    // The rows that functions among these make; subqueries are looked into.
    private double Expressions(IEnumerable<Expression> expressions, ImmutableDictionary<string, CommonRows> tables, double runs)
    {
        var rows = 1.0;
        var open = new Stack<Expression>(expressions);
        while (open.TryPop(out var expression))
        {
            if (expression is Subquery subquery)
                Rows(subquery.Query, tables, runs);
            if (expression is Call call && SetSize.Concerns(call, catalogue))
                rows *= SetSize.Of(call, findings, query => Rows(query, tables, runs));
            foreach (var part in ExpressionParts.Of(expression))
                open.Push(part);
        }

        return Note(rows, runs);
    }

    private double Note(double rows, double runs = 1)
    {
        _most = Math.Max(_most, rows * runs);
        return rows;
    }
}
