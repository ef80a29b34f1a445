using System.Collections.Frozen;
using System.Text;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>
/// Whether a definition (CREATE, ALTER, DROP ...) is one that a role may make: of a table, view or index, without code of anybody's and without a way around
/// masks. It goes by tokens, since most of a definition is not taken apart: what looks like a call is one, and what is called like a relation is it.
/// </summary>
internal sealed class DefinitionProof
{
    private static readonly FrozenSet<string> Verbs = Words("create alter drop truncate rename comment");

    // What may stand between the verb and what it is about.
    private static readonly FrozenSet<string> Modifiers = Words(
        "or replace temp temporary unlogged local global unique fulltext spatial online offline ignore algorithm = undefined merge temptable sql " +
        "security invoker on if not exists concurrently");

    private static readonly FrozenSet<string> Objects = Words("table tables view index");

    // Code, rights, other files and other servers; rows of one table seen in another.
    private static readonly FrozenSet<string> Forbidden = Words(
        "trigger rule policy owner tablespace directory connection definer server union inherit inherits attach exchange discard import select " +
        "execute security");

    // Engines whose tables are elsewhere, or made of other tables, are none of these.
    private static readonly FrozenSet<string> Engines = Words("innodb myisam aria memory");

    private readonly List<(TokenKind Kind, string Text)> _tokens = [];
    private readonly Catalogue _catalogue;
    private readonly ServerNames _names;

    private DefinitionProof(ReadOnlySpan<byte> text, Catalogue catalogue)
    {
        (_catalogue, _names) = (catalogue, ServerNames.Of(catalogue));
        if (!NormalForm.TryCreate(text, catalogue.Dialect, out var form, out _, out _))
            return;

        foreach (var token in new CanonicalReader(form.Canonical))
            _tokens.Add((token.Kind, Name(token.Kind, Encoding.UTF8.GetString(form.Canonical.Slice(token.Start, token.Length)))));
    }

    private bool IsPostgres => _catalogue.Dialect == SqlDialect.PostgreSql;

    /// <summary>The analysis with what the tokens say.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="hasQuery">True if it holds a query, which <paramref name="analysis"/> has taken apart.</param>
    /// <param name="analysis">What is known of it.</param>
    /// <param name="catalogue">The names of the database.</param>
    public static StatementAnalysis Judge(ReadOnlySpan<byte> text, bool hasQuery, StatementAnalysis analysis, Catalogue catalogue)
    {
        var proof = new DefinitionProof(text, catalogue);
        var end = hasQuery ? proof.QueryStart() : proof._tokens.Count;
        var named = proof.Named(end);
        return analysis with
        {
            WriteObjection = analysis.WriteObjection ?? proof.FindObjection(end, named),
            Relations = [.. analysis.Relations.Concat(named.Select(static r => new RelationUse(r.Schema, r.Name, IsWritten: true))).Distinct()],
        };
    }

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private string Name(TokenKind kind, string text) => kind switch
    {
        TokenKind.QuotedName when IsPostgres => text[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal),
        TokenKind.QuotedName => text[1..^1].Replace("``", "`", StringComparison.Ordinal),
        _ => text,
    };

    private string? FindObjection(int end, List<CatalogueRelation> named)
    {
        if (_tokens.Count == 0 || !Verbs.Contains(Word(0)))
            return "it is not CREATE, ALTER, DROP or TRUNCATE of a table, view or index";

        var verb = Word(0);
        var at = 1;
        while (at < end && Modifiers.Contains(Word(at)))
            at++;

        var what = at < end ? Word(at) : "";
        var isKnown = Objects.Contains(what) || verb == "truncate" || (verb == "comment" && what == "column");
        if (!isKnown || (what == "view" && verb is not ("create" or "drop")))
            return $"it is {verb.ToUpperInvariant()} of something else than a table, view or index";
        if (end == _tokens.Count && what is "table" or "view" && verb == "create" && QueryStart() < end)
            return "it is made from a query that is not understood";
        if (verb is "alter" or "rename" && named.Find(static r => r.Kind != RelationKind.Table) is { } view)
            return $"it changes {view.Schema}.{view.Name}, which is not a table";

        for (var i = at + 1; i < end; i++)
        {
            if (FindObjection(i) is { } objection)
                return objection;
        }

        return null;
    }

    private string? FindObjection(int at)
    {
        var (kind, text) = _tokens[at];
        if (kind is TokenKind.UnicodeName or TokenKind.Hint)
            return $"it holds {text}, which is not understood there";
        if (kind == TokenKind.Operator && !_names.IsTrustedOperator(text))
            return $"it uses the operator {text}, which is not one of the server's own";
        if (Forbidden.Contains(Word(at)))
            return $"it says {text.ToUpperInvariant()}, which a role may not";
        if (!IsPostgres && Word(at) == "engine" && !Engines.Contains(Word(Word(at + 1) == "=" ? at + 2 : at + 1)))
            return "its rows are kept by an engine that is not InnoDB, MyISAM, Aria or MEMORY";
        if (!IsPostgres && IsNameLike(kind) && Word(at + 1) == "." && IsElsewhere(text))
            return $"it names {text}, which is another database";

        return IsNameLike(kind) && Word(at + 1) == "(" ? FindObjectionToCall(text) : null;
    }

    // A word before a parenthesis that is nobody's function is a type, a keyword or a table.
    private string? FindObjectionToCall(string name)
    {
        if (_names.IsProtectedFunction(name))
            return $"it calls {name}, which shows data past the masks or acts outside the statement";

        foreach (var function in _catalogue.FindFunctions(name))
        {
            if (!function.IsTrusted)
                return $"it calls {function.Schema}.{function.Name}, which is not one of the server's own functions";
            if (function.Volatility == Volatility.Volatile && !_names.IsHarmlessVolatile(name))
                return $"it calls {name}, which may do more than read";
        }

        return null;
    }

    // Where the query begins that the definition is made from.
    private int QueryStart()
    {
        var depth = 0;
        for (var i = 1; i < _tokens.Count; i++)
        {
            var word = Word(i);
            depth += word == "(" ? 1 : word == ")" ? -1 : 0;
            if (depth == 0 && (word == "as" || (!IsPostgres && word is "select" or "values")))
                return i;
        }

        return _tokens.Count;
    }

    private List<CatalogueRelation> Named(int end)
    {
        var names = new HashSet<string>(_tokens.Take(end).Where(static t => IsNameLike(t.Kind)).Select(static t => t.Text), _names.Tables);
        return [.. _catalogue.Relations.Where(relation => names.Contains(relation.Name) && !_names.IsSystemSchema(relation.Schema))];
    }

    private bool IsElsewhere(string schema) => _catalogue.SearchPath.IsDefaultOrEmpty || !_names.Tables.Equals(schema, _catalogue.SearchPath[0]);

    private static bool IsNameLike(TokenKind kind) => kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.Name;

    // Keywords in lower case: MySQL's lexer leaves those alone that may also be names.
    private string Word(int at) => at < _tokens.Count && _tokens[at].Kind is not (TokenKind.QuotedName or TokenKind.String)
        ? _tokens[at].Kind == TokenKind.CallOpening ? "(" : _tokens[at].Text.ToLowerInvariant()
        : "";
}
