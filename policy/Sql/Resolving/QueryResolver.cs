using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Queries: their columns, through set operations and ORDER BY.</summary>
internal sealed class QueryResolver(Resolver resolver)
{
    /// <summary>Resolves a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="outer">The scope of the query around it, for correlated names; null at the top.</param>
    /// <param name="tables">The common tables in view.</param>
    public QueryShape Resolve(Query query, Scope? outer, CommonTables? tables)
    {
        resolver.Findings.Spend(1);
        if (resolver.Findings.IsExhausted || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return QueryShape.Unknown;

        if (query.With is not null)
            tables = resolver.Withs.Resolve(query.With, outer, tables);
        if (query.Locks)
            resolver.Findings.Object("it locks rows (FOR UPDATE, FOR SHARE)");
        resolver.Findings.Object(query.Destination);

        var scope = resolver.Within(outer, tables);
        var shape = query.Body switch
        {
            SelectBody select => resolver.Selects.Resolve(select, scope),
            ValuesBody values => Values(values, scope),
            SetBody set => Set(set, scope),
            NestedBody nested => Resolve(nested.Inner, outer, tables),
            _ => QueryShape.Unknown,
        };

        if (resolver.Names.TargetsAreNames)
            scope.Targets ??= new(resolver.Names, shape);
        scope.SeesTargets = true;
        foreach (var key in query.Order)
            resolver.Influence(scope, Key(key, scope, shape));
        foreach (var limit in query.Limits)
            resolver.Influence(scope, resolver.Expressions.Resolve(limit, scope));
        return shape with { Influence = shape.Influence.With(scope.Influence) };
    }

    // A bare name in ORDER BY is an output column first; a number is a position.
    private Lineage Key(Syntax.SortKey key, Scope scope, QueryShape shape)
    {
        resolver.Findings.AddOperator(key.Operator);
        return Output(key.Key, shape) ?? resolver.Expressions.Resolve(key.Key, scope);
    }

    /// <summary>The output column that a bare name or a position stands for, or null.</summary>
    public Lineage? Output(Expression key, QueryShape shape)
    {
        switch (key)
        {
            case Literal { Kind: LiteralKind.Number } number:
                return int.TryParse(number.Text, CultureInfo.InvariantCulture, out var position) && position >= 1 && position <= shape.Columns.Length
                    ? shape.Columns[position - 1].Lineage
                    : shape.Hidden ?? Lineage.None;
            case ColumnReference { IsStar: false, Parts: [var name] } when !resolver.Names.TargetsAreNames:
                Lineage? found = null;
                foreach (var column in shape.Columns)
                {
                    if (column.Name == name)
                        found = found is null ? column.Lineage : found.With(column.Lineage);
                }

                return found is null ? null : Shape.Or(found, shape.Hidden);
            default:
                return null;
        }
    }

    private QueryShape Values(ValuesBody values, Scope scope)
    {
        var columns = new List<Lineage>();
        for (var row = 0; row < values.Rows.Length; row++)
        {
            for (var i = 0; i < values.Rows[row].Length; i++)
            {
                var lineage = resolver.Findings.AddGrowth(resolver.Expressions.Resolve(values.Rows[row][i], scope));
                if (i == columns.Count)
                    columns.Add(row == 0 ? lineage : lineage.Derived);
                else
                    columns[i] = columns[i].Or(lineage);
            }
        }

        return new([.. columns.Select((lineage, i) => new RangeColumn(resolver.Names.ValuesColumn(i), lineage))], null, Lineage.None);
    }

    private QueryShape Set(SetBody set, Scope scope)
    {
        var shape = Resolve(set.First, scope.Outer, scope.Tables);
        foreach (var (operation, query) in set.Others)
        {
            var other = Resolve(query, scope.Outer, scope.Tables);

            // All but UNION ALL compare the columns to choose the rows.
            if (operation is not SetOperator.UnionAll)
                resolver.Influence(scope, shape.Whole.With(other.Whole));
            shape = Combine(shape, other);
        }

        return shape;
    }

    private static QueryShape Combine(QueryShape left, QueryShape right)
    {
        var columns = ImmutableArray.CreateBuilder<RangeColumn>(left.Columns.Length);
        for (var i = 0; i < left.Columns.Length; i++)
        {
            var other = i < right.Columns.Length ? right.Columns[i].Lineage : right.Hidden ?? Lineage.None;

            // Where the right side has columns that are not listed, those that are may stand in other places.
            if (right.Hidden is not null)
                other = right.Whole;
            columns.Add(left.Columns[i] with { Lineage = left.Columns[i].Lineage.Or(other), TypeName = null });
        }

        var hidden = left.Hidden is null ? null : left.Hidden.With(right.Whole);
        return new(columns.ToImmutable(), hidden, left.Influence.With(right.Influence));
    }
}
