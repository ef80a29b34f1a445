using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Functions that the grammar spells in its own way: CAST, EXTRACT, TRIM, COALESCE, CURRENT_DATE and their like.</summary>
internal sealed class PostgresSpecialCallRules(PostgresGrammar grammar) : SpecialCallRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override Expression? Optional()
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
                return Close(new Form(word, _grammar.Expressions.List()) { Implied = word == "nullif" ? "=" : null });
            case "cast":
                Open();
                return _grammar.Groups.Indirections(Conversion());
            case "treat":
                Open();
                return _grammar.Groups.Indirections(_grammar.Calls.After(Treated(Conversion())));
            case "extract" or "normalize" or "overlay" or "position" or "substring" or "trim":
                Open();
                var call = Close(Inside(word));
                return _grammar.Groups.Indirections(_grammar.Calls.After(call));
            default:
                return _grammar.XmlCalls.Optional() ?? _grammar.JsonCalls.Optional();
        }
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

    // Whatever it looks like, the server calls its own function of the type's name: TREAT(1 AS pg_sleep) sleeps.
    private static Call Treated(Cast conversion) => new(new(["pg_catalog", conversion.Type.ShortName]), [conversion.Operand]);

    private Call CollationFor()
    {
        _cursor.Skip();
        _cursor.Skip();
        _cursor.Expect("(");
        return Close(Builtin("pg_collation_for", [_grammar.Expressions.Any()]));
    }

    private Call Inside(string word) => word switch
    {
        "extract" => Extract(),
        "normalize" => Normalize(),
        "position" => Position(_grammar.Expressions.Restricted),
        "trim" => Trim(static word => word switch { "leading" => "ltrim", "trailing" => "rtrim", _ => "btrim" }),
        _ => Sliced(word),
    };

    private Call Normalize()
    {
        var operand = _grammar.Expressions.Any();
        if (_cursor.Accept(","))
            _cursor.Skip();
        return Builtin("normalize", [operand]);
    }

    /// <inheritdoc/>
    protected override Call Builtin(string name, ImmutableArray<Expression> arguments) => new(new(["pg_catalog", name]), arguments) { IsSyntax = true };
}
