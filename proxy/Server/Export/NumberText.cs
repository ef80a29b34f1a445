namespace JitProxy.Server.Export;

/// <summary>Tells numbers from what servers write in their place: <c>NaN</c>, <c>Infinity</c>, zeros filled in.</summary>
internal static class NumberText
{
    /// <summary>A number as JSON and SQL write it (RFC 8259, section 6), without filled-in zeros; false if it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> number)
    {
        while (text.Length > 1 && text[0] == (byte)'0' && text[1] is >= (byte)'0' and <= (byte)'9')
            text = text[1..];

        number = text;
        var at = text.StartsWith("-"u8) ? 1 : 0;
        var whole = SkipDigits(text, ref at);
        if (whole == 0 || (whole > 1 && text[at - whole] == (byte)'0'))
            return false;

        if (at < text.Length && text[at] == (byte)'.')
        {
            at++;
            if (SkipDigits(text, ref at) == 0)
                return false;
        }

        if (at < text.Length && text[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'+' or (byte)'-')
                at++;

            if (SkipDigits(text, ref at) == 0)
                return false;
        }

        return at == text.Length;
    }

    private static int SkipDigits(ReadOnlySpan<byte> text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9')
            at++;

        return at - start;
    }
}
