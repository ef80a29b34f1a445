using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Operands (the server's c_expr).</summary>
internal sealed class PrimaryRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>One operand with its fields and subscripts.</summary>
    public Expression Primary()
    {
        if (_cursor.Is("("))
            return grammar.Groups.Indirections(grammar.Groups.Parenthesised());
        if (grammar.Literals.Optional() is { } literal)
            return literal is ParameterReference ? grammar.Groups.Indirections(literal) : literal;
        if (_cursor.Kind is TokenKind.Word && Keyword() is { } special)
            return special;
        if (_cursor.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName)
            return Named();

        _cursor.Fail("expected an expression");
        return ExpressionRules.Nothing;
    }

    private Expression? Keyword()
    {
        switch (_cursor.Mark)
        {
            case "case":
                return Case();
            case "exists" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return grammar.Groups.Parenthesised() is Subquery query ? query with { Use = SubqueryUse.Exists } : NotAQuery();
            case "array" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                var array = grammar.Groups.Parenthesised() is Subquery inner ? inner with { Use = SubqueryUse.Array } : NotAQuery();
                return grammar.Groups.Indirections(array);
            case "array":
                _cursor.Skip();
                return grammar.Groups.Indirections(grammar.Groups.ArrayElements());
            case "row" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return grammar.Groups.Indirections(grammar.Groups.Row());
            case "grouping" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return new Form("grouping", [grammar.Groups.Parenthesised()]);
            case "interval":
                return Interval();
            default:
                return TypedConstant() ?? grammar.SpecialCalls.Optional();
        }
    }

    private Subquery NotAQuery()
    {
        _cursor.Fail("expected a query");
        return new(SubqueryUse.Exists, null, null, new(new ValuesBody([])));
    }

    private Form Case()
    {
        _cursor.Expect("case");
        var parts = ImmutableArray.CreateBuilder<Expression>();
        var compares = !_cursor.Is("when");
        if (compares)
            parts.Add(grammar.Expressions.Any());
        while (_cursor.Accept("when"))
        {
            parts.Add(grammar.Expressions.Any());
            _cursor.Expect("then");
            parts.Add(grammar.Expressions.Any());
        }

        var label = "case";
        if (_cursor.Accept("else"))
        {
            var otherwise = grammar.Expressions.Any();
            parts.Add(otherwise);
            label = ColumnLabel.Of(otherwise, out var strength) is { } name && strength == LabelStrength.Name ? name : label;
        }

        _cursor.Expect("end");
        return new(label, parts.ToImmutable()) { Implied = compares ? "=" : null };
    }

    // INTERVAL '1' DAY, INTERVAL(3) '1 second'; a column may be called interval, too.
    private Expression Interval()
    {
        var here = _cursor.Position;
        _cursor.Skip();
        if (_cursor.Accept("("))
        {
            if (_cursor.Kind == TokenKind.Integer && _cursor.MarkAt(1) == ")" && LiteralRules.IsString(_cursor.KindAt(2)))
            {
                _cursor.Skip();
                _cursor.Skip();
            }
            else
            {
                _cursor.ReturnTo(here);
                return Named();
            }
        }

        if (!grammar.Literals.IsString())
        {
            _cursor.ReturnTo(here);
            return Named();
        }

        var text = grammar.Literals.String();
        grammar.Types.IntervalFields();
        return new Cast(new Literal(LiteralKind.String, text), new(new(["interval"]), "interval", false));
    }

    // A standard type before a string: int '1', timestamp(3) with time zone '...'. Else the word is a column's name.
    private Cast? TypedConstant()
    {
        if (!grammar.Types.IsStandard())
            return null;
        var here = _cursor.Position;
        var type = grammar.Types.Type();
        if (grammar.Literals.IsString())
            return new(new Literal(LiteralKind.String, grammar.Literals.String()), type);
        _cursor.ReturnTo(here);
        return null;
    }

    // A column, a function call, or a type before a string.
    private Expression Named()
    {
        var isQuoted = _cursor.Kind != TokenKind.Word;
        var category = isQuoted ? KeywordCategory.None : Keywords.CategoryOf(_cursor.Mark!);
        if (category == KeywordCategory.Reserved)
        {
            _cursor.Fail("expected an expression");
            return ExpressionRules.Nothing;
        }

        var name = grammar.Names.QualifiedLabel();
        if (_cursor.Is("("))
        {
            var call = grammar.Calls.Arguments(name);
            if (grammar.Literals.IsString() && call is Call { Over: null })
                return new Cast(new Literal(LiteralKind.String, grammar.Literals.String()), new(name, name.Name, false));
            return call;
        }

        if (grammar.Literals.IsString())
            return new Cast(new Literal(LiteralKind.String, grammar.Literals.String()), new(name, name.Name, false));
        if (category == KeywordCategory.TypeOrFunction && name.Parts.Length == 1)
            _cursor.Fail("expected an expression");
        if (_cursor.Is(".", "*"))
        {
            _cursor.Skip();
            _cursor.Skip();
            return new ColumnReference(name.Parts, true);
        }

        return grammar.Groups.Indirections(new ColumnReference(name.Parts, false));
    }
}
