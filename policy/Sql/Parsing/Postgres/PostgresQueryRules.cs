using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>LIMIT, OFFSET, FETCH and locking.</summary>
internal sealed class PostgresQueryRules(PostgresGrammar grammar) : QueryRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override bool IsContinuation() =>
        _cursor.Mark is "union" or "intersect" or "except" or "order" or "limit" or "offset" or "fetch" or "for";

    /// <inheritdoc/>
    protected override Query? Clause(Query query)
    {
        switch (_cursor.Mark)
        {
            case "limit":
                _cursor.Skip();
                return Limited(query, _cursor.Accept("all") ? null : _grammar.Expressions.Any());
            case "offset":
                _cursor.Skip();
                query = Limited(query, _grammar.Expressions.Any());
                if (!_cursor.Accept("row"))
                    _cursor.Accept("rows");
                return query;
            case "fetch":
                return Limited(query, Fetch());
            case "for":
                return Locked(query);
            default:
                return null;
        }
    }

    private Expression? Fetch()
    {
        _cursor.Skip();
        if (!_cursor.Accept("first"))
            _cursor.Expect("next");
        var count = _cursor.Mark is "row" or "rows" ? null : _grammar.Expressions.Climb(Precedence.Additive, isRestricted: true);
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
                _grammar.Names.Qualified();
            while (_cursor.Accept(","));
        }

        if (!_cursor.Accept("nowait") && _cursor.Accept("skip"))
            _cursor.Expect("locked");
        return query with { Locks = true };
    }
}
