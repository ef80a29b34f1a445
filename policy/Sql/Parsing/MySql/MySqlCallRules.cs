using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Calls in the plain syntax, and which function they mean.</summary>
internal sealed class MySqlCallRules(MySqlGrammar grammar) : CallRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if the word here is written so that a function of the grammar can be meant by it.</summary>
    public bool IsBuiltIn() => _cursor.IsCall || !MySqlFunctions.IsAdjacent(_cursor.Mark!, _grammar.IsMariaDb);

    /// <summary>A call whose name, without a schema, is the current token.</summary>
    public Call Simple()
    {
        var isWord = _cursor.Kind == TokenKind.Word;
        var isBuiltIn = isWord && IsBuiltIn();
        var name = _grammar.Names.Part().ToLowerInvariant();
        return Full(new([name]), !isBuiltIn && (isWord || MySqlFunctions.IsOfGrammar(name)));
    }

    /// <summary>A call whose name has been read; with a schema it is stored.</summary>
    public Call Full(QualifiedName name, bool isStored)
    {
        if (!_cursor.TryEnter())
            return new(name, []);
        var call = After(Plain(name)) with { IsStored = isStored };
        _cursor.Leave();
        return call;
    }

    /// <inheritdoc/>
    public override Call After(Call call)
    {
        // NTH_VALUE(x, 2) FROM FIRST; but a table may be called so, too.
        if ((_cursor.Is("from", "first") || _cursor.Is("from", "last")) && _cursor.MarkAt(2) is "over" or "respect" or "ignore")
        {
            _cursor.Skip();
            _cursor.Skip();
        }

        return base.After(call);
    }

    // f(x AS y), f(x y): a name for loadable functions, a type for dynamic columns.
    /// <inheritdoc/>
    protected override Expression Argument()
    {
        var argument = base.Argument();
        if (!_cursor.Accept("as"))
            _grammar.Names.BareLabel();
        else if (_grammar.Literals.IsString())
            _grammar.Literals.String();
        else
            _grammar.Types.Type();
        return argument;
    }

    // GROUP_CONCAT(... SEPARATOR ',' LIMIT 1)
    /// <inheritdoc/>
    protected override void AfterArguments()
    {
        if (_cursor.Accept("separator"))
            _grammar.Literals.String();
        if (_cursor.Accept("limit"))
        {
            _grammar.Primaries.Primary();
            if (_cursor.Accept(",") || _cursor.Accept("offset"))
                _grammar.Primaries.Primary();
        }
    }
}
