using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>All other commands. Enough of each is read to name its kind and, where they are easily found, the relations it touches.</summary>
internal sealed class CommandRules(MySqlGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Any command that no other rule knows.</summary>
    public OtherStatement Other()
    {
        var verb = _cursor.Mark ?? "";
        switch (verb)
        {
            case "create" or "alter":
                return grammar.Creations.Definition();
            case "drop" or "truncate" or "rename":
                return Named(StatementKind.Ddl);
            case "analyze" or "check" or "checksum" or "optimize" or "repair" or "lock" or "flush" or "handler":
                return Named(StatementKind.Other);
            case "grant" or "revoke":
                return Granted();
            case "call":
                return Called();
            case "do":
                _cursor.Skip();
                return new(StatementKind.Call, "DO", [], Reading(grammar.Expressions.List()));
            case "load" when _cursor.MarkAt(1) == "index":
            case "backup" or "begin" or "binlog" or "cache" or "change" or "clone" or "deallocate" or "execute" or "get" or "help" or "import" or "install"
                or "prepare" or "purge" or "reset" or "resignal" or "restart" or "shutdown" or "signal" or "start" or "stop" or "uninstall" or "unlock":
                return Rest(StatementKind.Other, verb.ToUpperInvariant());
            case "if" or "case" or "loop" or "while" or "repeat" or "for" when grammar.IsMariaDb:
                return Rest(StatementKind.Other, verb.ToUpperInvariant());
            default:
                _cursor.Fail("unknown command");
                return new(StatementKind.Other, "", []);
        }
    }

    /// <summary>Steps over all that is left; semicolons inside a body belong to it.</summary>
    public void SkipAll()
    {
        while (!_cursor.IsAtEnd)
            _cursor.Skip();
    }

    /// <summary>A command of which no more is read.</summary>
    public OtherStatement Rest(StatementKind kind, string verb, params ReadOnlySpan<QualifiedName> relations)
    {
        ImmutableArray<QualifiedName> named = [.. relations];
        SkipAll();
        return new(kind, verb, named);
    }

    // What is computed reads as a SELECT would.
    private static QueryStatement Reading(ImmutableArray<Expression> values) =>
        new(new(new SelectBody { Targets = [.. values.Select(static value => new Target(value, null))] }));

    private OtherStatement Called()
    {
        _cursor.Skip();
        grammar.Names.Qualified();
        ImmutableArray<Expression> arguments = [];
        if (_cursor.Accept("("))
        {
            if (!_cursor.Is(")"))
                arguments = grammar.Expressions.List();
            _cursor.Expect(")");
        }

        return new(StatementKind.Call, "CALL", [], arguments.IsEmpty ? null : Reading(arguments));
    }

    // DROP TABLE IF EXISTS x, y; RENAME TABLE x TO y; LOCK TABLES x READ, y WRITE; CHECK TABLE x, y QUICK; HANDLER x OPEN
    private OtherStatement Named(StatementKind kind)
    {
        var verb = _cursor.Mark!;
        var words = new List<string> { verb.ToUpperInvariant() };
        var isRelation = verb is "truncate" or "handler";
        _cursor.Skip();
        while (_cursor.Mark is "table" or "tables" or "view" or "sequence" or "temporary" or "index" or "if" or "exists" or "no_write_to_binlog" or "local")
        {
            isRelation |= _cursor.Mark is "table" or "tables" or "view" or "sequence";
            if (_cursor.Mark is "table" or "tables" or "view" or "sequence" or "index")
                words.Add(_cursor.Mark.ToUpperInvariant());
            _cursor.Skip();
        }

        var relations = ImmutableArray.CreateBuilder<QualifiedName>();
        while (isRelation && (grammar.Names.IsColumnName() || _cursor.Is(".")))
        {
            relations.Add(grammar.Names.Qualified());
            Options();
            if (!_cursor.Accept(",") && !_cursor.Accept("to"))
                break;
        }

        SkipUntil("on");
        if (words is ["DROP", "INDEX"] && _cursor.Accept("on"))
            relations.Add(grammar.Names.Qualified());
        SkipAll();
        return new(kind, string.Join(' ', words), relations.ToImmutable());
    }

    // What stands between a relation and the next one.
    private void Options()
    {
        while (!_cursor.IsAtEnd && _cursor.Mark is not ("," or "to"))
            _cursor.Skip();
    }

    private OtherStatement Granted()
    {
        var verb = _cursor.Mark!.ToUpperInvariant();
        SkipUntil("on");
        if (!_cursor.Accept("on"))
            return Rest(StatementKind.Ddl, verb);
        _cursor.Accept("table");
        var isRelation = grammar.Names.IsColumnName() && _cursor.MarkAt(1) is "to" or "from" or ".";
        var name = isRelation ? grammar.Names.Qualified() : null;
        return name is null || _cursor.Is(".") ? Rest(StatementKind.Ddl, verb) : Rest(StatementKind.Ddl, verb, name);
    }

    private void SkipUntil(string word)
    {
        while (!_cursor.IsAtEnd && !_cursor.Is(word))
            _cursor.Skip();
    }
}
