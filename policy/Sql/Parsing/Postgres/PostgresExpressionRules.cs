using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>What stands before and after operands (the server's a_expr and b_expr).</summary>
internal sealed class PostgresExpressionRules(PostgresGrammar grammar) : ExpressionRules(grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>An expression without AND, OR, NOT, IN, BETWEEN and tests, for the places where those would be ambiguous.</summary>
    public Expression Restricted() => Climb(Precedence.Is, isRestricted: true);

    /// <inheritdoc/>
    protected override Expression Prefix(bool isRestricted)
    {
        if (_cursor.Is("not") && !isRestricted)
        {
            _cursor.Skip();
            return new Form("?column?", [Climb(Precedence.Not, isRestricted)]);
        }

        if (_cursor.Mark is "+" or "-")
            return PrefixOperator(Precedence.Sign, isRestricted);
        if (_cursor.Is("operator", "(") || grammar.Operators.IsOther(_cursor))
            return PrefixOperator(Precedence.OtherOperator + 1, isRestricted);
        return grammar.Primaries.Primary();
    }

    /// <inheritdoc/>
    protected override Expression Test(Expression left, Precedence precedence, bool isRestricted)
    {
        switch (precedence)
        {
            case Precedence.Cast:
                _cursor.Skip();
                return new Cast(left, grammar.Types.Type());
            case Precedence.Collate:
                _cursor.Skip();
                return new Collation(left, grammar.Names.Qualified());
            case Precedence.At:
                _cursor.Skip();
                _cursor.Skip();
                if (!_cursor.Accept("zone"))
                    return new Call(new(["pg_catalog", "timezone"]), [left]) { IsSyntax = true };
                var zone = Climb(Precedence.At + 1, isRestricted);
                return new Call(new(["pg_catalog", "timezone"]), [zone, left]) { IsSyntax = true };
            case Precedence.Is:
                return grammar.Tests.IsTest(left, isRestricted);
            default:
                return grammar.Tests.PatternTest(left);
        }
    }
}
