namespace JitProxy.Policy.Sql;

/// <summary>Ends of what begins with a digit for MySQL and MariaDB: numbers, and identifiers such as <c>2020_sales</c>.</summary>
internal static class MySqlNumber
{
    /// <summary>
    /// Offset behind the token at <paramref name="start"/>, which begins with a digit, or with a point and a digit; -1 at a fault. The kind is
    /// <see cref="TokenKind.Word"/> for an identifier.
    /// </summary>
    public static int FindEnd(ReadOnlySpan<byte> text, int start, out TokenKind kind, out TextFault fault)
    {
        fault = TextFault.None;
        kind = TokenKind.Integer;
        if (text[start..] is [(byte)'0', (byte)'x' or (byte)'X' or (byte)'b' or (byte)'B', ..])
            return FindRadixEnd(text, start, out kind, out fault);

        var end = SkipDigits(text, start);
        if (end > start && MySqlCharacters.ContinuesWord(text, end))
            return FindExponentOrWordEnd(text, end, out kind, out fault);

        if (end < text.Length && text[end] == '.')
        {
            // "1..2" is three tokens for MariaDB and two for MySQL.
            if (end + 1 < text.Length && text[end + 1] == '.')
                return Fail(out fault);

            kind = TokenKind.Decimal;
            end = SkipDigits(text, end + 1);
            if (end < text.Length && (text[end] | 0x20) == 'e')
                end = SkipExponent(text, end);
        }

        // The server would cut "1.5abc" and go on with a word; whoever writes that does not mean it.
        return end < 0 || MySqlCharacters.ContinuesWord(text, end) ? Fail(out fault) : end;
    }

    private static int FindExponentOrWordEnd(ReadOnlySpan<byte> text, int at, out TokenKind kind, out TextFault fault)
    {
        fault = TextFault.None;
        kind = TokenKind.Decimal;
        if ((text[at] | 0x20) == 'e')
        {
            var end = SkipExponent(text, at);
            if (end >= 0)
                return MySqlCharacters.ContinuesWord(text, end) ? Fail(out fault) : end;

            // "1e" and "1e+a" hold an identifier for the server, and half a number for people.
            if (!MySqlCharacters.ContinuesWord(text, at + 1))
                return Fail(out fault);
        }

        kind = TokenKind.Word;
        while (MySqlCharacters.ContinuesWord(text, at))
            at++;
        return at;
    }

    /// <summary><c>0x1F</c> and <c>0b01</c>; with a capital letter the server sees an identifier.</summary>
    private static int FindRadixEnd(ReadOnlySpan<byte> text, int start, out TokenKind kind, out TextFault fault)
    {
        kind = text[start + 1] == 'x' ? TokenKind.HexString : TokenKind.BitString;
        var end = start + 2;
        while (end < text.Length && (kind == TokenKind.HexString ? char.IsAsciiHexDigit((char)text[end]) : text[end] is (byte)'0' or (byte)'1'))
            end++;

        fault = TextFault.None;
        var isGood = text[start + 1] is (byte)'x' or (byte)'b' && end > start + 2 && !MySqlCharacters.ContinuesWord(text, end);
        return isGood ? end : Fail(out fault);
    }

    /// <summary>Offset behind the exponent whose letter stands at <paramref name="at"/>; -1 if it has no digits.</summary>
    private static int SkipExponent(ReadOnlySpan<byte> text, int at)
    {
        var digits = at + 1;
        if (digits < text.Length && text[digits] is (byte)'+' or (byte)'-')
            digits++;
        var end = SkipDigits(text, digits);
        return end == digits ? -1 : end;
    }

    private static int SkipDigits(ReadOnlySpan<byte> text, int at) => PostgresNumber.SkipDigits(text, at);

    private static int Fail(out TextFault fault)
    {
        fault = TextFault.BadNumber;
        return -1;
    }
}
