namespace JitProxy.Policy.Sql;

/// <summary>Ends of PostgreSQL numbers, in the form that versions 15 and later agree on.</summary>
internal static class PostgresNumber
{
    /// <summary>Offset behind the number at <paramref name="start"/>, which begins with a digit, or with a point and a digit; -1 at a fault.</summary>
    public static int FindEnd(ReadOnlySpan<byte> text, int start, out TokenKind kind, out TextFault fault)
    {
        kind = TokenKind.Integer;
        fault = TextFault.None;
        var end = SkipDigits(text, start);

        // "1..10" is a range with integers on both sides, so its first point is not the number's.
        if (end < text.Length && text[end] == '.' && (end == start || !(end + 1 < text.Length && text[end + 1] == '.')))
        {
            kind = TokenKind.Decimal;
            end = SkipDigits(text, end + 1);
        }

        if (end < text.Length && (text[end] | 0x20) == 'e')
        {
            var digits = end + 1;
            if (digits < text.Length && text[digits] is (byte)'+' or (byte)'-')
                digits++;

            var exponentEnd = SkipDigits(text, digits);
            if (exponentEnd == digits)
                return Fail(out fault);

            kind = TokenKind.Decimal;
            end = exponentEnd;
        }

        // 14 reads "1_000" and "0x1F" as a number and a name, 15 refuses them, 16 reads numbers.
        return end < text.Length && PostgresCharacters.StartsWord(text[end]) ? Fail(out fault) : end;
    }

    /// <summary>Offset of the first byte from <paramref name="at"/> on that is no digit.</summary>
    public static int SkipDigits(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
            at++;
        return at;
    }

    private static int Fail(out TextFault fault)
    {
        fault = TextFault.BadNumber;
        return -1;
    }
}
