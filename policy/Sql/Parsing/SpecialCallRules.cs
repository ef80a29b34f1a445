using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Functions that the grammar spells in its own way: CAST, EXTRACT, TRIM, COALESCE, CURRENT_DATE and their like.</summary>
internal sealed class SpecialCallRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a function, if one begins here.</summary>
    public Expression? Optional()
    {
        if (Value() is { } value)
            return value;
        if (_cursor.Is("collation", "for"))
            return CollationFor();
        if (_cursor.MarkAt(1) != "(")
            return null;

        var word = _cursor.Mark!;
        switch (word)
        {
            case "coalesce" or "greatest" or "least" or "nullif":
                Open();
                return Close(new Form(word, grammar.Expressions.List()) { Implied = word == "nullif" ? "=" : null });
            case "cast" or "treat":
                Open();
                return Conversion();
            case "extract" or "normalize" or "overlay" or "position" or "substring" or "trim":
                Open();
                var call = Close(Inside(word));
                return grammar.Groups.Indirections(grammar.Calls.After((Call)call));
            default:
                return grammar.XmlCalls.Optional() ?? grammar.JsonCalls.Optional();
        }
    }

    private void Open()
    {
        _cursor.Skip();
        _cursor.Expect("(");
    }

    private Expression Close(Expression inside)
    {
        _cursor.Expect(")");
        return inside;
    }

    private Expression Conversion()
    {
        var operand = grammar.Expressions.Any();
        _cursor.Expect("as");
        return grammar.Groups.Indirections(Close(new Cast(operand, grammar.Types.Type())));
    }

    // Words that are values by themselves.
    private Call? Value()
    {
        if (_cursor.Mark is not { } word || _cursor.MarkAt(1) == ".")
            return null;
        switch (word)
        {
            case "current_date" or "current_role" or "current_user" or "session_user" or "user" or "current_catalog":
            case "current_schema" when _cursor.MarkAt(1) != "(":
                _cursor.Skip();
                return Builtin(word, []);
            case "current_time" or "current_timestamp" or "localtime" or "localtimestamp":
                _cursor.Skip();
                if (_cursor.Is("(") && _cursor.KindAt(1) == TokenKind.Integer && _cursor.MarkAt(2) == ")")
                {
                    for (var i = 0; i < 3; i++)
                        _cursor.Skip();
                }

                return Builtin(word, []);
            default:
                return null;
        }
    }

    private Expression CollationFor()
    {
        _cursor.Skip();
        _cursor.Skip();
        _cursor.Expect("(");
        return Close(Builtin("pg_collation_for", [grammar.Expressions.Any()]));
    }

    private Call Inside(string word) => word switch
    {
        "extract" => Extract(),
        "normalize" => Normalize(),
        "position" => Position(),
        "trim" => Trim(),
        _ => Sliced(word),
    };

    private Call Extract()
    {
        if (_cursor.Kind is not (TokenKind.Word or TokenKind.QuotedName or TokenKind.String))
            _cursor.Fail("expected a field");
        _cursor.Skip();
        _cursor.Expect("from");
        return Builtin("extract", [grammar.Expressions.Any()]);
    }

    private Call Normalize()
    {
        var operand = grammar.Expressions.Any();
        if (_cursor.Accept(","))
            _cursor.Skip();
        return Builtin("normalize", [operand]);
    }

    private Call Position()
    {
        var part = grammar.Expressions.Restricted();
        _cursor.Expect("in");
        return Builtin("position", [part, grammar.Expressions.Restricted()]);
    }

    private Call Trim()
    {
        var name = _cursor.Mark switch { "leading" => "ltrim", "trailing" => "rtrim", _ => "btrim" };
        if (_cursor.Mark is "leading" or "trailing" or "both")
            _cursor.Skip();
        if (_cursor.Accept("from"))
            return Builtin(name, grammar.Expressions.List());
        var arguments = grammar.Expressions.List();
        return _cursor.Accept("from") ? Builtin(name, [.. arguments, .. grammar.Expressions.List()]) : Builtin(name, arguments);
    }

    // SUBSTRING(x FROM a FOR b), SUBSTRING(x SIMILAR a ESCAPE b), OVERLAY(x PLACING y FROM a FOR b); or commas, which make an ordinary call.
    private Call Sliced(string word)
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

        return new(isPlain ? new([word]) : new(["pg_catalog", word]), arguments.ToImmutable()) { IsSyntax = !isPlain };
    }

    private static Call Builtin(string name, ImmutableArray<Expression> arguments) => new(new(["pg_catalog", name]), arguments) { IsSyntax = true };
}
