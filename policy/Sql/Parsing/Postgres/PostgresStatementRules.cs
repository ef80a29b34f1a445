using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>EXPLAIN, PREPARE, DECLARE, and what else is no query.</summary>
internal sealed class PostgresStatementRules(PostgresGrammar grammar) : StatementRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override Statement Statement()
    {
        switch (_cursor.Mark)
        {
            case "(" or "select" or "values" or "table" or "with" or "insert" or "update" or "delete" or "merge":
                return Preparable();
            case "explain":
                return Explain();
            case "copy":
                return _grammar.Copies.Copy();
            case "prepare" when _cursor.MarkAt(1) != "transaction":
                return Prepare();
            case "declare":
                return Declare();
            default:
                return _grammar.Sessions.Optional() ?? _grammar.Definitions.Other();
        }
    }

    private ExplainStatement Explain()
    {
        _cursor.Expect("explain");
        var isAnalyze = false;
        if (_cursor.Is("(") && !_grammar.Queries.IsAhead(0))
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

    // An option counts as switched on unless it is said to be off: better one refusal too many.
    private bool ExplainOption()
    {
        var isAnalyze = _cursor.Mark is "analyze" or "analyse";
        _grammar.Names.Part();
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
                return _grammar.Definitions.Other();
            case "declare":
                return Declare();
            case "execute":
                return _grammar.Definitions.Other();
            default:
                return Preparable();
        }
    }

    private HandleStatement Prepare()
    {
        _cursor.Skip();
        var name = _grammar.Names.ColumnName();
        if (_cursor.Accept("("))
        {
            do
                _grammar.Types.Type();
            while (_cursor.Accept(","));
            _cursor.Expect(")");
        }

        _cursor.Expect("as");
        return new("PREPARE", name, Preparable());
    }

    private HandleStatement Declare()
    {
        _cursor.Skip();
        var name = _grammar.Names.ColumnName();
        while (_cursor.Mark is "binary" or "insensitive" or "asensitive" or "scroll" or "no")
            _cursor.Skip();
        _cursor.Expect("cursor");
        if (_cursor.Accept("with") || _cursor.Accept("without"))
            _cursor.Expect("hold");
        _cursor.Expect("for");
        return new("DECLARE", name, Preparable());
    }
}
