using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>SELECT: FROM first, then what chooses rows, then the target list.</summary>
internal sealed class SelectResolver(Resolver resolver)
{
    /// <summary>Resolves a SELECT; its FROM comes into view in the scope.</summary>
    public QueryShape Resolve(SelectBody select, Scope scope)
    {
        if (select.Into is not null)
            resolver.Findings.Object("it creates a table (SELECT INTO)");
        resolver.Findings.Object(select.Destination);
        resolver.Froms.Resolve(select.From, scope);
        if (select.Where is not null)
            resolver.Influence(scope, resolver.Expressions.Resolve(select.Where, scope));
        if (resolver.Names.TargetsAreNames)
            scope.Targets = new(resolver, select.Targets, scope);
        foreach (var (name, window) in select.Windows)
            scope.AddWindow(name, resolver.Calls.Window(window, scope));

        var shape = Targets(select.Targets, scope);
        scope.SeesTargets = true;
        foreach (var key in select.GroupBy)
            resolver.Influence(scope, GroupKey(key, scope, shape));
        if (select.Having is not null)
            resolver.Influence(scope, resolver.Expressions.Resolve(select.Having, scope));
        foreach (var key in select.DistinctOn)
            resolver.Influence(scope, resolver.Queries.Output(key, shape) ?? resolver.Expressions.Resolve(key, scope));
        if (select.IsDistinct && select.DistinctOn.IsEmpty)
            resolver.Influence(scope, shape.Whole);
        return shape with { Influence = scope.Influence };
    }

    /// <summary>Resolves a target list.</summary>
    public QueryShape Targets(ImmutableArray<Target> targets, Scope scope)
    {
        var columns = ImmutableArray.CreateBuilder<RangeColumn>(targets.Length);
        Lineage? hidden = null;
        foreach (var target in targets)
        {
            if (Expand(target.Value, scope, columns, out var unlisted))
            {
                hidden = Shape.Or(hidden, unlisted);
                continue;
            }

            columns.Add(new(resolver.Names.Label(target), resolver.Findings.AddGrowth(resolver.Expressions.Resolve(target.Value, scope))));
        }

        // Columns that are not listed push those behind them out of place, so all become one.
        var list = columns.ToImmutable();
        return new(list, hidden?.With(Shape.Whole(list, null)), Lineage.None);
    }

    // Adds the columns of a star; false if the target is none.
    private bool Expand(Expression target, Scope scope, ImmutableArray<RangeColumn>.Builder columns, out Lineage? hidden)
    {
        hidden = null;
        switch (target)
        {
            case ColumnReference { IsStar: true, Parts: [] }:
                resolver.Findings.Spend(scope.Columns.Count);
                columns.AddRange(Listed(scope.Columns));
                hidden = scope.Hidden;
                return true;
            case ColumnReference { IsStar: true } qualified:
                if (ColumnResolver.Entry(qualified.Parts, scope) is { } entry)
                {
                    resolver.Findings.Spend(entry.Columns.Length);
                    columns.AddRange(Listed(entry.Columns));
                    hidden = entry.Hidden;
                }
                else
                {
                    hidden = resolver.Columns.Missing(qualified);
                }

                return true;
            case Selection { IsStar: true } selection:
                var fields = resolver.Columns.Fields(selection.Operand, scope, out var whole);
                if (fields is null)
                    hidden = whole;
                else
                    columns.AddRange(fields);
                return true;
            default:
                return false;
        }
    }

    private static IEnumerable<RangeColumn> Listed(IEnumerable<RangeColumn> columns) =>
        columns.Where(static column => !column.IsInvisible).Select(static column => column with { IsFromStar = true });

    // A bare name in GROUP BY is an input column first, an output column only if there is none.
    private Lineage GroupKey(Expression key, Scope scope, QueryShape shape)
    {
        if (key is ColumnReference { IsStar: false, Parts: [var name] } && scope.FindColumn(name, out var isCertain) is not null && isCertain)
            return resolver.Expressions.Resolve(key, scope);
        return resolver.Queries.Output(key, shape) ?? resolver.Expressions.Resolve(key, scope);
    }
}
