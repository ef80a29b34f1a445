using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>VALUES ROW, LIMIT in its forms, INTO, locking.</summary>
internal sealed class MySqlQueryRules(MySqlGrammar grammar) : QueryRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>As everywhere, but VALUES(a) is a function where a change gives values to columns.</summary>
    public override bool IsStartAt(int ahead) => _cursor.MarkAt(ahead) switch
    {
        "values" => _cursor.MarkAt(ahead + 1) == "row" || (_grammar.IsMariaDb && !(_grammar.Changes.IsAssigning && IsColumn(ahead + 1))),
        "table" or "select" or "with" => true,
        _ => false,
    };

    // (a), (t.a), (db.t.a)
    private bool IsColumn(int ahead)
    {
        for (var i = ahead + 1; i <= ahead + 5; i += 2)
        {
            if (_cursor.KindAt(i) is not (TokenKind.Word or TokenKind.Name or TokenKind.QuotedName))
                return false;
            if (_cursor.MarkAt(i + 1) == ")")
                return true;
            if (_cursor.MarkAt(i + 1) != ".")
                return false;
        }

        return false;
    }

    /// <inheritdoc/>
    public override bool IsContinuation() => _cursor.Mark is
        "union" or "intersect" or "except" or "order" or "limit" or "offset" or "fetch" or "for" or "lock" or "into" or "procedure";

    /// <summary>INTO OUTFILE, DUMPFILE or variables.</summary>
    public Destination Into()
    {
        _cursor.Expect("into");
        if (_cursor.Mark is "outfile" or "dumpfile")
        {
            var place = _cursor.Mark.ToUpperInvariant();
            _cursor.Skip();
            _grammar.Literals.String();
            _grammar.Changes.FileFormat();
            return new(place, []);
        }

        var variables = ImmutableArray.CreateBuilder<string>();
        do
            variables.Add(_cursor.Kind == TokenKind.UserVariable ? _grammar.Primaries.UserVariable() : _grammar.Names.ColumnName());
        while (_cursor.Accept(","));
        return new("variables", variables.ToImmutable());
    }

    /// <inheritdoc/>
    protected override ImmutableArray<Expression> Row()
    {
        if (!_cursor.Accept("row") && !_grammar.IsMariaDb)
            _cursor.Expect("row");
        return base.Row();
    }

    /// <inheritdoc/>
    protected override Query? Clause(Query query)
    {
        switch (_cursor.Mark)
        {
            case "limit":
                return Limit(query);
            case "offset":
                _cursor.Skip();
                query = Limited(query, _grammar.Primaries.Primary());
                Rows();
                return query;
            case "fetch":
                return Fetch(query);
            case "for":
                return ForUpdate(query);
            case "lock":
                return Share(query);
            case "into":
                return query with { Destination = Into() };
            case "procedure":
                _cursor.Fail("PROCEDURE is not supported");
                return null;
            default:
                return null;
        }
    }

    // LIMIT 1, LIMIT 2, 3, LIMIT 3 OFFSET 2, LIMIT 1 ROWS EXAMINED 100
    private Query Limit(Query query)
    {
        _cursor.Expect("limit");
        if (!_cursor.Is("rows"))
        {
            query = Limited(query, _grammar.Primaries.Primary());
            if (_cursor.Accept(",") || _cursor.Accept("offset"))
                query = Limited(query, _grammar.Primaries.Primary());
        }

        if (!_cursor.Accept("rows"))
            return query;
        _cursor.Expect("examined");
        return Limited(query, _grammar.Primaries.Primary());
    }

    private Query Fetch(Query query)
    {
        _cursor.Skip();
        if (!_cursor.Accept("first"))
            _cursor.Expect("next");
        if (_cursor.Mark is not ("row" or "rows"))
            query = Limited(query, _grammar.Primaries.Primary());
        Rows();
        if (!_cursor.Accept("only"))
        {
            _cursor.Expect("with");
            _cursor.Expect("ties");
        }

        return query;
    }

    private void Rows()
    {
        if (!_cursor.Accept("row"))
            _cursor.Expect("rows");
    }

    // FOR UPDATE OF t NOWAIT
    private Query ForUpdate(Query query)
    {
        _cursor.Skip();
        if (!_cursor.Accept("update"))
            _cursor.Expect("share");
        if (_cursor.Accept("of"))
        {
            do
                _grammar.Names.Qualified();
            while (_cursor.Accept(","));
        }

        Waiting();
        return query with { Locks = true };
    }

    private Query Share(Query query)
    {
        _cursor.Skip();
        _cursor.Expect("in");
        _cursor.Expect("share");
        _cursor.Expect("mode");
        Waiting();
        return query with { Locks = true };
    }

    /// <summary>NOWAIT, SKIP LOCKED, WAIT 5, if one follows.</summary>
    public void Waiting()
    {
        if (_cursor.Accept("skip"))
            _cursor.Expect("locked");
        else if (_cursor.Accept("wait"))
            _grammar.Primaries.Primary();
        else
            _cursor.Accept("nowait");
    }
}
