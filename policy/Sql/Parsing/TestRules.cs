using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Tests that follow an operand: IS, IN, BETWEEN, LIKE, ANY.</summary>
internal abstract class TestRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if ANY, SOME or ALL stands here, after an operator.</summary>
    public virtual bool IsQuantifier() => _cursor.Mark is "any" or "some" or "all";

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

    /// <summary>[NOT] BETWEEN, IN, LIKE and their like.</summary>
    public Expression PatternTest(Expression left)
    {
        // NOT is no operation upon the result: it chooses other operators.
        var isNot = _cursor.Accept("not");
        return _cursor.Mark switch
        {
            "between" => Between(left, isNot),
            "in" => In(left, isNot),
            _ => Pattern(left, isNot),
        };
    }

    /// <summary>LIKE, and the tests that only this dialect has.</summary>
    protected abstract Expression Pattern(Expression left, bool isNot);

    /// <summary>The lower bound of BETWEEN, which stops at AND.</summary>
    protected abstract Expression LowerBound();

    /// <summary>A pattern after the operator, with ESCAPE.</summary>
    protected Operation Escaped(Expression left, QualifiedName name)
    {
        var pattern = grammar.Expressions.Climb(Precedence.Escape);
        return _cursor.Accept("escape")
            ? new([name], [left, pattern, grammar.Expressions.Climb(Precedence.Escape + 1)])
            : new([name], [left, pattern]);
    }

    private Operation Between(Expression left, bool isNot)
    {
        _cursor.Skip();
        var low = LowerBound();
        _cursor.Expect("and");
        var high = grammar.Expressions.Climb(Precedence.Pattern + 1);
        return new(isNot ? [new(["<"]), new([">"])] : [new([">="]), new(["<="])], [left, low, high]);
    }

    private Expression In(Expression left, bool isNot)
    {
        _cursor.Skip();
        if (!_cursor.Is("("))
            _cursor.Expect("(");
        var inside = grammar.Groups.Parenthesised();
        return inside switch
        {
            Subquery { Use: SubqueryUse.Scalar } query => query with { Use = SubqueryUse.Quantified, Left = left },
            _ => new Form("?column?", [left, inside]) { Implied = isNot ? "<>" : "=" },
        };
    }
}
