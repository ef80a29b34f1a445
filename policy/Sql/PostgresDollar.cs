namespace JitProxy.Policy.Sql;

/// <summary>What begins with a dollar: parameters and dollar-quoted strings.</summary>
internal static class PostgresDollar
{
    /// <summary>The longest tag that is read, in bytes; the server has no limit.</summary>
    public const int TagSizeMax = 256;

    /// <summary>The protocol counts parameters in 16 bits.</summary>
    public const int ParameterMax = 65_535;

    /// <summary>Offset behind the token at <paramref name="start"/>; -1 at a fault.</summary>
    public static int FindEnd(ReadOnlySpan<byte> text, int start, out TokenKind kind, out TextFault fault)
    {
        if (start + 1 < text.Length && char.IsAsciiDigit((char)text[start + 1]))
        {
            kind = TokenKind.Parameter;
            return FindParameterEnd(text, start, out fault);
        }

        kind = TokenKind.DollarString;
        var tagEnd = start + 1;
        if (tagEnd < text.Length && PostgresCharacters.StartsWord(text[tagEnd]))
        {
            while (tagEnd < text.Length && text[tagEnd] != '$' && PostgresCharacters.ContinuesWord(text[tagEnd]))
                tagEnd++;
        }

        if (tagEnd == text.Length || text[tagEnd] != '$')
            return Fail(TextFault.BadCharacter, out fault);

        var delimiter = text[start..(tagEnd + 1)];
        if (delimiter.Length > TagSizeMax + 2)
            return Fail(TextFault.TooLarge, out fault);

        // Every dollar of the content can begin the closing delimiter, so the first occurrence is the one that the server takes.
        var contentStart = start + delimiter.Length;
        var contentLength = text[contentStart..].IndexOf(delimiter);
        if (contentLength < 0)
            return Fail(TextFault.UnterminatedString, out fault);

        fault = TextFault.None;
        return contentStart + contentLength + delimiter.Length;
    }

    private static int FindParameterEnd(ReadOnlySpan<byte> text, int start, out TextFault fault)
    {
        var end = PostgresNumber.SkipDigits(text, start + 1);
        var number = 0;
        foreach (var digit in text[(start + 1)..end])
        {
            number = (number * 10) + (digit - '0');
            if (number > ParameterMax)
                return Fail(TextFault.BadParameter, out fault);
        }

        if (number == 0 || (end < text.Length && PostgresCharacters.StartsWord(text[end])))
            return Fail(TextFault.BadParameter, out fault);

        fault = TextFault.None;
        return end;
    }

    private static int Fail(TextFault reason, out TextFault fault)
    {
        fault = reason;
        return -1;
    }
}
