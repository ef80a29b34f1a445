using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Expressions, by precedence climbing (the server's a_expr and b_expr).</summary>
/// <remarks>A chain on one level becomes one flat node: a thousand terms are a thousand operands, not a thousand levels.</remarks>
internal sealed class ExpressionRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Any expression.</summary>
    public Expression Any() => Climb(Precedence.Or, isRestricted: false);

    /// <summary>An expression without AND, OR, NOT, IN, BETWEEN and tests, for the places where those would be ambiguous.</summary>
    public Expression Restricted() => Climb(Precedence.Is, isRestricted: true);

    /// <summary>Expressions separated by commas.</summary>
    public ImmutableArray<Expression> List()
    {
        var list = ImmutableArray.CreateBuilder<Expression>();
        do
            list.Add(Any());
        while (_cursor.Accept(","));
        return list.ToImmutable();
    }

    /// <summary>The rest of an expression whose first operand has been read.</summary>
    public Expression Continue(Expression first) => Infix(first, Precedence.Or, isRestricted: false);

    /// <summary>An expression of operators that bind at least this tightly.</summary>
    public Expression Climb(Precedence least, bool isRestricted)
    {
        if (!_cursor.TryEnter())
            return Nothing;
        var result = Infix(Prefix(isRestricted), least, isRestricted);
        _cursor.Leave();
        return result;
    }

    /// <summary>What a rule returns where there is a fault.</summary>
    public static Expression Nothing { get; } = new Literal(LiteralKind.Null, "");

    private Expression Prefix(bool isRestricted)
    {
        if (_cursor.Is("not") && !isRestricted)
        {
            _cursor.Skip();
            return new Form("?column?", [Climb(Precedence.Not, isRestricted)]);
        }

        if (_cursor.Mark is "+" or "-")
            return PrefixOperator(Precedence.Sign, isRestricted);
        if (_cursor.Is("operator", "(") || IsGenericOperator())
            return PrefixOperator(Precedence.OtherOperator + 1, isRestricted);
        return grammar.Primaries.Primary();
    }

    private Operation PrefixOperator(Precedence least, bool isRestricted)
    {
        var name = grammar.Names.Operator();
        return new([name], [Climb(least, isRestricted)]);
    }

    private Expression Infix(Expression left, Precedence least, bool isRestricted)
    {
        // Each turn but a flat operator wraps the left side once more; the walkers of the tree recurse over that.
        var wraps = 0;
        ImmutableArray<QualifiedName>.Builder? operators = null;
        ImmutableArray<Expression>.Builder? operands = null;
        while (true)
        {
            var precedence = PrecedenceHere(isRestricted);
            if (precedence < least || precedence == Precedence.None)
                break;
            if (precedence is Precedence.Or or Precedence.And || IsOperator())
            {
                var name = precedence is Precedence.Or or Precedence.And ? null : grammar.Names.Operator();
                if (name is null)
                    _cursor.Skip();
                else if (_cursor.Mark is "any" or "some" or "all" && !isRestricted)
                {
                    left = grammar.Tests.Quantified(Flat(left, operators, operands), name);
                    (operators, operands) = (null, null);
                    continue;
                }

                operands ??= Start(left, out operators);
                if (name is not null)
                    operators!.Add(name);
                operands.Add(Climb(precedence + 1, isRestricted));
                continue;
            }

            left = Test(Flat(left, operators, operands), precedence, isRestricted);
            (operators, operands) = (null, null);
            if (++wraps > WrapsMax)
                _cursor.Fail("nested too deeply");
        }

        return Flat(left, operators, operands);
    }

    private const int WrapsMax = 200;

    private static ImmutableArray<Expression>.Builder Start(Expression left, out ImmutableArray<QualifiedName>.Builder operators)
    {
        operators = ImmutableArray.CreateBuilder<QualifiedName>(1);
        var operands = ImmutableArray.CreateBuilder<Expression>(2);
        operands.Add(left);
        return operands;
    }

    private static Expression Flat(Expression left, ImmutableArray<QualifiedName>.Builder? operators, ImmutableArray<Expression>.Builder? operands) =>
        operands is null ? left : new Operation(operators!.ToImmutable(), operands.ToImmutable());

    private Expression Test(Expression left, Precedence precedence, bool isRestricted)
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

    // What the token here would do after an operand; None if nothing.
    private Precedence PrecedenceHere(bool isRestricted)
    {
        switch (_cursor.Mark)
        {
            case null: return Precedence.None;
            case "::": return Precedence.Cast;
            case "collate": return Precedence.Collate;
            case "at" when _cursor.MarkAt(1) is "time" or "local": return Precedence.At;
            case "^": return Precedence.Power;
            case "*" or "/" or "%": return Precedence.Multiplicative;
            case "+" or "-": return Precedence.Additive;
            case "<" or ">" or "=" or "<=" or ">=" or "<>" or "!=": return Precedence.Comparison;
            case "operator" when _cursor.MarkAt(1) == "(": return Precedence.OtherOperator;
            case "is": return Precedence.Is;
        }

        if (IsGenericOperator())
            return Precedence.OtherOperator;
        if (isRestricted)
            return Precedence.None;
        return _cursor.Mark switch
        {
            "or" => Precedence.Or,
            "and" => Precedence.And,
            "isnull" or "notnull" => Precedence.Is,
            "between" or "in" or "like" or "ilike" or "overlaps" => Precedence.Pattern,
            "similar" when _cursor.MarkAt(1) == "to" => Precedence.Pattern,
            "not" when _cursor.MarkAt(1) is "between" or "in" or "like" or "ilike" or "similar" => Precedence.Pattern,
            _ => Precedence.None,
        };
    }

    private bool IsOperator() => (_cursor.Kind == TokenKind.Operator && _cursor.Mark != "::") || _cursor.Is("operator", "(");

    private bool IsGenericOperator() =>
        _cursor.Kind == TokenKind.Operator && _cursor.Mark is not ("::" or ":=" or "=>" or ".." or "*" or "/" or "%" or "^");
}
