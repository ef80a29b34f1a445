using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Statements by their first word.</summary>
internal abstract class StatementRules(Grammar grammar)
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

    /// <summary>A statement inside another one.</summary>
    public Statement Any()
    {
        if (!_cursor.TryEnter())
            return new EmptyStatement();
        var statement = Statement();
        _cursor.Leave();
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

    /// <summary>Any statement.</summary>
    protected abstract Statement Statement();

    private Statement QueryOrChange()
    {
        if (_cursor.Is("with"))
            return AfterWith();
        if (grammar.Changes.IsStart())
            return grammar.Changes.Change(null);
        if (_cursor.Is("(") || grammar.Queries.IsStart())
            return new QueryStatement(grammar.Queries.Query());
        _cursor.Fail("expected a query");
        return new EmptyStatement();
    }

    private Statement AfterWith()
    {
        var with = grammar.Withs.With();
        return grammar.Changes.IsStart() ? grammar.Changes.Change(with) : new QueryStatement(grammar.Queries.Query() with { With = with });
    }
}
