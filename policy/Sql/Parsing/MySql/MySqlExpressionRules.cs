using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>What stands before and after operands.</summary>
internal sealed class MySqlExpressionRules(MySqlGrammar grammar) : ExpressionRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override Expression Prefix(bool isRestricted)
    {
        switch (_cursor.Mark)
        {
            case "not":
                _cursor.Skip();
                var least = (_grammar.Modes & LexicalModes.HighNotPrecedence) == 0 ? Precedence.Not : Precedence.Sign;
                return new Form("not", [Climb(least)]);
            case "!":
                _cursor.Skip();
                return new Form("not", [Climb(Precedence.Sign)]);
            case "+" or "-" or "~":
                return PrefixOperator(Precedence.Sign, isRestricted);
            case "binary":
                _cursor.Skip();
                return new Cast(Climb(Precedence.Sign), new(new(["binary"]), "binary", false));
            default:
                return _grammar.Primaries.Primary();
        }
    }

    /// <inheritdoc/>
    protected override Expression Test(Expression left, Precedence precedence, bool isRestricted)
    {
        switch (precedence)
        {
            case Precedence.Collate:
                _cursor.Skip();
                var name = _grammar.Literals.IsString() ? _grammar.Literals.String() : _grammar.Names.Part();
                return new Collation(left, new([name]));
            case Precedence.Comparison:
                return _grammar.Tests.IsTest(left);
            default:
                return _grammar.Tests.PatternTest(left);
        }
    }
}
