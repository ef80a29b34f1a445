namespace JitProxy.Policy.Sql;

/// <summary>Ends of PostgreSQL strings in single quotes, and of quoted identifiers.</summary>
internal static class PostgresString
{
    /// <summary>
    /// Offset behind the string whose content begins at <paramref name="at"/>, with all the pieces that the server joins to it; -1 at a
    /// fault.
    /// </summary>
    public static int FindEnd(ReadOnlySpan<byte> text, TokenKind kind, int at, out bool isContinued, out TextFault fault)
    {
        isContinued = false;
        fault = TextFault.UnterminatedString;
        var escapes = default(PostgresEscapes);
        while (true)
        {
            var end = FindPieceEnd(text, kind, at, ref escapes, ref fault);
            if (end < 0)
                return -1;

            var next = FindContinuation(text, end);
            if (next < 0)
            {
                fault = escapes.IsComplete ? TextFault.None : TextFault.BadEscape;
                return fault == TextFault.None ? end : -1;
            }

            isContinued = true;
            at = next + 1;
        }
    }

    /// <summary>
    /// Offset behind one piece of a readable string, from its content on. A character may begin in one piece and end in the next, hence
    /// the state.
    /// </summary>
    public static int PieceEnd(ReadOnlySpan<byte> text, TokenKind kind, int at, ref PostgresEscapes escapes)
    {
        var fault = TextFault.None;
        return FindPieceEnd(text, kind, at, ref escapes, ref fault);
    }

    /// <summary>Offset behind the quote that closes what begins at <paramref name="at"/>; a doubled quote does not. -1 if there is none.</summary>
    public static int FindClosing(ReadOnlySpan<byte> text, int at, byte quote)
    {
        while (true)
        {
            var skip = text[at..].IndexOf(quote);
            if (skip < 0)
                return -1;

            at += skip + 1;
            if (at == text.Length || text[at] != quote)
                return at;

            at++;
        }
    }

    /// <summary>
    /// Offset of the quote that continues a string ended at <paramref name="at"/>: only blanks and line comments may stand between,
    /// with at least one newline. -1 if it ends there.
    /// </summary>
    public static int FindContinuation(ReadOnlySpan<byte> text, int at)
    {
        var seesNewline = false;
        while (at < text.Length)
        {
            var value = text[at];
            if (value == '\'')
                return seesNewline ? at : -1;

            if (PostgresCharacters.IsBlank(value))
            {
                seesNewline |= value is (byte)'\n' or (byte)'\r';
                at++;
            }
            else if (text[at..] is [(byte)'-', (byte)'-', ..])
            {
                at = PostgresComment.LineEnd(text, at);
            }
            else
            {
                return -1;
            }
        }

        return -1;
    }

    private static int FindPieceEnd(ReadOnlySpan<byte> text, TokenKind kind, int at, ref PostgresEscapes escapes, ref TextFault fault)
    {
        switch (kind)
        {
            case TokenKind.EscapeString:
                return escapes.FindPieceEnd(text, at, ref fault);

            // Bit strings know no doubled quote: B'1''0' is a bit string and a string.
            case TokenKind.BitString or TokenKind.HexString:
                var length = text[at..].IndexOf((byte)'\'');
                return length < 0 ? -1 : at + length + 1;

            default:
                return FindClosing(text, at, (byte)'\'');
        }
    }
}
