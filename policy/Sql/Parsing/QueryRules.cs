using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Queries: WITH, set operations, ORDER BY, LIMIT, locking.</summary>
internal sealed class QueryRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if a query begins here, parentheses aside.</summary>
    public bool IsStart() => _cursor.Mark is "select" or "values" or "with" or "table";

    /// <summary>True if what follows can only continue a query that stands in parentheses.</summary>
    public bool IsContinuation() => _cursor.Mark is "union" or "intersect" or "except" or "order" or "limit" or "offset" or "fetch" or "for";

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

    private static Query Nothing { get; } = new(new ValuesBody([]));

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
        {
            _cursor.Expect("(");
            rows.Add(grammar.Expressions.List());
            _cursor.Expect(")");
        }
        while (_cursor.Accept(","));
        return new(rows.ToImmutable());
    }

    // ORDER BY, LIMIT, OFFSET, FETCH and locking; the last three come in any order.
    private Query Tail(Query query)
    {
        if (_cursor.Is("order"))
            query = Outer(query) with { Order = grammar.Windows.OrderBy() };
        while (true)
        {
            switch (_cursor.Mark)
            {
                case "limit":
                    _cursor.Skip();
                    query = Limited(query, _cursor.Accept("all") ? null : grammar.Expressions.Any());
                    break;
                case "offset":
                    _cursor.Skip();
                    query = Limited(query, grammar.Expressions.Any());
                    if (!_cursor.Accept("row"))
                        _cursor.Accept("rows");
                    break;
                case "fetch":
                    query = Limited(query, Fetch());
                    break;
                case "for":
                    query = Locked(query);
                    break;
                default:
                    return query;
            }
        }
    }

    // A query in parentheses keeps its own tail; the new one is around it.
    private static Query Outer(Query query) => query.Body is NestedBody && query.Order.IsEmpty && query.Limits.IsEmpty ? new(query.Body) : query;

    private static Query Limited(Query query, Expression? limit) => limit is null ? query : query with { Limits = query.Limits.Add(limit) };

    private Expression? Fetch()
    {
        _cursor.Skip();
        if (!_cursor.Accept("first"))
            _cursor.Expect("next");
        var count = _cursor.Mark is "row" or "rows" ? null : grammar.Expressions.Climb(Precedence.Additive, isRestricted: true);
        if (!_cursor.Accept("row"))
            _cursor.Expect("rows");
        if (!_cursor.Accept("only"))
        {
            _cursor.Expect("with");
            _cursor.Expect("ties");
        }

        return count;
    }

    private Query Locked(Query query)
    {
        _cursor.Expect("for");
        if (_cursor.Accept("read", "only"))
            return query;
        if (_cursor.Accept("no"))
        {
            _cursor.Expect("key");
            _cursor.Expect("update");
        }
        else if (_cursor.Accept("key"))
        {
            _cursor.Expect("share");
        }
        else if (!_cursor.Accept("update"))
        {
            _cursor.Expect("share");
        }

        if (_cursor.Accept("of"))
        {
            do
                grammar.Names.Qualified();
            while (_cursor.Accept(","));
        }

        if (!_cursor.Accept("nowait") && _cursor.Accept("skip"))
            _cursor.Expect("locked");
        return query with { Locks = true };
    }
}
