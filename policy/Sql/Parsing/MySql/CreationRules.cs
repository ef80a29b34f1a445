using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>CREATE and ALTER: of what, and for tables and views the query that they are made from.</summary>
internal sealed class CreationRules(MySqlGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>CREATE or ALTER.</summary>
    public OtherStatement Definition()
    {
        var verb = _cursor.Mark!.ToUpperInvariant();
        _cursor.Skip();
        Attributes();
        var what = _cursor.Kind == TokenKind.Word ? _cursor.Mark!.ToUpperInvariant() : "";
        verb = $"{verb} {what}".TrimEnd();
        _cursor.Skip();
        switch (what)
        {
            case "TABLE" or "VIEW" or "SEQUENCE":
                IfExists();
                return WithQuery(verb, grammar.Names.Qualified());
            case "INDEX":
                return grammar.Definitions.Rest(StatementKind.Ddl, verb, On());
            case "TRIGGER":
                return grammar.Definitions.Rest(StatementKind.Ddl, verb, On());
            default:
                return grammar.Definitions.Rest(StatementKind.Ddl, verb);
        }
    }

    // OR REPLACE, TEMPORARY, ALGORITHM = MERGE, DEFINER = a@b, SQL SECURITY INVOKER ... in front of what is created.
    private void Attributes()
    {
        const int WordsMax = 20;
        for (var i = 0; i < WordsMax; i++)
        {
            switch (_cursor.Mark)
            {
                case "or" or "replace" or "temporary" or "online" or "ignore" or "unique" or "fulltext" or "spatial" or "aggregate" or "undo":
                    _cursor.Skip();
                    break;
                case "sql":
                    _cursor.Skip();
                    _cursor.Expect("security");
                    _cursor.Skip();
                    break;
                case "algorithm":
                    _cursor.Skip();
                    _cursor.Expect("=");
                    _cursor.Skip();
                    break;
                case "definer":
                    _cursor.Skip();
                    _cursor.Expect("=");
                    grammar.Names.Account();
                    break;
                default:
                    return;
            }
        }
    }

    private void IfExists()
    {
        if (!_cursor.Accept("if"))
            return;
        _cursor.Accept("not");
        _cursor.Expect("exists");
    }

    // The query of CREATE TABLE and of views: what it reads is touched, too. LIKE names another table.
    private OtherStatement WithQuery(string verb, QualifiedName relation)
    {
        if (_cursor.Accept("like") || _cursor.Accept("(", "like"))
            return grammar.Definitions.Rest(StatementKind.Ddl, verb, relation, grammar.Names.Qualified());
        var depth = 0;
        while (!_cursor.IsAtEnd)
        {
            if (IsQuery(depth))
            {
                var inner = grammar.Statements.Preparable();
                CheckOption();
                return new(StatementKind.Ddl, verb, [relation], inner);
            }

            depth += _cursor.Is("(") ? 1 : _cursor.Is(")") ? -1 : 0;
            _cursor.Skip();
        }

        return new(StatementKind.Ddl, verb, [relation]);
    }

    // WITH CHECK OPTION of a view; nothing else may follow a query that was taken apart.
    private void CheckOption()
    {
        if (!_cursor.Accept("with"))
            return;
        if (!_cursor.Accept("cascaded"))
            _cursor.Accept("local");
        _cursor.Expect("check");
        _cursor.Expect("option");
    }

    private bool IsQuery(int depth) => depth == 0 && _cursor.Mark switch
    {
        "(" => grammar.Queries.IsAhead(0),
        "select" => true,
        "with" => _cursor.MarkAt(1) is "recursive" || _cursor.MarkAt(2) is "as" or "(",
        "values" => grammar.Queries.IsStart() && _cursor.MarkAt(1) is "row" or "(",
        "table" => true,
        _ => false,
    };

    private QualifiedName[] On()
    {
        while (!_cursor.IsAtEnd && !_cursor.Is("on"))
            _cursor.Skip();
        return _cursor.Accept("on") ? [grammar.Names.Qualified()] : [];
    }
}
