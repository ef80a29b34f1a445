using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Expressions, by precedence climbing.</summary>
/// <remarks>A chain on one level becomes one flat node: a thousand terms are a thousand operands, not a thousand levels.</remarks>
internal abstract class ExpressionRules(Grammar grammar)
{
    // Each turn but a flat operator wraps the left side once more; the walkers of the tree recurse over that.
    private const int WrapsMax = 200;

    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>What a rule returns where there is a fault.</summary>
    public static Expression Nothing { get; } = new Literal(LiteralKind.Null, "");

    /// <summary>Any expression.</summary>
    public Expression Any() => Climb(Precedence.Or, isRestricted: false);

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
    /// <param name="least">How tightly.</param>
    /// <param name="isRestricted">True in places where some operators would be ambiguous.</param>
    public Expression Climb(Precedence least, bool isRestricted = false)
    {
        if (!_cursor.TryEnter())
            return Nothing;
        var result = Infix(Prefix(isRestricted), least, isRestricted);
        _cursor.Leave();
        return result;
    }

    /// <summary>An operand with the operators before it.</summary>
    protected abstract Expression Prefix(bool isRestricted);

    /// <summary>A form whose left operand has been read.</summary>
    protected abstract Expression Test(Expression left, Precedence precedence, bool isRestricted);

    /// <summary>An operator before an operand.</summary>
    protected Operation PrefixOperator(Precedence least, bool isRestricted)
    {
        var name = grammar.Names.Operator();
        return new([name], [Climb(least, isRestricted)]);
    }

    private Expression Infix(Expression left, Precedence least, bool isRestricted)
    {
        var wraps = 0;
        ImmutableArray<QualifiedName>.Builder? operators = null;
        ImmutableArray<Expression>.Builder? operands = null;
        while (true)
        {
            var rule = grammar.Operators.Find(_cursor, isRestricted);
            if (rule.Precedence < least || rule.Precedence == Precedence.None)
                break;
            if (rule.Use != OperatorUse.Test)
            {
                var name = rule.Use == OperatorUse.Logic ? null : grammar.Names.Operator();
                if (name is null)
                    _cursor.Skip();
                else if (!isRestricted && grammar.Tests.IsQuantifier())
                {
                    left = grammar.Tests.Quantified(Flat(left, operators, operands), name);
                    (operators, operands) = (null, null);
                    continue;
                }

                operands ??= Start(left, out operators);
                if (name is not null)
                    operators!.Add(name);
                operands.Add(Climb(rule.Precedence + 1, isRestricted));
                continue;
            }

            left = Test(Flat(left, operators, operands), rule.Precedence, isRestricted);
            (operators, operands) = (null, null);
            if (++wraps > WrapsMax)
                _cursor.Fail("nested too deeply");
        }

        return Flat(left, operators, operands);
    }

    private static ImmutableArray<Expression>.Builder Start(Expression left, out ImmutableArray<QualifiedName>.Builder operators)
    {
        operators = ImmutableArray.CreateBuilder<QualifiedName>(1);
        var operands = ImmutableArray.CreateBuilder<Expression>(2);
        operands.Add(left);
        return operands;
    }

    private static Expression Flat(Expression left, ImmutableArray<QualifiedName>.Builder? operators, ImmutableArray<Expression>.Builder? operands) =>
        operands is null ? left : new Operation(operators!.ToImmutable(), operands.ToImmutable());
}
