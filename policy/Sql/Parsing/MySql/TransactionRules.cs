using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>BEGIN, COMMIT, SAVEPOINT, XA and their like.</summary>
internal sealed class TransactionRules(MySqlGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a command, if one begins here.</summary>
    public Statement? Optional()
    {
        var verb = _cursor.Mark;
        switch (verb)
        {
            case "begin" when _cursor.MarkAt(1) != "not":
                _cursor.Skip();
                _cursor.Accept("work");
                return new TransactionStatement("BEGIN", false, false);
            case "start" when _cursor.MarkAt(1) == "transaction":
                _cursor.Skip();
                _cursor.Skip();
                return Begin(Characteristics());
            case "commit" or "rollback":
                _cursor.Skip();
                End(verb);
                return new TransactionStatement(verb.ToUpperInvariant(), false, false);
            case "savepoint":
                _cursor.Skip();
                grammar.Names.Part();
                return new TransactionStatement("SAVEPOINT", false, false);
            case "release":
                _cursor.Skip();
                _cursor.Expect("savepoint");
                grammar.Names.Part();
                return new TransactionStatement("RELEASE", false, false);
            case "xa":
                grammar.Definitions.SkipAll();
                return new TransactionStatement("XA", false, true);
            default:
                return null;
        }
    }

    /// <summary>ISOLATION LEVEL ..., READ ONLY, READ WRITE, WITH CONSISTENT SNAPSHOT. True if READ WRITE is among them, false if READ ONLY is.</summary>
    public bool? Characteristics()
    {
        bool? isReadWrite = null;
        while (true)
        {
            if (_cursor.Accept("isolation", "level"))
                Level();
            else if (_cursor.Accept("read", "write"))
                isReadWrite = true;
            else if (_cursor.Accept("with", "consistent"))
                _cursor.Expect("snapshot");
            else if (_cursor.Accept("read", "only"))
                isReadWrite ??= false;
            else if (!_cursor.Accept(","))
                return isReadWrite;
        }
    }

    private static TransactionStatement Begin(bool? isReadWrite) => new("BEGIN", isReadWrite == true, false) { IsReadOnly = isReadWrite == false };

    private void Level()
    {
        if (_cursor.Accept("serializable") || _cursor.Accept("repeatable", "read") || _cursor.Accept("read", "committed"))
            return;
        _cursor.Expect("read");
        _cursor.Expect("uncommitted");
    }

    private void End(string verb)
    {
        _cursor.Accept("work");
        if (verb == "rollback" && _cursor.Accept("to"))
        {
            if (_cursor.MarkAt(1) is not null || _cursor.KindAt(1) is TokenKind.QuotedName)
                _cursor.Accept("savepoint");
            grammar.Names.Part();
            return;
        }

        if (_cursor.Accept("and"))
        {
            _cursor.Accept("no");
            _cursor.Expect("chain");
        }

        if (_cursor.Accept("no"))
            _cursor.Expect("release");
        else
            _cursor.Accept("release");
    }
}
