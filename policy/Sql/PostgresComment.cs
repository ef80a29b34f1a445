namespace JitProxy.Policy.Sql;

/// <summary>Ends of PostgreSQL comments. Block comments nest; a line comment ends at a line feed or a carriage return.</summary>
internal static class PostgresComment
{
    /// <summary>How many block comments may stand inside each other.</summary>
    public const int DepthMax = 64;

    /// <summary>Offset of the newline that ends the line comment at <paramref name="start"/>, or of the end of the text.</summary>
    public static int LineEnd(ReadOnlySpan<byte> text, int start)
    {
        var length = text[start..].IndexOfAny((byte)'\n', (byte)'\r');
        return length < 0 ? text.Length : start + length;
    }

    /// <summary>Offset behind the block comment at <paramref name="start"/>; -1 at a fault.</summary>
    public static int FindBlockEnd(ReadOnlySpan<byte> text, int start, ref long costLeft, out TextFault fault)
    {
        var depth = 0;
        var at = start;
        while (true)
        {
            var skip = text[at..].IndexOfAny((byte)'/', (byte)'*');
            if (skip < 0)
                return Fail(TextFault.UnterminatedComment, out fault);

            at += skip;
            var next = at + 1 < text.Length ? text[at + 1] : (byte)0;
            if (text[at] == '/' && next == '*')
            {
                at += 2;
                depth++;
                if (depth > DepthMax)
                    return Fail(TextFault.TooDeep, out fault);
                if (!TryPay(text[at..], ref costLeft))
                    return Fail(TextFault.TooCostly, out fault);
            }
            else if (text[at] == '*' && next == '/')
            {
                at += 2;
                depth--;
                if (depth == 0)
                {
                    fault = TextFault.None;
                    return at;
                }
            }
            else
            {
                at++;
            }
        }
    }

    /// <summary>At every opening the server reads all operator characters behind it, and puts them back: that makes <c>/*/*/*...</c> quadratic.</summary>
    private static bool TryPay(ReadOnlySpan<byte> rest, ref long costLeft)
    {
        var length = 0;
        while (length < rest.Length && length <= costLeft && PostgresCharacters.IsOperator(rest[length]))
            length++;

        costLeft -= length;
        return costLeft >= 0;
    }

    private static int Fail(TextFault reason, out TextFault fault)
    {
        fault = reason;
        return -1;
    }
}
