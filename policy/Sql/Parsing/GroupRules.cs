using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>What stands in parentheses and brackets, and the fields and subscripts that follow.</summary>
internal sealed class GroupRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>
    /// What stands in parentheses: a query, an expression, or a row. A query in two pairs of parentheses may turn out to be the first operand
    /// of an expression or of a UNION, so what was read goes on from there and nothing is read twice.
    /// </summary>
    public Expression Parenthesised()
    {
        if (!_cursor.TryEnter())
            return ExpressionRules.Nothing;
        _cursor.Expect("(");
        var result = Inside();
        _cursor.Expect(")");
        _cursor.Leave();
        return result;
    }

    private Expression Inside()
    {
        if (grammar.Queries.IsStart())
            return new Subquery(SubqueryUse.Scalar, null, null, grammar.Queries.Query());

        Expression first;
        if (_cursor.Is("("))
        {
            first = Parenthesised();
            if (first is Subquery { Use: SubqueryUse.Scalar } inner)
            {
                if (_cursor.Is(")"))
                    return inner;
                if (grammar.Queries.IsContinuation())
                    return inner with { Query = grammar.Queries.Continue(inner.Query) };
            }

            first = grammar.Expressions.Continue(Indirections(first));
        }
        else
        {
            first = grammar.Expressions.Any();
        }

        return _cursor.Accept(",") ? new Form("row", [first, .. grammar.Expressions.List()]) : first;
    }

    /// <summary>The fields and subscripts after an operand.</summary>
    public Expression Indirections(Expression operand)
    {
        const int StepsMax = 200;
        for (var steps = 0; _cursor.Is("[") || _cursor.Is("."); steps++)
        {
            if (steps == StepsMax)
                _cursor.Fail("nested too deeply");
            operand = _cursor.Is("[") ? Subscript(operand) : Field(operand);
        }

        return operand;
    }

    private Selection Field(Expression operand)
    {
        _cursor.Expect(".");
        return _cursor.Accept("*") ? new(operand, null, true, []) : new(operand, grammar.Names.Label(), false, []);
    }

    private Selection Subscript(Expression operand)
    {
        _cursor.Expect("[");
        var bounds = ImmutableArray.CreateBuilder<Expression>(2);
        if (!_cursor.Is(":") && !_cursor.Is("]"))
            bounds.Add(grammar.Expressions.Any());
        if (_cursor.Accept(":") && !_cursor.Is("]"))
            bounds.Add(grammar.Expressions.Any());
        _cursor.Expect("]");
        return new(operand, null, false, bounds.ToImmutable());
    }

    /// <summary>The elements of <c>ARRAY[...]</c>.</summary>
    public Form ArrayElements()
    {
        if (!_cursor.TryEnter())
            return new("array", []);
        _cursor.Expect("[");
        var elements = ImmutableArray.CreateBuilder<Expression>();
        while (!_cursor.Is("]") && !_cursor.IsAtEnd)
        {
            elements.Add(_cursor.Is("[") ? ArrayElements() : grammar.Expressions.Any());
            if (!_cursor.Accept(","))
                break;
        }

        _cursor.Expect("]");
        _cursor.Leave();
        return new("array", elements.ToImmutable());
    }

    /// <summary>The fields of <c>ROW(...)</c>.</summary>
    public Form Row()
    {
        _cursor.Expect("(");
        var elements = _cursor.Is(")") ? [] : grammar.Expressions.List();
        _cursor.Expect(")");
        return new("row", elements);
    }
}
