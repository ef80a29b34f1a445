using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>SHOW: words that say what, and the clauses that many kinds share.</summary>
internal sealed class ShowRules(MySqlGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>SHOW.</summary>
    public ShowStatement Show()
    {
        _cursor.Expect("show");
        var isFull = false;
        while (_cursor.Mark is "full" or "extended" or "global" or "session" or "local" or "storage" && _cursor.KindAt(1) == TokenKind.Word)
        {
            isFull |= _cursor.Mark is "full" or "extended";
            _cursor.Skip();
        }

        var show = _cursor.Mark switch
        {
            "create" => Create(),
            "engine" => Engine(),
            "count" when _cursor.MarkAt(1) == "(" => Count(),
            "explain" or "analyze" or "parse_tree" => Foreign(),
            _ => Words(),
        };
        return Clauses(show with { IsFull = isFull });
    }

    // The words up to a clause, one name for what has several.
    private ShowStatement Words()
    {
        var words = new List<string>();
        while (_cursor.Kind == TokenKind.Word && words.Count < 4 && _cursor.Mark is not ("from" or "in" or "like" or "where" or "limit" or "for"))
        {
            words.Add(_cursor.Mark!);
            _cursor.Skip();
            if (words is ["procedure" or "function" or "package", "code"] or ["plugins"] or ["profile"] or ["package", "body", "code"])
                break;
        }

        var name = string.Join(' ', words) switch
        {
            "fields" => "columns",
            "indexes" or "keys" => "index",
            "schemas" => "databases",
            "charset" => "character set",
            "" => Nothing(),
            var other => other,
        };
        return new(name) { Object = name is "procedure code" or "function code" or "package code" or "package body code" ? grammar.Names.Qualified() : null };
    }

    private string Nothing()
    {
        _cursor.Fail("expected what to show");
        return "";
    }

    private ShowStatement Create()
    {
        _cursor.Skip();
        var what = _cursor.Mark ?? "";
        _cursor.Skip();
        if (what == "package" && _cursor.Accept("body"))
            what = "package body";
        if (_cursor.Accept("if"))
        {
            _cursor.Expect("not");
            _cursor.Expect("exists");
        }

        var name = what == "schema" ? "create database" : $"create {what}";
        if (what != "user")
            return new(name) { Object = grammar.Names.Qualified() };
        if (!_cursor.IsAtEnd && !_cursor.Is(";"))
            grammar.Names.Account();
        return new(name);
    }

    private ShowStatement Engine()
    {
        _cursor.Skip();
        var engine = grammar.Literals.IsString() ? grammar.Literals.String() : grammar.Names.Part();
        var what = _cursor.Mark ?? "";
        _cursor.Skip();
        return new($"engine {what}") { Object = new([engine]) };
    }

    private ShowStatement Count()
    {
        _cursor.Skip();
        _cursor.Expect("(");
        _cursor.Expect("*");
        _cursor.Expect(")");
        var what = _cursor.Mark ?? "";
        _cursor.Skip();
        return new($"count {what}");
    }

    // What another connection does, and trees of the parser.
    private ShowStatement Foreign()
    {
        var name = _cursor.Mark!;
        grammar.Definitions.SkipAll();
        return new(name);
    }

    private ShowStatement Clauses(ShowStatement show)
    {
        while (true)
        {
            switch (_cursor.Mark)
            {
                case "from" or "in":
                    _cursor.Skip();
                    show = From(show);
                    break;
                case "like":
                    _cursor.Skip();
                    show = show with { Pattern = grammar.Literals.String() };
                    break;
                case "where":
                    _cursor.Skip();
                    show = show with { Where = grammar.Expressions.Any() };
                    break;
                case "limit":
                    _cursor.Skip();
                    show = show with { Limits = grammar.Expressions.List() };
                    if (_cursor.Accept("offset"))
                        grammar.Expressions.Any();
                    break;
                case "for":
                    _cursor.Skip();
                    For(show);
                    break;
                default:
                    Rest(show);
                    return show;
            }
        }
    }

    // The first FROM of columns and indexes names the table.
    private ShowStatement From(ShowStatement show)
    {
        if (show.Name is "columns" or "index" && show.Object is null)
            return show with { Object = grammar.Names.Qualified() };
        if (_cursor.Kind is not (TokenKind.Integer or TokenKind.String))
            return show with { Database = grammar.Names.Part() };
        _cursor.Skip(); // a file or a place in it
        return show;
    }

    // GRANTS FOR account USING role, PROFILE FOR QUERY 1, REPLICA STATUS FOR CHANNEL 'c'
    private void For(ShowStatement show)
    {
        if (show.Name != "grants")
        {
            _cursor.Skip();
            grammar.Expressions.Any();
            return;
        }

        grammar.Names.Account();
        if (!_cursor.Accept("using"))
            return;
        do
            grammar.Names.Account();
        while (_cursor.Accept(","));
    }

    // The kinds of PROFILE, a SONAME of PLUGINS.
    private void Rest(ShowStatement show)
    {
        if (show.Name == "plugins" && _cursor.Accept("soname"))
            grammar.Literals.String();
        while (show.Name == "profile" && !_cursor.IsAtEnd && !_cursor.Is(";"))
            _cursor.Skip();
    }
}
