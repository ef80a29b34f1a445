using System.Buffers.Text;
using System.Text;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>What tokens stand for: names folded, unquoted and cut as the server does, and the values of strings.</summary>
internal static class TokenText
{
    // The server keeps this many bytes of a name (NAMEDATALEN - 1) and drops the rest, so two long names may be one.
    private const int NameSizeMax = 63;

    /// <summary>The bytes as text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>An unquoted word: ASCII letters fold to lower case, others stay; cut to the server's length.</summary>
    public static string Fold(ReadOnlySpan<byte> bytes)
    {
        bytes = Cut(bytes);
        Span<byte> folded = stackalloc byte[NameSizeMax];
        for (var i = 0; i < bytes.Length; i++)
            folded[i] = bytes[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(bytes[i] | 0x20) : bytes[i];
        return Decode(folded[..bytes.Length]);
    }

    /// <summary>A quoted name: quotes go, doubled ones become one; cut to the server's length.</summary>
    public static string Unquote(ReadOnlySpan<byte> bytes) => CutName(Decode(bytes[1..^1]).Replace("\"\"", "\"", StringComparison.Ordinal));

    /// <summary>Cuts a name to the length that the server keeps.</summary>
    public static string CutName(string name) => Encoding.UTF8.GetByteCount(name) <= NameSizeMax ? name : Decode(Cut(Encoding.UTF8.GetBytes(name)));

    /// <summary>The value of a plain string, continuations across newlines joined; null if the token does not have that form.</summary>
    public static string? PlainString(ReadOnlySpan<byte> bytes)
    {
        var value = new List<byte>(bytes.Length);
        var inside = false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != (byte)'\'')
            {
                if (inside)
                    value.Add(bytes[i]);
                else if (bytes[i] == (byte)'-')
                    i += Math.Max(bytes[i..].IndexOfAny((byte)'\n', (byte)'\r'), 0); // a comment between two pieces
                continue;
            }

            if (inside && i + 1 < bytes.Length && bytes[i + 1] == (byte)'\'')
            {
                value.Add(bytes[i]);
                i++;
                continue;
            }

            inside = !inside;
        }

        return inside ? null : Encoding.UTF8.GetString([.. value]);
    }

    /// <summary>The value of a dollar-quoted string.</summary>
    public static string? DollarString(ReadOnlySpan<byte> bytes)
    {
        var tag = bytes[1..].IndexOf((byte)'$') + 2;
        return tag < 2 || bytes.Length < 2 * tag ? null : Decode(bytes[tag..^tag]);
    }

    /// <summary>Replaces the escapes of <c>U&amp;</c> tokens; null if one is bad.</summary>
    public static string? Unescape(string text, char escape)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != escape)
            {
                result.Append(text[i]);
                continue;
            }

            if (i + 1 < text.Length && text[i + 1] == escape)
            {
                result.Append(escape);
                i++;
                continue;
            }

            var isLong = i + 1 < text.Length && text[i + 1] == '+';
            var start = isLong ? i + 2 : i + 1;
            var size = isLong ? 6 : 4;
            if (start + size > text.Length || !TryParseHex(text.AsSpan(start, size), out var code))
                return null;

            // Surrogates come in pairs of four digits and meet in the result.
            if (code is >= 0xD800 and <= 0xDFFF)
                result.Append((char)code);
            else if (Rune.TryCreate(code, out var rune) && code != 0)
                result.Append(rune.ToString());
            else
                return null;
            i = start + size - 1;
        }

        return result.ToString();
    }

    private static bool TryParseHex(ReadOnlySpan<char> digits, out int code)
    {
        Span<byte> bytes = stackalloc byte[digits.Length];
        Encoding.ASCII.GetBytes(digits, bytes);
        return Utf8Parser.TryParse(bytes, out code, out var used, 'x') && used == digits.Length;
    }

    // Cuts between characters, never inside one.
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= NameSizeMax)
            return bytes;
        var size = NameSizeMax;
        while (size > 0 && (bytes[size] & 0xC0) == 0x80)
            size--;
        return bytes[..size];
    }
}
