// Statements as people read them: coloured by the lexer that decides about them, with nothing that could deceive the eye.
using System.Collections.Frozen;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Cli;

namespace JitProxy.Server.Console;

/// <summary>Shows statements.</summary>
internal static class StatementView
{
    // Above it colours would make the page many times as large as the statement.
    private const int ColouredSizeMax = 64 * 1024;
    private const int ShortLength = 300;

    private static readonly FrozenSet<string> Keywords = (
        "all and any as asc between by case cast cross current date day desc distinct else end except exists explain extract false "
        + "fetch filter first following for from full group having if ilike in inner intersect interval is join last lateral left like "
        + "limit natural not null nulls offset on only or order outer over partition preceding range recursive returning right rows "
        + "select set show some table then time timestamp to true union unbounded update using values when where window with"
        ).Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The whole statement, with the differences from another one marked. Characters outside of ASCII are written as their number.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="dialect">Its language.</param>
    /// <param name="earlier">A statement that the person had before; null for none.</param>
    public static Html Whole(string statement, SqlDialect dialect, string? earlier = null)
    {
        var text = Encoding.UTF8.GetBytes(statement);
        var isForeign = !PlainText.IsPlain(statement);
        return Html.Of($"""
            <pre class="sql" tabindex="0" aria-label="Statement"><code>{Coloured(text, dialect, earlier)}</code></pre>
            {(isForeign ? Parts.Warning("The statement holds characters outside of ASCII. They are shown by their numbers, as <U+NNNN>.") : default)}
            """);
    }

    /// <summary>The beginning of what a grant is for.</summary>
    public static Html Short(Grant grant) => grant.Statement is not { } statement
        ? Html.Of($"""<p class="what">any statement of the role <b>{grant.Role}</b></p>""")
        : statement.Length <= ShortLength
            ? Html.Of($"""<pre class="sql short"><code>{Coloured(Encoding.UTF8.GetBytes(statement), grant.Request.Dialect, null)}</code></pre>""")
            : Html.Of($"""
                <pre class="sql short"><code>{Escaped(Beginning(statement, ShortLength))}</code> {Parts.Aside($"({statement.Length} characters in all)")}</pre>
                """);

    /// <summary>The beginning of a text, at most so many characters, none of them by half.</summary>
    public static string Beginning(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "...");

    /// <summary>Text in which everything outside of ASCII is written as its number, and stands out.</summary>
    public static Html Escaped(string text)
    {
        if (PlainText.IsPlain(text))
            return Html.Of($"{text}");

        var parts = new List<Html>();
        var plain = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var one = rune.ToString();
            if (PlainText.IsPlain(one))
            {
                plain.Append(one);
                continue;
            }

            parts.Add(Html.Of($"""{plain.ToString()}<b class="u">{PlainText.Exact(one)}</b>"""));
            plain.Clear();
        }

        parts.Add(Html.Of($"{plain.ToString()}"));
        return Html.Join(parts);
    }

    private static Html Coloured(byte[] text, SqlDialect dialect, string? earlier)
    {
        if (text.Length > ColouredSizeMax || StatementTokens.Read(text, dialect) is not { } tokens)
            return Escaped(Encoding.UTF8.GetString(text));

        var marks = earlier is not null && StatementTokens.Read(Encoding.UTF8.GetBytes(earlier), dialect) is { } before
            ? StatementTokens.FindNew(before, tokens)
            : [];
        var parts = new List<Html>(2 * tokens.Count);
        var at = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            parts.Add(Between(text, at, token.Start));
            var piece = Escaped(token.Text);
            piece = ClassOf(token) is { } name ? Html.Of($"""<span class="{name}">{piece}</span>""") : piece;
            parts.Add(marks.Contains(i) ? Html.Of($"<mark>{piece}</mark>") : piece);
            at = token.End;
        }

        parts.Add(Between(text, at, text.Length));
        return Html.Join(parts);
    }

    // What the lexer passes over: blanks, and comments.
    private static Html Between(byte[] text, int from, int to)
    {
        if (from >= to)
            return Html.Nothing;

        var between = Encoding.UTF8.GetString(text, from, to - from);
        return string.IsNullOrWhiteSpace(between) ? Html.Of($"{between}") : Html.Of($"""<span class="c">{Escaped(between)}</span>""");
    }

    private static string? ClassOf(StatementToken token) => token.Kind switch
    {
        TokenKind.Word when Keywords.Contains(token.Text) => "k",
        TokenKind.String or TokenKind.EscapeString or TokenKind.UnicodeString or TokenKind.BitString or TokenKind.HexString
            or TokenKind.NationalString or TokenKind.DollarString => "s",
        TokenKind.Integer or TokenKind.Decimal => "n",
        TokenKind.Parameter or TokenKind.UserVariable => "p",
        TokenKind.Hint => "c",
        _ => null,
    };
}
