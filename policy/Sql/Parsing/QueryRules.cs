using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Queries: WITH, set operations, ORDER BY and what follows it.</summary>
internal abstract class QueryRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>What a rule returns where there is a fault.</summary>
    protected static Query Nothing { get; } = new(new ValuesBody([]));

    /// <summary>True if a query begins here, parentheses aside.</summary>
    public virtual bool IsStart() => IsStartAt(0);

    /// <summary>True if a query begins some tokens on, parentheses aside.</summary>
    public virtual bool IsStartAt(int ahead) => _cursor.MarkAt(ahead) is "select" or "values" or "with" or "table";

    /// <summary>True if a query begins some tokens on, in parentheses or not.</summary>
    public bool IsAhead(int ahead)
    {
        while (_cursor.MarkAt(ahead) == "(")
            ahead++;
        return IsStartAt(ahead);
    }

    /// <summary>True if what follows can only continue a query that stands in parentheses.</summary>
    public abstract bool IsContinuation();

    /// <summary>A query.</summary>
    public Query Query()
    {
        if (!_cursor.TryEnter())
            return Nothing;
        var with = _cursor.Is("with") ? grammar.Withs.With() : null;
        var query = Tail(SetOperations(Operand())) with { With = with };
        _cursor.Leave();
        return query;
    }

    /// <summary>The rest of a query whose first operand, in parentheses, has been read.</summary>
    public Query Continue(Query first) => Tail(SetOperations(new Query(new NestedBody(first))));

    /// <summary>A clause after ORDER BY, added to the query; null if none follows. They come in any order.</summary>
    protected abstract Query? Clause(Query query);

    /// <summary>A row of VALUES.</summary>
    protected virtual ImmutableArray<Expression> Row()
    {
        _cursor.Expect("(");
        var row = grammar.Expressions.List();
        _cursor.Expect(")");
        return row;
    }

    /// <summary>The query with another limit.</summary>
    protected static Query Limited(Query query, Expression? limit) => limit is null ? query : query with { Limits = query.Limits.Add(limit) };

    private Query SetOperations(Query first)
    {
        first = Intersections(first);
        if (_cursor.Mark is not ("union" or "except"))
            return first;
        var others = ImmutableArray.CreateBuilder<(SetOperator, Query)>();
        while (_cursor.Mark is "union" or "except")
        {
            var isUnion = _cursor.Is("union");
            _cursor.Skip();
            var isAll = _cursor.Accept("all");
            if (!isAll)
                _cursor.Accept("distinct");
            var operation = !isUnion ? SetOperator.Except : isAll ? SetOperator.UnionAll : SetOperator.Union;
            others.Add((operation, Intersections(Operand())));
        }

        return new(new SetBody(first, others.ToImmutable()));
    }

    // INTERSECT binds more tightly than UNION and EXCEPT.
    private Query Intersections(Query first)
    {
        if (!_cursor.Is("intersect"))
            return first;
        var others = ImmutableArray.CreateBuilder<(SetOperator, Query)>();
        while (_cursor.Accept("intersect"))
        {
            if (!_cursor.Accept("all"))
                _cursor.Accept("distinct");
            others.Add((SetOperator.Intersect, Operand()));
        }

        return new(new SetBody(first, others.ToImmutable()));
    }

    private Query Operand()
    {
        switch (_cursor.Mark)
        {
            case "(":
                if (!_cursor.TryEnter())
                    return Nothing;
                _cursor.Skip();
                var inner = Query();
                _cursor.Expect(")");
                _cursor.Leave();
                return new(new NestedBody(inner));
            case "select":
                return new(grammar.Selects.Select());
            case "values":
                return new(Values());
            case "table":
                _cursor.Skip();
                return new(Table());
            default:
                _cursor.Fail("expected a query");
                return Nothing;
        }
    }

    private SelectBody Table()
    {
        var relation = grammar.Froms.Relation();
        return new() { Targets = [new(new ColumnReference([], true), null)], From = [new RelationItem(relation, null)] };
    }

    private ValuesBody Values()
    {
        _cursor.Expect("values");
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<Expression>>();
        do
            rows.Add(Row());
        while (_cursor.Accept(","));
        return new(rows.ToImmutable());
    }

    private Query Tail(Query query)
    {
        if (_cursor.Is("order"))
            query = Outer(query) with { Order = grammar.Windows.OrderBy() };
        while (Clause(query) is { } next)
            query = next;
        return query;
    }

    // A query in parentheses keeps its own tail; the new one is around it.
    private static Query Outer(Query query) => query.Body is NestedBody && query.Order.IsEmpty && query.Limits.IsEmpty ? new(query.Body) : query;
}
