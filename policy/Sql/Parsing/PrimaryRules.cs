using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Operands (the server's c_expr) and the tests that follow them.</summary>
internal sealed class PrimaryRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>One operand with its fields and subscripts.</summary>
    public Expression Primary()
    {
        if (_cursor.Is("("))
            return Indirections(Parenthesised());
        if (grammar.Literals.Optional() is { } literal)
            return literal is ParameterReference ? Indirections(literal) : literal;
        if (_cursor.Kind is TokenKind.Word && Keyword() is { } special)
            return special;
        if (_cursor.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName)
            return Named();

        _cursor.Fail("expected an expression");
        return ExpressionRules.Nothing;
    }

    /// <summary>After <c>op</c>: <c>ANY (...)</c> and its like over a query or an array.</summary>
    public Expression Quantified(Expression left, QualifiedName name)
    {
        _cursor.Skip();
        if (!_cursor.Is("("))
            _cursor.Expect("(");
        var inside = Parenthesised();
        return inside is Subquery { Use: SubqueryUse.Scalar } query
            ? query with { Use = SubqueryUse.Quantified, Left = left, Operator = name }
            : new Operation([name], [left, inside]);
    }

    /// <summary>IS ..., ISNULL, NOTNULL.</summary>
    public Expression IsTest(Expression left, bool isRestricted)
    {
        if (_cursor.Accept("isnull") || _cursor.Accept("notnull"))
            return new Form("?column?", [left]);
        _cursor.Expect("is");
        var isNot = _cursor.Accept("not");
        if (_cursor.Accept("distinct"))
        {
            _cursor.Expect("from");
            return new Form("?column?", [left, grammar.Expressions.Climb(Precedence.Is + 1, isRestricted)]);
        }

        if (_cursor.Mark is "nfc" or "nfd" or "nfkc" or "nfkd" && _cursor.MarkAt(1) == "normalized")
            _cursor.Skip();
        if (_cursor.Accept("normalized"))
        {
            var call = new Call(new(["pg_catalog", "is_normalized"]), [left]) { IsSyntax = true };
            return isNot ? new Form("?column?", [call]) : call;
        }

        if (_cursor.Accept("json"))
        {
            if (_cursor.Mark is "value" or "scalar" or "array" or "object")
                _cursor.Skip();
            grammar.JsonCalls.OptionalUniqueKeys();
            return new Form("?column?", [left]);
        }

        if (_cursor.Mark is not ("null" or "true" or "false" or "unknown" or "document"))
            _cursor.Fail("expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT");
        _cursor.Skip();
        return new Form("?column?", [left]);
    }

    /// <summary>[NOT] BETWEEN, IN, LIKE, ILIKE, SIMILAR TO; OVERLAPS.</summary>
    public Expression PatternTest(Expression left)
    {
        _cursor.Accept("not");
        if (_cursor.Accept("between"))
        {
            if (!_cursor.Accept("symmetric"))
                _cursor.Accept("asymmetric");
            var low = grammar.Expressions.Restricted();
            _cursor.Expect("and");
            return new Form("?column?", [left, low, grammar.Expressions.Climb(Precedence.Pattern + 1, isRestricted: false)]);
        }

        if (_cursor.Accept("in"))
            return In(left);
        if (_cursor.Accept("overlaps"))
        {
            var right = grammar.Expressions.Climb(Precedence.Pattern + 1, isRestricted: false);
            return new Call(new(["pg_catalog", "overlaps"]), [left, right]) { IsSyntax = true };
        }

        var name = new QualifiedName([_cursor.Is("like") ? "~~" : _cursor.Is("ilike") ? "~~*" : "~"]);
        if (_cursor.Accept("similar"))
            _cursor.Expect("to");
        else
            _cursor.Skip();
        if (_cursor.Mark is "any" or "some" or "all")
            return Quantified(left, name);
        var pattern = grammar.Expressions.Climb(Precedence.Escape, isRestricted: false);
        return _cursor.Accept("escape")
            ? new Operation([name], [left, pattern, grammar.Expressions.Climb(Precedence.Escape + 1, isRestricted: false)])
            : new Operation([name], [left, pattern]);
    }

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

    private Expression In(Expression left)
    {
        if (!_cursor.Is("("))
            _cursor.Expect("(");
        var inside = Parenthesised();
        return inside switch
        {
            Subquery { Use: SubqueryUse.Scalar } query => query with { Use = SubqueryUse.Quantified, Left = left },
            _ => new Form("?column?", [left, inside]),
        };
    }

    private Expression? Keyword()
    {
        switch (_cursor.Mark)
        {
            case "case":
                return Case();
            case "exists" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return Parenthesised() is Subquery query ? query with { Use = SubqueryUse.Exists } : NotAQuery();
            case "array" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                var array = Parenthesised() is Subquery inner ? inner with { Use = SubqueryUse.Array } : NotAQuery();
                return Indirections(array);
            case "array":
                _cursor.Skip();
                return Indirections(ArrayElements());
            case "row" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return Indirections(Row());
            case "grouping" when _cursor.MarkAt(1) == "(":
                _cursor.Skip();
                return new Form("grouping", [Parenthesised()]);
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

    private Form ArrayElements()
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

    private Form Row()
    {
        _cursor.Expect("(");
        var elements = _cursor.Is(")") ? [] : grammar.Expressions.List();
        _cursor.Expect(")");
        return new("row", elements);
    }

    private Form Case()
    {
        _cursor.Expect("case");
        var parts = ImmutableArray.CreateBuilder<Expression>();
        if (!_cursor.Is("when"))
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
        return new(label, parts.ToImmutable());
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

        return Indirections(new ColumnReference(name.Parts, false));
    }
}
