using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>IS, LIKE, REGEXP, SOUNDS LIKE, MEMBER OF.</summary>
internal sealed class MySqlTestRules(MySqlGrammar grammar) : TestRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>IS [NOT] NULL, TRUE, FALSE, UNKNOWN.</summary>
    public Form IsTest(Expression left)
    {
        _cursor.Expect("is");
        _cursor.Accept("not");
        if (_cursor.Mark is not ("null" or "true" or "false" or "unknown"))
            _cursor.Fail("expected NULL, TRUE, FALSE or UNKNOWN");
        _cursor.Skip();
        return new("is", [left]);
    }

    /// <summary>True if ANY, SOME or ALL stands here with its parenthesis; alone, the first two are names.</summary>
    public override bool IsQuantifier() => base.IsQuantifier() && _cursor.MarkAt(1) == "(";

    /// <inheritdoc/>
    protected override Expression LowerBound() => _grammar.Expressions.Climb(Precedence.Pattern);

    /// <inheritdoc/>
    protected override Expression Pattern(Expression left, bool isNot)
    {
        var word = _cursor.Mark;
        _cursor.Skip();
        switch (word)
        {
            case "like":
                return Escaped(left, new(["like"]));
            case "regexp" or "rlike":
                return new Operation([new(["regexp"])], [left, _grammar.Expressions.Climb(Precedence.Pattern + 1)]);
            case "sounds":
                _cursor.Expect("like");
                return new Operation([new(["sounds like"])], [left, _grammar.Expressions.Climb(Precedence.Pattern + 1)]);
            case "member":
                _cursor.Accept("of");
                _cursor.Expect("(");
                var array = _grammar.Expressions.Any();
                _cursor.Expect(")");
                return new Operation([new(["member of"])], [left, array]);
            default:
                _cursor.Fail("expected LIKE, REGEXP, IN or BETWEEN");
                return ExpressionRules.Nothing;
        }
    }
}
