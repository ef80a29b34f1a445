using System.Globalization;
using System.Text;

namespace JitProxy.Server.Cli;

/// <summary>Makes foreign text safe to show: what an approver sees must be what is there.</summary>
internal static class PlainText
{
    /// <summary>
    /// Control and non-ASCII characters as `&lt;U+202E&gt;`; line breaks and tabs stay. Look-alikes and text that runs backwards
    /// become visible.
    /// </summary>
    public static string Exact(string text) => Escape(text, isOneLine: false, isAscii: true);

    /// <summary>On one line, for a table: line breaks become blanks, control characters and invisible ones are escaped, letters stay.</summary>
    public static string OneLine(string text) => Escape(text, isOneLine: true, isAscii: false);

    /// <summary>Control characters and invisible ones are escaped; line breaks, tabs and letters stay.</summary>
    public static string Visible(string text) => Escape(text, isOneLine: false, isAscii: false);

    /// <summary>Whether <see cref="Exact"/> changes anything.</summary>
    public static bool IsPlain(string text) => text.All(static c => c is (>= ' ' and <= '~') or '\n' or '\r' or '\t');

    private static string Escape(string text, bool isOneLine, bool isAscii)
    {
        if (IsPlain(text) && !(isOneLine && text.AsSpan().ContainsAny('\n', '\r', '\t')))
            return text;

        var output = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\r' or '\t')
                output.Append(isOneLine ? ' ' : (char)rune.Value);
            else if (rune.Value is >= ' ' and <= '~' || (!isAscii && IsVisible(rune)))
                output.Append(rune.ToString());
            else
                output.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
        }

        return output.ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is
        not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);
}
