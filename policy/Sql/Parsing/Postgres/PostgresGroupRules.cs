using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Arrays, and the fields and subscripts that follow a value.</summary>
internal sealed class PostgresGroupRules(PostgresGrammar grammar) : GroupRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override Expression Indirections(Expression operand)
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

    /// <summary>The elements of <c>ARRAY[...]</c>.</summary>
    public Form ArrayElements()
    {
        if (!_cursor.TryEnter())
            return new("array", []);
        _cursor.Expect("[");
        var elements = ImmutableArray.CreateBuilder<Expression>();
        while (!_cursor.Is("]") && !_cursor.IsAtEnd)
        {
            elements.Add(_cursor.Is("[") ? ArrayElements() : _grammar.Expressions.Any());
            if (!_cursor.Accept(","))
                break;
        }

        _cursor.Expect("]");
        _cursor.Leave();
        return new("array", elements.ToImmutable());
    }

    private Selection Field(Expression operand)
    {
        _cursor.Expect(".");
        return _cursor.Accept("*") ? new(operand, null, true, []) : new(operand, _grammar.Names.Part(), false, []);
    }

    private Selection Subscript(Expression operand)
    {
        _cursor.Expect("[");
        var bounds = ImmutableArray.CreateBuilder<Expression>(2);
        if (!_cursor.Is(":") && !_cursor.Is("]"))
            bounds.Add(_grammar.Expressions.Any());
        if (_cursor.Accept(":") && !_cursor.Is("]"))
            bounds.Add(_grammar.Expressions.Any());
        _cursor.Expect("]");
        return new(operand, null, false, bounds.ToImmutable());
    }
}
