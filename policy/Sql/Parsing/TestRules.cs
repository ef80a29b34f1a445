using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Tests that follow an operand: IS, IN, BETWEEN, LIKE, ANY.</summary>
internal sealed class TestRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>After <c>op</c>: <c>ANY (...)</c> and its like over a query or an array.</summary>
    public Expression Quantified(Expression left, QualifiedName name)
    {
        _cursor.Skip();
        if (!_cursor.Is("("))
            _cursor.Expect("(");
        var inside = grammar.Groups.Parenthesised();
        return inside is Subquery { Use: SubqueryUse.Scalar } query
            ? query with { Use = SubqueryUse.Quantified, Left = left, Operator = name }
            : new Operation([name], [left, inside]);
    }

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
            return new Form("?column?", [left, grammar.Expressions.Climb(Precedence.Is + 1, isRestricted)]) { Implied = "=" };
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
            grammar.JsonCalls.OptionalUniqueKeys();
            return new Form("?column?", [left]);
        }

        if (_cursor.Mark is not ("null" or "true" or "false" or "unknown" or "document"))
            _cursor.Fail("expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT");
        _cursor.Skip();
        return new Form("?column?", [left]);
    }

    /// <summary>[NOT] BETWEEN, IN, LIKE, ILIKE, SIMILAR TO; OVERLAPS.</summary>
    public Expression PatternTest(Expression left)
    {
        _cursor.Accept("not");
        if (_cursor.Accept("between"))
        {
            if (!_cursor.Accept("symmetric"))
                _cursor.Accept("asymmetric");
            var low = grammar.Expressions.Restricted();
            _cursor.Expect("and");
            var high = grammar.Expressions.Climb(Precedence.Pattern + 1, isRestricted: false);
            return new Operation([new([">="]), new(["<="])], [left, low, high]);
        }

        if (_cursor.Accept("in"))
            return In(left);
        if (_cursor.Accept("overlaps"))
        {
            var right = grammar.Expressions.Climb(Precedence.Pattern + 1, isRestricted: false);
            return new Call(new(["pg_catalog", "overlaps"]), [left, right]) { IsSyntax = true };
        }

        var name = new QualifiedName([_cursor.Is("like") ? "~~" : _cursor.Is("ilike") ? "~~*" : "~"]);
        if (_cursor.Accept("similar"))
            _cursor.Expect("to");
        else
            _cursor.Skip();
        if (_cursor.Mark is "any" or "some" or "all")
            return Quantified(left, name);
        var pattern = grammar.Expressions.Climb(Precedence.Escape, isRestricted: false);
        return _cursor.Accept("escape")
            ? new Operation([name], [left, pattern, grammar.Expressions.Climb(Precedence.Escape + 1, isRestricted: false)])
            : new Operation([name], [left, pattern]);
    }

    private Expression In(Expression left)
    {
        if (!_cursor.Is("("))
            _cursor.Expect("(");
        var inside = grammar.Groups.Parenthesised();
        return inside switch
        {
            Subquery { Use: SubqueryUse.Scalar } query => query with { Use = SubqueryUse.Quantified, Left = left },
            _ => new Form("?column?", [left, inside]) { Implied = "=" },
        };
    }
}
