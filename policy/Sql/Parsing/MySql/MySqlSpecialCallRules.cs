using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Functions that the grammar spells in its own way: CAST, CONVERT, MATCH, TIMESTAMPADD, CURRENT_DATE and their like.</summary>
internal sealed class MySqlSpecialCallRules(MySqlGrammar grammar) : SpecialCallRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override Expression? Optional()
    {
        if (_cursor.Kind != TokenKind.Word || _cursor.Mark is not { } word)
            return null;
        if (word == "match")
            return Match();
        if (_grammar.IsMariaDb && Sequence(word) is { } sequence)
            return sequence;
        if (Value(word) is { } value)
            return value;
        return _cursor.MarkAt(1) == "(" && _grammar.Calls.IsBuiltIn() ? Called(word) : null;
    }

    /// <inheritdoc/>
    protected override Call Builtin(string name, ImmutableArray<Expression> arguments) => new(new([name]), arguments) { IsSyntax = true };

    private Expression? Called(string word)
    {
        switch (word)
        {
            case "cast":
                Open();
                return Cast();
            case "convert":
                Open();
                return Convert();
            case "values" or "default":
            case "value" when _grammar.IsMariaDb:
                Open();
                return Close(new Form(word, [_grammar.Expressions.Any()]));
            case "char" or "character" or "extract" or "get_format" or "json_value" or "mid" or "position" or "substr" or "substring":
            case "timestampadd" or "timestampdiff" or "trim" or "weight_string":
                Open();
                return Close(Inside(word));
            default:
                return null;
        }
    }

    private Call Inside(string word) => word switch
    {
        "char" or "character" => Char(),
        "extract" => Extract(),
        "get_format" => Typed(),
        "json_value" => Json(),
        "position" => Position(() => _grammar.Expressions.Climb(Precedence.Pattern + 1)),
        "timestampadd" or "timestampdiff" => Timestamp(word),
        "trim" => Trim(static _ => "trim"),
        "weight_string" => Weight(),
        _ => Sliced(word),
    };

    // CAST(x AS type), CAST(x AT TIME ZONE '+00:00' AS DATETIME)
    private Cast Cast()
    {
        var operand = _grammar.Expressions.Any();
        if (_cursor.Accept("at", "time"))
        {
            _cursor.Expect("zone");
            _cursor.Accept("interval");
            _grammar.Literals.String();
        }

        _cursor.Expect("as");
        return Close(new Cast(operand, _grammar.Types.Type()));
    }

    // CONVERT(x, type), CONVERT(x USING character set)
    private Cast Convert()
    {
        var operand = _grammar.Expressions.Any();
        if (!_cursor.Accept("using"))
        {
            _cursor.Expect(",");
            return Close(new Cast(operand, _grammar.Types.Type()));
        }

        CharacterSet();
        return Close(new Cast(operand, new(new(["char"]), "char", false)));
    }

    private Call Char()
    {
        var arguments = _grammar.Expressions.List();
        if (_cursor.Accept("using"))
            CharacterSet();
        return Builtin("char", arguments);
    }

    private void CharacterSet() => _grammar.Types.Part();

    // GET_FORMAT(DATE, 'USA')
    private Call Typed()
    {
        _grammar.Names.Part();
        _cursor.Expect(",");
        return Builtin("get_format", [_grammar.Expressions.Any()]);
    }

    private Call Timestamp(string word)
    {
        _grammar.Primaries.Unit();
        _cursor.Expect(",");
        return Builtin(word, _grammar.Expressions.List());
    }

    private Call Weight()
    {
        var operand = _grammar.Expressions.Any();
        if (_cursor.Accept("as"))
            _grammar.Types.Type();
        while (!_cursor.IsAtEnd && !_cursor.Is(")"))
        {
            if (_cursor.Is("("))
                _cursor.Fail("expected LEVEL");
            _cursor.Skip(); // LEVEL 1 DESC, or flags
        }

        return Builtin("weight_string", [operand]);
    }

    // JSON_VALUE(x, '$.a' RETURNING type DEFAULT 1 ON EMPTY ERROR ON ERROR)
    private Call Json()
    {
        var arguments = _grammar.Expressions.List().ToBuilder();
        if (_cursor.Accept("returning"))
            _grammar.Types.Type();
        _grammar.DocumentTables.Behaviours(arguments);
        return Builtin("json_value", arguments.ToImmutable());
    }

    // MATCH (a, b) AGAINST ('x' IN BOOLEAN MODE)
    private Form Match()
    {
        _cursor.Skip();
        var isEnclosed = _cursor.Accept("(");
        var operands = _grammar.Expressions.List().ToBuilder();
        if (isEnclosed)
            _cursor.Expect(")");
        _cursor.Expect("against");
        _cursor.Expect("(");
        operands.Add(_grammar.Expressions.Climb(Precedence.Pattern + 1));
        if (_cursor.Accept("in"))
        {
            if (!_cursor.Accept("boolean"))
            {
                _cursor.Expect("natural");
                _cursor.Expect("language");
            }

            _cursor.Expect("mode");
        }

        if (_cursor.Accept("with"))
        {
            _cursor.Expect("query");
            _cursor.Expect("expansion");
        }

        _cursor.Expect(")");
        return new("match", operands.ToImmutable());
    }

    // NEXT VALUE FOR s, PREVIOUS VALUE FOR s, NEXTVAL(s), LASTVAL(s), SETVAL(s, 1)
    private SequenceUse? Sequence(string word)
    {
        if (word is "next" or "previous" && _cursor.MarkAt(1) == "value" && _cursor.MarkAt(2) == "for")
        {
            for (var i = 0; i < 3; i++)
                _cursor.Skip();
            return new(word.ToUpperInvariant(), _grammar.Names.Qualified());
        }

        if (word is not ("nextval" or "lastval" or "setval") || _cursor.MarkAt(1) != "(")
            return null;
        Open();
        var sequence = _grammar.Names.Qualified();
        if (_cursor.Accept(","))
            _grammar.Expressions.List();
        return Close(new SequenceUse(word switch { "nextval" => "NEXT", "lastval" => "PREVIOUS", _ => "SET" }, sequence));
    }

    // Words that are values by themselves, with parentheses or without.
    private Call? Value(string word)
    {
        switch (word)
        {
            case "current_role" when _grammar.IsMariaDb:
            case "current_date" or "current_time" or "current_timestamp" or "current_user" or "localtime" or "localtimestamp" or "utc_date" or "utc_time"
                or "utc_timestamp":
                _cursor.Skip();
                if (_cursor.Accept("("))
                {
                    if (_cursor.Kind == TokenKind.Integer)
                        _cursor.Skip();
                    _cursor.Expect(")");
                }

                return Builtin(word, []);
            default:
                return null;
        }
    }
}
