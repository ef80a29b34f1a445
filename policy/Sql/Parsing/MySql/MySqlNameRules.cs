using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Names: they keep their case, and a table's may begin with a point.</summary>
internal sealed class MySqlNameRules(MySqlGrammar grammar) : NameRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override QualifiedName Qualified()
    {
        // ".t" is "t" in the database at hand.
        return _cursor.Accept(".") ? Continue(Part()) : base.Qualified();
    }

    /// <summary>A label after AS: a name that is not reserved, or a string.</summary>
    public override string Label() => _grammar.Literals.IsString() ? _grammar.Literals.One() : ColumnName();

    /// <inheritdoc/>
    public override string? BareLabel() => _grammar.Literals.IsString() ? _grammar.Literals.One() : base.BareLabel();

    /// <summary>A symbol, or one of the words that are operators.</summary>
    public override QualifiedName Operator()
    {
        var symbol = _cursor.Mark;
        if (symbol is null)
            _cursor.Fail("expected an operator");
        _cursor.Skip();
        return new([symbol ?? ""]);
    }

    /// <summary>A user's or role's name: <c>name</c>, <c>'name'@'host'</c>, CURRENT_USER.</summary>
    public string Account()
    {
        if (_cursor.Mark is "current_user" or "current_role")
        {
            var current = _cursor.Mark;
            _cursor.Skip();
            if (_cursor.Accept("("))
                _cursor.Expect(")");
            return current;
        }

        var user = _grammar.Literals.IsString() ? _grammar.Literals.One() : Part();
        if (_cursor.Kind == TokenKind.UserVariable)
        {
            user += _cursor.CurrentText();
            _cursor.Skip();
        }

        return user;
    }

    /// <inheritdoc/>
    protected override string AnyName()
    {
        var name = _cursor.Kind == TokenKind.QuotedName ? MySqlText.Name(_cursor.CurrentBytes) : _cursor.CurrentText();
        _cursor.Skip();
        return name;
    }
}
