using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>All other commands. Enough of each is read to name its kind and, where they are easily found, the relations it touches.</summary>
internal sealed class DefinitionRules(PostgresGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Any command that no other rule knows.</summary>
    public OtherStatement Other()
    {
        var verb = _cursor.Mark ?? "";
        switch (verb)
        {
            case "create":
                return Create();
            case "alter" or "drop" or "truncate" or "comment" or "security" or "refresh" or "reindex" or "cluster" or "vacuum" or "analyze" or "analyse"
                or "lock":
                return Named(verb is "lock" or "vacuum" or "analyze" or "analyse" or "cluster" ? StatementKind.Other : StatementKind.Ddl);
            case "grant" or "revoke" or "import" or "reassign":
                return Rest(StatementKind.Ddl);
            case "call" or "do":
                return Rest(StatementKind.Call);
            case "execute" or "fetch" or "move" or "listen" or "notify" or "load" or "checkpoint":
                return Rest(StatementKind.Other);
            default:
                _cursor.Fail("unknown command");
                return new OtherStatement(StatementKind.Other, "", []);
        }
    }

    private OtherStatement Create()
    {
        const int WordsMax = 12;
        var words = new List<string> { "CREATE" };
        _cursor.Skip();
        for (var i = 0; i < WordsMax && _cursor.Mark is "or" or "replace" or "temp" or "temporary" or "local" or "global" or "unlogged" or "recursive"
            or "materialized" or "unique" or "foreign" or "constraint" or "event"; i++)
        {
            _cursor.Skip();
        }

        var what = _cursor.Mark;
        if (what is not null)
            words.Add(what.ToUpperInvariant());
        _cursor.Skip();
        if (what is not ("table" or "view" or "sequence"))
            return Rest(StatementKind.Ddl, words);
        _cursor.Accept("if", "not");
        _cursor.Accept("exists");
        var relation = grammar.Names.Qualified();
        return WithQuery(words, relation);
    }

    // The query of CREATE TABLE AS and CREATE VIEW: what it reads is touched, too.
    private OtherStatement WithQuery(List<string> words, QualifiedName relation)
    {
        while (!_cursor.IsAtEnd)
        {
            if (_cursor.Is("as") && grammar.Queries.IsAhead(1))
            {
                _cursor.Skip();
                var inner = grammar.Statements.Preparable();
                QueryOption();
                return new(StatementKind.Ddl, string.Join(' ', words), [relation], inner);
            }

            _cursor.Skip();
        }

        return new(StatementKind.Ddl, string.Join(' ', words), [relation]);
    }

    // WITH NO DATA, WITH LOCAL CHECK OPTION; nothing else may follow a query that was taken apart.
    private void QueryOption()
    {
        if (!_cursor.Accept("with") || _cursor.Accept("data") || _cursor.Accept("no", "data"))
            return;
        if (!_cursor.Accept("cascaded"))
            _cursor.Accept("local");
        _cursor.Expect("check");
        _cursor.Expect("option");
    }

    // ALTER TABLE x, DROP VIEW x, y, TRUNCATE x, VACUUM x ...: words, then names separated by commas.
    private OtherStatement Named(StatementKind kind)
    {
        var words = new List<string> { _cursor.Mark!.ToUpperInvariant() };
        var verb = _cursor.Mark;
        _cursor.Skip();
        if (verb is "vacuum" or "analyze" or "analyse" && _cursor.Is("("))
            SkipParentheses();
        var isRelation = verb is "truncate" or "lock" or "vacuum" or "analyze" or "analyse" or "cluster";
        while (_cursor.Mark is "table" or "view" or "materialized" or "index" or "sequence" or "foreign" or "column" or "on" or "only" or "if" or "exists"
            or "concurrently" or "full" or "freeze" or "verbose" or "analyze" or "analyse")
        {
            isRelation |= _cursor.Mark is "table" or "view" or "sequence" or "column";
            if (words.Count < 3)
                words.Add(_cursor.Mark!.ToUpperInvariant());
            _cursor.Skip();
        }

        var relations = ImmutableArray.CreateBuilder<QualifiedName>();
        while (isRelation && grammar.Names.IsColumnName())
        {
            relations.Add(grammar.Names.Qualified());
            _cursor.Accept("*");
            if (!_cursor.Accept(","))
                break;
        }

        Tail();
        return new(kind, string.Join(' ', words), relations.ToImmutable());
    }

    private OtherStatement Rest(StatementKind kind) => Rest(kind, []);

    private OtherStatement Rest(StatementKind kind, List<string> words)
    {
        if (words.Count == 0)
        {
            words.Add((_cursor.Mark ?? "").ToUpperInvariant());
            _cursor.Skip();
        }

        Tail();
        return new(kind, string.Join(' ', words), []);
    }

    // A semicolon inside parentheses (rules) or BEGIN ATOMIC belongs to the command; the splitter and the server see to it that there is only one.
    private void Tail()
    {
        while (!_cursor.IsAtEnd)
            _cursor.Skip();
    }

    private void SkipParentheses()
    {
        var depth = 0;
        do
        {
            depth += _cursor.Is("(") ? 1 : _cursor.Is(")") ? -1 : 0;
            _cursor.Skip();
        }
        while (depth > 0 && !_cursor.IsAtEnd);
    }
}
