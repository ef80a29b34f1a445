namespace JitProxy.Policy.Sql;

/// <summary>Ends of what MySQL and MariaDB put between quotes.</summary>
internal static class MySqlQuoted
{
    /// <summary>
    /// Offset behind the quote that closes the string whose content begins at <paramref name="at"/>; -1 if there is none. A doubled quote does not close
    /// it, nor does one behind a backslash unless the modes say that a backslash is one.
    /// </summary>
    public static int FindStringEnd(ReadOnlySpan<byte> text, int at, byte quote, LexicalModes modes)
    {
        if ((modes & LexicalModes.NoBackslashEscapes) != 0)
            return FindClosing(text, at, quote);

        while (true)
        {
            var skip = text[at..].IndexOfAny(quote, (byte)'\\');
            if (skip < 0)
                return -1;

            at += skip + 1;
            if (text[at - 1] == '\\')
            {
                // Whatever follows belongs to the escape; of a character of several bytes the rest is no quote.
                if (at == text.Length)
                    return -1;
                at++;
            }
            else if (at == text.Length || text[at] != quote)
            {
                return at;
            }
            else
            {
                at++;
            }
        }
    }

    /// <summary>Offset behind the quote that closes what begins at <paramref name="at"/>; a doubled quote does not. -1 if there is none.</summary>
    public static int FindClosing(ReadOnlySpan<byte> text, int at, byte quote) => PostgresString.FindClosing(text, at, quote);

    /// <summary>Offset behind <c>x'..'</c> or <c>b'..'</c> whose content begins at <paramref name="at"/>; -1 at a fault.</summary>
    public static int FindDigitsEnd(ReadOnlySpan<byte> text, int at, TokenKind kind, out TextFault fault)
    {
        var end = at;
        while (end < text.Length && (kind == TokenKind.HexString ? char.IsAsciiHexDigit((char)text[end]) : text[end] is (byte)'0' or (byte)'1'))
            end++;

        fault = TextFault.None;
        if (end == text.Length)
            fault = TextFault.UnterminatedString;
        else if (text[end] != '\'' || (kind == TokenKind.HexString && (end - at) % 2 != 0))
            fault = TextFault.BadNumber;
        return fault == TextFault.None ? end + 1 : -1;
    }
}
