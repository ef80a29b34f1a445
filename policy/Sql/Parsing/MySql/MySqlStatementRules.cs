using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>EXPLAIN, DESCRIBE, ANALYZE of a statement, USE, KILL, and which rules read all others.</summary>
internal sealed class MySqlStatementRules(MySqlGrammar grammar) : StatementRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override Statement Statement()
    {
        if (IsPreparable())
            return Preparable();
        switch (_cursor.Mark)
        {
            case "explain" or "describe" or "desc":
                return Explain();
            case "analyze" when _grammar.IsMariaDb && _cursor.MarkAt(1) is not ("table" or "tables" or "no_write_to_binlog" or "local"):
                _cursor.Skip();
                Format();
                return new ExplainStatement(IsAnalyze: true, Preparable());
            case "show":
                return _grammar.Shows.Show();
            case "set":
                return _grammar.Settings.Set();
            case "use":
                _cursor.Skip();
                return new UseStatement(_grammar.Names.Part());
            case "kill":
                return Kill();
            default:
                return _grammar.Transactions.Optional() ?? _grammar.Definitions.Other();
        }
    }

    private bool IsPreparable() => _cursor.Is("(") || _cursor.Is("values") || _grammar.Queries.IsStart() || _grammar.Changes.IsStart();

    private Statement Explain()
    {
        _cursor.Skip();
        if (_cursor.Accept("for", "connection"))
        {
            _grammar.Expressions.Any();
            return new OtherStatement(StatementKind.Explain, "EXPLAIN FOR CONNECTION", []);
        }

        var isAnalyze = _cursor.Accept("analyze");
        while (_cursor.Mark is "extended" or "partitions" && !IsEnd(1))
            _cursor.Skip();
        Format();
        var isKept = _cursor.Accept("into");
        if (isKept)
            _cursor.Skip();
        if (_cursor.Is("for", "schema") || _cursor.Is("for", "database"))
        {
            _cursor.Skip();
            _cursor.Skip();
            _grammar.Names.Part();
        }

        if (!IsPreparable())
            return isAnalyze || isKept ? Nothing() : Describe();
        var explained = new ExplainStatement(isAnalyze, Preparable());
        return isKept ? new OtherStatement(StatementKind.Explain, "EXPLAIN INTO", [], explained) : explained;
    }

    private EmptyStatement Nothing()
    {
        _cursor.Fail("expected a statement");
        return new();
    }

    private DescribeStatement Describe()
    {
        var relation = _grammar.Names.Qualified();
        return new(relation, IsEnd(0) ? null : _grammar.Names.Label());
    }

    private bool IsEnd(int ahead) => _cursor.KindAt(ahead) == TokenKind.End || _cursor.MarkAt(ahead) == ";";

    private void Format()
    {
        if (_cursor.Accept("format", "="))
            _grammar.Types.Part();
    }

    private KillStatement Kill()
    {
        _cursor.Skip();
        if (!_cursor.Accept("hard"))
            _cursor.Accept("soft");
        var isQuery = _cursor.Accept("query");
        if (isQuery)
            _cursor.Accept("id");
        else
            _cursor.Accept("connection");
        return new(isQuery, _cursor.Accept("user") ? new Literal(LiteralKind.String, _grammar.Names.Account()) : _grammar.Expressions.Any());
    }
}
