using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Commands about the session itself: settings, transactions, handles.</summary>
internal sealed class SessionRules(PostgresGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a command, if one begins here.</summary>
    public Statement? Optional()
    {
        switch (_cursor.Mark)
        {
            case "set":
                return Set();
            case "reset":
                _cursor.Skip();
                return new ResetStatement(_cursor.Accept("all") ? null : Setting());
            case "show":
                _cursor.Skip();
                return new ShowStatement(_cursor.Accept("all") ? "all" : Setting());
            case "discard":
                _cursor.Skip();
                return Discard();
            case "deallocate":
                _cursor.Skip();
                _cursor.Accept("prepare");
                return new DeallocateStatement(_cursor.Accept("all") ? null : grammar.Names.ColumnName());
            case "close":
                _cursor.Skip();
                return new CloseStatement(_cursor.Accept("all") ? null : grammar.Names.ColumnName());
            case "unlisten":
                _cursor.Skip();
                return new UnlistenStatement(_cursor.Accept("*") ? null : grammar.Names.ColumnName());
            default:
                return Transaction();
        }
    }

    private DiscardStatement Discard()
    {
        var target = _cursor.Mark ?? "";
        if (target is not ("all" or "plans" or "sequences" or "temp" or "temporary"))
            _cursor.Fail("expected ALL, PLANS, SEQUENCES or TEMP");
        _cursor.Skip();
        return new(target);
    }

    private TransactionStatement? Transaction()
    {
        var verb = _cursor.Mark;
        switch (verb)
        {
            case "begin" or "start":
                _cursor.Skip();
                if (verb == "start")
                    _cursor.Expect("transaction");
                else
                    Work();
                return Begin(Modes());
            case "commit" or "rollback" when _cursor.MarkAt(1) == "prepared":
            case "prepare":
                _cursor.Skip();
                _cursor.Skip();
                grammar.Literals.String();
                return new(verb.ToUpperInvariant(), false, true);
            case "commit" or "end" or "rollback" or "abort":
                return End(verb);
            case "savepoint":
                _cursor.Skip();
                grammar.Names.ColumnName();
                return new("SAVEPOINT", false, false);
            case "release":
                _cursor.Skip();
                _cursor.Accept("savepoint");
                grammar.Names.ColumnName();
                return new("RELEASE", false, false);
            default:
                return null;
        }
    }

    private static TransactionStatement Begin(bool? isReadWrite) => new("BEGIN", isReadWrite == true, false) { IsReadOnly = isReadWrite == false };

    private TransactionStatement End(string verb)
    {
        _cursor.Skip();
        Work();
        if (verb == "rollback" && _cursor.Accept("to"))
        {
            _cursor.Accept("savepoint");
            grammar.Names.ColumnName();
        }
        else if (_cursor.Accept("and"))
        {
            _cursor.Accept("no");
            _cursor.Expect("chain");
        }

        return new(verb.ToUpperInvariant(), false, false);
    }

    private void Work()
    {
        if (!_cursor.Accept("work"))
            _cursor.Accept("transaction");
    }

    // ISOLATION LEVEL ..., READ ONLY, READ WRITE, [NOT] DEFERRABLE. True if READ WRITE is among them, false if READ ONLY is.
    private bool? Modes()
    {
        bool? isReadWrite = null;
        while (true)
        {
            if (_cursor.Accept("isolation", "level"))
            {
                if (!_cursor.Accept("serializable") && !_cursor.Accept("repeatable", "read") && !_cursor.Accept("read", "committed"))
                {
                    _cursor.Expect("read");
                    _cursor.Expect("uncommitted");
                }
            }
            else if (_cursor.Accept("read", "write"))
            {
                isReadWrite = true;
            }
            else if (_cursor.Accept("read", "only"))
            {
                isReadWrite ??= false;
            }
            else if (!_cursor.Accept("deferrable") && !_cursor.Accept("not", "deferrable") && !_cursor.Accept(","))
            {
                return isReadWrite;
            }
        }
    }

    private Statement Set()
    {
        _cursor.Skip();
        if (_cursor.Accept("session", "characteristics"))
        {
            _cursor.Expect("as");
            _cursor.Expect("transaction");
            return new TransactionStatement("SET SESSION CHARACTERISTICS", Modes() == true, false);
        }

        if (_cursor.Is("transaction") || (_cursor.Is("local", "transaction") || _cursor.Is("session", "transaction")))
            return SetTransaction();
        if (_cursor.Accept("constraints"))
        {
            SkipAll();
            return new TransactionStatement("SET CONSTRAINTS", false, false);
        }

        var isLocal = _cursor.Accept("local");
        if (!isLocal && _cursor.Is("session") && _cursor.MarkAt(1) is not ("authorization" or "to" or "="))
            _cursor.Skip();
        return Special(isLocal) ?? Plain(isLocal);
    }

    private Statement SetTransaction()
    {
        if (!_cursor.Is("transaction"))
            _cursor.Skip();
        _cursor.Skip();
        if (_cursor.Accept("snapshot"))
        {
            grammar.Literals.String();
            return new OtherStatement(StatementKind.Set, "SET TRANSACTION SNAPSHOT", []);
        }

        return new TransactionStatement("SET TRANSACTION", Modes() == true, false);
    }

    // Spellings of single settings.
    private SetStatement? Special(bool isLocal)
    {
        if (_cursor.Accept("time", "zone"))
        {
            if (_cursor.Accept("interval"))
            {
                var text = grammar.Literals.String();
                grammar.Types.IntervalFields();
                return new("timezone", [text], isLocal);
            }

            return new("timezone", _cursor.Accept("local") ? default : Values(), isLocal);
        }

        if (_cursor.Accept("session", "authorization"))
            return new("session_authorization", Values(), isLocal);
        if (_cursor.Is("role") && _cursor.MarkAt(1) is not ("to" or "="))
        {
            _cursor.Skip();
            return new("role", Values(), isLocal);
        }

        if (_cursor.Accept("names"))
            return new("client_encoding", _cursor.IsAtEnd || _cursor.Is(";") ? default : Values(), isLocal);
        if (_cursor.Accept("schema"))
            return new("search_path", [grammar.Literals.String()], isLocal);
        if (_cursor.Accept("catalog"))
            return new("catalog", [grammar.Literals.String()], isLocal);
        if (_cursor.Accept("xml", "option"))
            return new("xmloption", Values(), isLocal);
        return null;
    }

    private Statement Plain(bool isLocal)
    {
        var name = grammar.Names.Qualified().ToString().ToLowerInvariant();
        if (_cursor.Accept("from", "current"))
            return new OtherStatement(StatementKind.Set, "SET FROM CURRENT", []);
        if (!_cursor.Accept("="))
            _cursor.Expect("to");
        return new SetStatement(name, Values(), isLocal);
    }

    // Default means the session's own value.
    private ImmutableArray<string> Values()
    {
        if (_cursor.Accept("default"))
            return default;
        var values = ImmutableArray.CreateBuilder<string>();
        do
            values.Add(Value());
        while (_cursor.Accept(","));
        return values.ToImmutable();
    }

    private string Value()
    {
        var sign = _cursor.Accept("-") ? "-" : "";
        if (sign.Length == 0)
            _cursor.Accept("+");
        if (_cursor.Kind is TokenKind.Integer or TokenKind.Decimal)
        {
            var number = sign + _cursor.CurrentText();
            _cursor.Skip();
            return number;
        }

        return grammar.Literals.IsString() ? grammar.Literals.String() : grammar.Names.Part();
    }

    private string Setting()
    {
        if (_cursor.Accept("time", "zone"))
            return "timezone";
        if (_cursor.Accept("transaction", "isolation"))
        {
            _cursor.Expect("level");
            return "transaction_isolation";
        }

        if (_cursor.Accept("session", "authorization"))
            return "session_authorization";
        return grammar.Names.Qualified().ToString().ToLowerInvariant();
    }

    private void SkipAll()
    {
        while (!_cursor.IsAtEnd)
            _cursor.Skip();
    }
}
