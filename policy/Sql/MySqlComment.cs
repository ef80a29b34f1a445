namespace JitProxy.Policy.Sql;

/// <summary>Comments of MySQL and MariaDB. They do not nest; a line comment ends at a line feed only.</summary>
internal static class MySqlComment
{
    /// <summary>True where a comment begins with two signs. Two minus signs need a blank, a control character or the end of the text behind them.</summary>
    public static bool IsAt(ReadOnlySpan<byte> rest) => rest switch
    {
        [(byte)'/', (byte)'*', ..] => true,
        [(byte)'-', (byte)'-'] => true,
        [(byte)'-', (byte)'-', var next, ..] => MySqlCharacters.IsBlankOrControl(next),
        _ => false,
    };

    /// <summary>Offset of the line feed that ends the line comment at <paramref name="start"/>, or of the end of the text.</summary>
    public static int LineEnd(ReadOnlySpan<byte> text, int start)
    {
        var length = text[start..].IndexOf((byte)'\n');
        return length < 0 ? text.Length : start + length;
    }

    /// <summary>Offset behind the block comment or hint at <paramref name="start"/>; -1 at a fault.</summary>
    public static int FindBlockEnd(ReadOnlySpan<byte> text, int start, out bool isHint, out TextFault fault)
    {
        isHint = false;
        fault = TextFault.None;
        var rest = text[(start + 2)..];

        // What stands in these runs on some servers and not on others, by their version.
        if (rest is [(byte)'!', ..] or [(byte)'M', (byte)'!', ..])
            return Fail(TextFault.ExecutableComment, out fault);

        var length = rest.IndexOf("*/"u8);
        if (length < 0)
            return Fail(TextFault.UnterminatedComment, out fault);

        isHint = rest is [(byte)'+', ..];
        if (isHint && EndsInsideQuotes(rest[..length]))
            return Fail(TextFault.BadHint, out fault);
        return start + 2 + length + 2;
    }

    /// <summary>The scanner of hints knows quotes and would go on where a comment ends.</summary>
    private static bool EndsInsideQuotes(ReadOnlySpan<byte> hint)
    {
        while (true)
        {
            var open = hint.IndexOfAny((byte)'\'', (byte)'"', (byte)'`');
            if (open < 0)
                return false;

            var close = hint[(open + 1)..].IndexOf(hint[open]);
            if (close < 0)
                return true;
            hint = hint[(open + close + 2)..];
        }
    }

    private static int Fail(TextFault reason, out TextFault fault)
    {
        fault = reason;
        return -1;
    }
}
