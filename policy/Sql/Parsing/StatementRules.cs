using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Statements by their first word.</summary>
internal sealed class StatementRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>The whole text: one statement, a last semicolon allowed.</summary>
    public Statement Whole()
    {
        while (_cursor.Accept(";"))
        {
            // Empty commands around the statement are none.
        }

        if (_cursor.IsAtEnd)
            return new EmptyStatement();
        var statement = Statement();
        while (_cursor.Accept(";"))
        {
        }

        if (!_cursor.IsAtEnd)
            _cursor.Fail("expected the end of the statement");
        return statement;
    }

    /// <summary>A statement that PREPARE, EXPLAIN, COPY and WITH may hold: a query or a change.</summary>
    public Statement Preparable()
    {
        if (!_cursor.TryEnter())
            return new EmptyStatement();
        var statement = QueryOrChange();
        _cursor.Leave();
        return statement;
    }

    private Statement QueryOrChange()
    {
        switch (_cursor.Mark)
        {
            case "(" or "select" or "values" or "table":
                return new QueryStatement(grammar.Queries.Query());
            case "insert" or "update" or "delete" or "merge":
                return grammar.Changes.Change(null);
            case "with":
                return AfterWith();
            default:
                _cursor.Fail("expected a query");
                return new EmptyStatement();
        }
    }

    private Statement AfterWith()
    {
        var with = grammar.Withs.With();
        if (_cursor.Mark is "insert" or "update" or "delete" or "merge")
            return grammar.Changes.Change(with);
        return new QueryStatement(grammar.Queries.Query() with { With = with });
    }

    private Statement Statement()
    {
        switch (_cursor.Mark)
        {
            case "(" or "select" or "values" or "table" or "with" or "insert" or "update" or "delete" or "merge":
                return Preparable();
            case "explain":
                return Explain();
            case "copy":
                return grammar.Copies.Copy();
            case "prepare" when _cursor.MarkAt(1) != "transaction":
                return Prepare();
            case "declare":
                return Declare();
            default:
                return grammar.Sessions.Optional() ?? grammar.Definitions.Other();
        }
    }

    private ExplainStatement Explain()
    {
        _cursor.Expect("explain");
        var isAnalyze = false;
        if (_cursor.Is("(") && !IsQueryInParentheses())
        {
            _cursor.Skip();
            do
                isAnalyze |= ExplainOption();
            while (_cursor.Accept(","));
            _cursor.Expect(")");
        }
        else
        {
            isAnalyze = _cursor.Accept("analyze") || _cursor.Accept("analyse");
            _cursor.Accept("verbose");
        }

        return new(isAnalyze, Explained());
    }

    private bool IsQueryInParentheses()
    {
        var ahead = 0;
        while (_cursor.MarkAt(ahead) == "(")
            ahead++;
        return _cursor.MarkAt(ahead) is "select" or "values" or "with" or "table";
    }

    // An option counts as switched on unless it is said to be off: better one refusal too many.
    private bool ExplainOption()
    {
        var isAnalyze = _cursor.Mark is "analyze" or "analyse";
        grammar.Names.Label();
        if (_cursor.Mark is "," or ")")
            return isAnalyze;
        var isOff = _cursor.Mark is "false" or "off" || _cursor.CurrentText() is "0";
        _cursor.Skip();
        return isAnalyze && !isOff;
    }

    private Statement Explained()
    {
        switch (_cursor.Mark)
        {
            case "create" or "refresh":
                return grammar.Definitions.Other();
            case "declare":
                return Declare();
            case "execute":
                return grammar.Definitions.Other();
            default:
                return Preparable();
        }
    }

    private HandleStatement Prepare()
    {
        _cursor.Skip();
        var name = grammar.Names.ColumnName();
        if (_cursor.Accept("("))
        {
            do
                grammar.Types.Type();
            while (_cursor.Accept(","));
            _cursor.Expect(")");
        }

        _cursor.Expect("as");
        return new("PREPARE", name, Preparable());
    }

    private HandleStatement Declare()
    {
        _cursor.Skip();
        var name = grammar.Names.ColumnName();
        while (_cursor.Mark is "binary" or "insensitive" or "asensitive" or "scroll" or "no")
            _cursor.Skip();
        _cursor.Expect("cursor");
        if (_cursor.Accept("with") || _cursor.Accept("without"))
            _cursor.Expect("hold");
        _cursor.Expect("for");
        return new("DECLARE", name, Preparable());
    }
}
