using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>IS with all that PostgreSQL tests for, ILIKE, SIMILAR TO, OVERLAPS.</summary>
internal sealed class PostgresTestRules(PostgresGrammar grammar) : TestRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>IS ..., ISNULL, NOTNULL.</summary>
    public Expression IsTest(Expression left, bool isRestricted)
    {
        if (_cursor.Accept("isnull") || _cursor.Accept("notnull"))
            return new Form("?column?", [left]);
        _cursor.Expect("is");
        var isNot = _cursor.Accept("not");
        if (_cursor.Accept("distinct"))
        {
            _cursor.Expect("from");
            return new Form("?column?", [left, _grammar.Expressions.Climb(Precedence.Is + 1, isRestricted)]) { Implied = "=" };
        }

        if (_cursor.Mark is "nfc" or "nfd" or "nfkc" or "nfkd" && _cursor.MarkAt(1) == "normalized")
            _cursor.Skip();
        if (_cursor.Accept("normalized"))
        {
            var call = new Call(new(["pg_catalog", "is_normalized"]), [left]) { IsSyntax = true };
            return isNot ? new Form("?column?", [call]) : call;
        }

        if (_cursor.Accept("json"))
        {
            if (_cursor.Mark is "value" or "scalar" or "array" or "object")
                _cursor.Skip();
            _grammar.JsonCalls.OptionalUniqueKeys();
            return new Form("?column?", [left]);
        }

        if (_cursor.Mark is not ("null" or "true" or "false" or "unknown" or "document"))
            _cursor.Fail("expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT");
        _cursor.Skip();
        return new Form("?column?", [left]);
    }

    /// <inheritdoc/>
    protected override Expression LowerBound()
    {
        if (!_cursor.Accept("symmetric"))
            _cursor.Accept("asymmetric");
        return _grammar.Expressions.Restricted();
    }

    /// <inheritdoc/>
    protected override Expression Pattern(Expression left, bool isNot)
    {
        if (_cursor.Accept("overlaps"))
        {
            var right = _grammar.Expressions.Climb(Precedence.Pattern + 1);
            return new Call(new(["pg_catalog", "overlaps"]), [left, right]) { IsSyntax = true };
        }

        var name = new QualifiedName([(isNot ? "!" : "") + (_cursor.Is("like") ? "~~" : _cursor.Is("ilike") ? "~~*" : "~")]);
        if (_cursor.Accept("similar"))
            _cursor.Expect("to");
        else
            _cursor.Skip();
        return _cursor.Mark is "any" or "some" or "all" ? Quantified(left, name) : Escaped(left, name);
    }
}
