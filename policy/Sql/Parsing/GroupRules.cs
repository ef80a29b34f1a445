using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>What stands in parentheses.</summary>
internal class GroupRules(Grammar grammar)
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

    /// <summary>The fields of <c>ROW(...)</c>.</summary>
    public Form Row()
    {
        _cursor.Expect("(");
        var elements = _cursor.Is(")") ? [] : grammar.Expressions.List();
        _cursor.Expect(")");
        return new("row", elements);
    }

    /// <summary>The fields and subscripts after an operand.</summary>
    public virtual Expression Indirections(Expression operand) => operand;

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
}
