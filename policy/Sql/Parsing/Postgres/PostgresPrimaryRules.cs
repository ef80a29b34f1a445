using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Arrays, intervals and constants with a type before them (the server's c_expr).</summary>
internal sealed class PostgresPrimaryRules(PostgresGrammar grammar) : PrimaryRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override Expression? Keyword()
    {
        if (_cursor.Kind != TokenKind.Word)
            return null;
        switch (_cursor.Mark)
        {
            case "array":
                _cursor.Skip();
                return _grammar.Groups.Indirections(_cursor.Is("(") ? Subquery(SubqueryUse.Array) : _grammar.Groups.ArrayElements());
            case "interval":
                return Interval();
            default:
                return TypedConstant() ?? base.Keyword();
        }
    }

    // INTERVAL '1' DAY, INTERVAL(3) '1 second'; a column may be called interval, too.
    private Expression Interval()
    {
        var here = _cursor.Position;
        _cursor.Skip();
        if (_cursor.Accept("("))
        {
            if (_cursor.Kind == TokenKind.Integer && _cursor.MarkAt(1) == ")" && _grammar.Literals.IsStringAt(2))
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

        if (!_grammar.Literals.IsString())
        {
            _cursor.ReturnTo(here);
            return Named();
        }

        var text = _grammar.Literals.String();
        _grammar.Types.IntervalFields();
        return new Cast(new Literal(LiteralKind.String, text), new(new(["interval"]), "interval", false));
    }

    // A standard type before a string: int '1', timestamp(3) with time zone '...'. Else the word is a column's name.
    private Cast? TypedConstant()
    {
        if (!_grammar.Types.IsStandard())
            return null;
        var here = _cursor.Position;
        var type = _grammar.Types.Type();
        if (_grammar.Literals.IsString())
            return new(new Literal(LiteralKind.String, _grammar.Literals.String()), type);
        _cursor.ReturnTo(here);
        return null;
    }

    /// <summary>A column, a function call, or a type before a string.</summary>
    protected override Expression Named()
    {
        var isQuoted = _cursor.Kind != TokenKind.Word;
        var category = isQuoted ? KeywordCategory.None : _grammar.Keywords.CategoryOf(_cursor.Mark!);
        if (category == KeywordCategory.Reserved)
        {
            _cursor.Fail("expected an expression");
            return ExpressionRules.Nothing;
        }

        var name = _grammar.Names.QualifiedLabel();
        if (_cursor.Is("("))
        {
            var call = _grammar.Calls.Arguments(name);
            if (_grammar.Literals.IsString() && call is Call { Over: null })
                return new Cast(new Literal(LiteralKind.String, _grammar.Literals.String()), new(name, name.Name, false));
            return call;
        }

        if (_grammar.Literals.IsString())
            return new Cast(new Literal(LiteralKind.String, _grammar.Literals.String()), new(name, name.Name, false));
        if (category == KeywordCategory.TypeOrFunction && name.Parts.Length == 1)
            _cursor.Fail("expected an expression");
        if (_cursor.Accept(".", "*"))
            return new ColumnReference(name.Parts, true);
        return _grammar.Groups.Indirections(new ColumnReference(name.Parts, false));
    }
}
