using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Operands.</summary>
internal abstract class PrimaryRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>One operand with its fields and subscripts.</summary>
    public Expression Primary()
    {
        if (_cursor.Is("("))
            return grammar.Groups.Indirections(grammar.Groups.Parenthesised());
        if (grammar.Literals.Optional() is { } literal)
            return literal is ParameterReference ? grammar.Groups.Indirections(literal) : literal;
        if (Keyword() is { } special)
            return special;
        if (grammar.Names.IsPart())
            return Named();

        _cursor.Fail("expected an expression");
        return ExpressionRules.Nothing;
    }

    /// <summary>A form that begins with a word or symbol of its own, if one begins here.</summary>
    protected virtual Expression? Keyword()
    {
        switch (_cursor.Mark)
        {
            case "case":
                return Case();
            case "exists" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return Subquery(SubqueryUse.Exists);
            case "row" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return grammar.Groups.Indirections(grammar.Groups.Row());
            case "grouping" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return new Form("grouping", [grammar.Groups.Parenthesised()]);
            default:
                return grammar.SpecialCalls.Optional();
        }
    }

    /// <summary>A column, a function call, or what else begins with a name.</summary>
    protected abstract Expression Named();

    /// <summary>A query in parentheses, for this use.</summary>
    protected Subquery Subquery(SubqueryUse use)
    {
        if (grammar.Groups.Parenthesised() is Subquery query)
            return query with { Use = use };
        _cursor.Fail("expected a query");
        return new(use, null, null, new(new ValuesBody([])));
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
}
