using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Variables, intervals, columns and calls.</summary>
internal sealed class MySqlPrimaryRules(MySqlGrammar grammar) : PrimaryRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if the words here are a unit of time.</summary>
    public bool IsUnit() => _cursor.Kind == TokenKind.Word && _cursor.Mark is
        "microsecond" or "second" or "minute" or "hour" or "day" or "week" or "month" or "quarter" or "year" or "second_microsecond" or
        "minute_microsecond" or "minute_second" or "hour_microsecond" or "hour_second" or "hour_minute" or "day_microsecond" or "day_second" or
        "day_minute" or "day_hour" or "year_month" or "sql_tsi_microsecond" or "sql_tsi_second" or "sql_tsi_minute" or "sql_tsi_hour" or
        "sql_tsi_day" or "sql_tsi_week" or "sql_tsi_month" or "sql_tsi_quarter" or "sql_tsi_year" or "sql_tsi_frac_second";

    /// <summary>A unit of time.</summary>
    public void Unit()
    {
        if (!IsUnit())
            _cursor.Fail("expected a unit of time");
        _cursor.Skip();
    }

    /// <summary><c>@name</c>, without its sign, in lower case.</summary>
    public string UserVariable()
    {
        var bytes = _cursor.CurrentBytes[1..];
        var name = bytes[0] switch
        {
            (byte)'`' => MySqlText.Name(bytes),
            (byte)'\'' or (byte)'"' => MySqlText.Value(bytes, (_grammar.Modes & LexicalModes.NoBackslashEscapes) == 0),
            _ => TokenText.Decode(bytes),
        };
        _cursor.Skip();
        return name.ToLowerInvariant();
    }

    /// <summary>A variable of the server, the signs <c>@@</c> included.</summary>
    public VariableReference SystemVariable()
    {
        _cursor.Expect("@@");
        var name = _grammar.Names.Part().ToLowerInvariant();
        var scope = _cursor.Is(".") ? SettingRules.ScopeOf(name) : VariableScope.Any;
        if (scope != VariableScope.Any)
        {
            _cursor.Skip();
            name = _grammar.Names.Part().ToLowerInvariant();
        }

        if (_cursor.Accept("."))
            name = $"{name}.{_grammar.Names.Part().ToLowerInvariant()}";
        return new(scope, name);
    }

    /// <inheritdoc/>
    protected override Expression? Keyword()
    {
        if (_cursor.Kind == TokenKind.UserVariable)
        {
            var name = UserVariable();
            return _cursor.Accept(":=") ? new VariableAssignment(name, _grammar.Expressions.Any()) : new VariableReference(VariableScope.User, name);
        }

        switch (_cursor.Mark)
        {
            case null:
                return null;
            case "@@":
                return SystemVariable();
            case "{":
                return Braces();
            case ".":
                _cursor.Skip();
                return new ColumnReference(_grammar.Names.QualifiedLabel().Parts, false);
            case "interval":
                return Interval();
            case "grouping" when _grammar.IsMariaDb:
                return null;
            default:
                return base.Keyword();
        }
    }

    // {d '2020-01-01'}, {ts '...'}, {fn now()}: the word says nothing that the server would heed.
    private Expression Braces()
    {
        _cursor.Skip();
        _grammar.Names.Part();
        var inside = _grammar.Expressions.Any();
        _cursor.Expect("}");
        return inside;
    }

    // INTERVAL 1 DAY, INTERVAL (a + 1) DAY, and the function INTERVAL(a, b, c).
    private Expression Interval()
    {
        _cursor.Skip();
        if (!_cursor.Is("("))
            return Amount(_grammar.Expressions.Any());

        var inside = _grammar.Groups.Parenthesised();
        return inside is Form { Label: "row" } row && !IsUnit() ? new Call(new(["interval"]), row.Operands) { IsSyntax = true }
            : Amount(_grammar.Expressions.Continue(inside));
    }

    private Form Amount(Expression amount)
    {
        Unit();
        return new("interval", [amount]);
    }

    /// <inheritdoc/>
    protected override Expression Named()
    {
        var isReserved = _cursor.Kind == TokenKind.Word && _grammar.Keywords.CategoryOf(_cursor.Mark!) == KeywordCategory.Reserved;
        if (isReserved && !(_cursor.MarkAt(1) == "(" && MySqlFunctions.IsReserved(_cursor.Mark!)))
        {
            _cursor.Fail("expected an expression");
            return ExpressionRules.Nothing;
        }

        if (_cursor.MarkAt(1) == "(")
            return _grammar.Calls.Simple();
        var name = _grammar.Names.QualifiedLabel();
        if (_cursor.Is("("))
            return _grammar.Calls.Full(new(name.Parts.SetItem(name.Parts.Length - 1, name.Name.ToLowerInvariant())), isStored: true);
        return new ColumnReference(name.Parts, _cursor.Accept(".", "*"));
    }
}
