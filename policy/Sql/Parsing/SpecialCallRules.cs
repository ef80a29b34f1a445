using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Functions that the grammar spells in its own way, where the dialects agree on it.</summary>
internal abstract class SpecialCallRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a function, if one begins here.</summary>
    public abstract Expression? Optional();

    /// <summary>A call of the server's own function that no schema can shadow.</summary>
    protected abstract Call Builtin(string name, ImmutableArray<Expression> arguments);

    /// <summary>Steps over the word and its parenthesis.</summary>
    protected void Open()
    {
        _cursor.Skip();
        _cursor.Expect("(");
    }

    /// <summary>Steps over the closing parenthesis.</summary>
    protected T Close<T>(T inside)
        where T : Expression
    {
        _cursor.Expect(")");
        return inside;
    }

    /// <summary>The inside of <c>CAST(x AS type)</c>, its parenthesis included.</summary>
    protected Cast Conversion()
    {
        var operand = grammar.Expressions.Any();
        _cursor.Expect("as");
        return Close(new Cast(operand, grammar.Types.Type()));
    }

    /// <summary>The inside of <c>EXTRACT(field FROM x)</c>.</summary>
    protected Call Extract()
    {
        if (_cursor.Kind is not (TokenKind.Word or TokenKind.QuotedName or TokenKind.String))
            _cursor.Fail("expected a field");
        _cursor.Skip();
        _cursor.Expect("from");
        return Builtin("extract", [grammar.Expressions.Any()]);
    }

    /// <summary>The inside of <c>POSITION(part IN x)</c>.</summary>
    /// <param name="operand">Reads an operand that stops at IN.</param>
    protected Call Position(Func<Expression> operand)
    {
        var part = operand();
        _cursor.Expect("in");
        return Builtin("position", [part, operand()]);
    }

    /// <summary>The inside of <c>TRIM([LEADING | TRAILING | BOTH] [part] FROM x)</c> or <c>TRIM(x)</c>.</summary>
    /// <param name="name">The function that the word means; LEADING and TRAILING have their own in some dialects.</param>
    protected Call Trim(Func<string?, string> name)
    {
        var function = name(_cursor.Mark);
        if (_cursor.Mark is "leading" or "trailing" or "both")
            _cursor.Skip();
        if (_cursor.Accept("from"))
            return Builtin(function, grammar.Expressions.List());
        var arguments = grammar.Expressions.List();
        return _cursor.Accept("from") ? Builtin(function, [.. arguments, .. grammar.Expressions.List()]) : Builtin(function, arguments);
    }

    /// <summary>
    /// The inside of <c>SUBSTRING(x FROM a FOR b)</c>, <c>SUBSTRING(x SIMILAR a ESCAPE b)</c> and <c>OVERLAY(x PLACING y FROM a FOR b)</c>;
    /// or commas, which make an ordinary call.
    /// </summary>
    protected Call Sliced(string word)
    {
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        if (!_cursor.Is(")"))
            arguments.Add(grammar.Expressions.Any());
        var isPlain = _cursor.Is(",") || _cursor.Is(")");
        while (_cursor.Mark is "," or "from" or "for" or "placing" or "similar" or "escape")
        {
            _cursor.Skip();
            arguments.Add(grammar.Expressions.Any());
        }

        return isPlain ? new(new([word]), arguments.ToImmutable()) : Builtin(word, arguments.ToImmutable());
    }
}
