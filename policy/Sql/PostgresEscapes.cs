using System.Globalization;
using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>
/// Reads the content of <c>E'...'</c>, through all its pieces, as the server does: the bytes that escapes make must be UTF-8 together with
/// their neighbours, also across pieces.
/// </summary>
internal ref struct PostgresEscapes
{
    // What is left of a character that escapes like \xC3 began: how many bytes, and the range of the next one.
    private byte _pendingCount;
    private byte _nextMin;
    private byte _nextMax;

    /// <summary>True if no character is left half made.</summary>
    public readonly bool IsComplete => _pendingCount == 0;

    /// <summary>
    /// Offset behind the quote that closes the piece whose content begins at <paramref name="at"/>; -1 if it has none, or with a
    /// <paramref name="fault"/>.
    /// </summary>
    public int FindPieceEnd(ReadOnlySpan<byte> text, int at, ref TextFault fault)
    {
        while (true)
        {
            var skip = text[at..].IndexOfAny((byte)'\'', (byte)'\\');
            if (skip < 0)
                return -1;

            // The text as a whole is UTF-8, so plain content is wrong only behind a half-made character.
            if (!TryTake(text.Slice(at, Math.Min(skip, _pendingCount))))
                return FailEscape(ref fault);

            at += skip;
            if (text[at] == '\\')
            {
                at = SkipEscape(text, at + 1, ref fault);
                if (at < 0)
                    return -1;
            }
            else if (at + 1 < text.Length && text[at + 1] == '\'')
            {
                if (!TryTake((byte)'\''))
                    return FailEscape(ref fault);
                at += 2;
            }
            else
            {
                return at + 1;
            }
        }
    }

    /// <summary>Offset behind the escape whose backslash stands before <paramref name="at"/>.</summary>
    private int SkipEscape(ReadOnlySpan<byte> text, int at, ref TextFault fault)
    {
        if (at == text.Length)
            return -1;

        var value = text[at];
        int end;
        switch (value)
        {
            case >= (byte)'0' and <= (byte)'7':
                end = at + 1;
                var octal = value - '0';
                while (end < text.Length && end < at + 3 && text[end] is >= (byte)'0' and <= (byte)'7')
                    octal = (octal * 8) + text[end++] - '0';
                value = (byte)(octal & 0xFF);
                break;
            case (byte)'x' when at + 1 < text.Length && char.IsAsciiHexDigit((char)text[at + 1]):
                end = at + 2 < text.Length && char.IsAsciiHexDigit((char)text[at + 2]) ? at + 3 : at + 2;
                value = byte.Parse(text[(at + 1)..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                break;
            case (byte)'u' or (byte)'U':
                return SkipUnicode(text, at, ref fault);
            default:
                // \n and its like make an ASCII character, every other byte itself.
                end = at + 1;
                break;
        }

        return value != 0 && TryTake(value) ? end : FailEscape(ref fault);
    }

    private readonly int SkipUnicode(ReadOnlySpan<byte> text, int at, ref TextFault fault)
    {
        if (!TryReadUnicode(text, at, out var point, out var end))
            return FailEscape(ref fault);

        if (point is >= 0xD800 and <= 0xDBFF)
        {
            if (text[end..] is not [(byte)'\\', (byte)'u' or (byte)'U', ..]
                || !TryReadUnicode(text, end + 1, out var low, out end) || low is < 0xDC00 or > 0xDFFF)
            {
                return FailEscape(ref fault);
            }

            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }

        return point != 0 && Rune.IsValid(point) && IsComplete ? end : FailEscape(ref fault);
    }

    /// <summary>Reads the digits behind <c>u</c> (four) or <c>U</c> (eight).</summary>
    private static bool TryReadUnicode(ReadOnlySpan<byte> text, int at, out uint point, out int end)
    {
        point = 0;
        end = at + 1 + (text[at] == 'u' ? 4 : 8);
        return end <= text.Length
            && text[(at + 1)..end].IndexOfAnyExcept(HexDigits) < 0
            && uint.TryParse(text[(at + 1)..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out point);
    }

    private static readonly System.Buffers.SearchValues<byte> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF"u8);

    private bool TryTake(ReadOnlySpan<byte> values)
    {
        foreach (var value in values)
        {
            if (!TryTake(value))
                return false;
        }

        return true;
    }

    /// <summary>One byte of the string's value, by the table of well-formed UTF-8 (Unicode, table 3-7).</summary>
    private bool TryTake(byte value)
    {
        if (_pendingCount > 0)
        {
            var fits = value >= _nextMin && value <= _nextMax;
            _pendingCount--;
            (_nextMin, _nextMax) = (0x80, 0xBF);
            return fits;
        }

        (_pendingCount, _nextMin, _nextMax) = value switch
        {
            >= 0xC2 and <= 0xDF => ((byte)1, (byte)0x80, (byte)0xBF),
            0xE0 => ((byte)2, (byte)0xA0, (byte)0xBF),
            0xED => ((byte)2, (byte)0x80, (byte)0x9F),
            >= 0xE1 and <= 0xEF => ((byte)2, (byte)0x80, (byte)0xBF),
            0xF0 => ((byte)3, (byte)0x90, (byte)0xBF),
            >= 0xF1 and <= 0xF3 => ((byte)3, (byte)0x80, (byte)0xBF),
            0xF4 => ((byte)3, (byte)0x80, (byte)0x8F),
            _ => ((byte)0, (byte)0, (byte)0),
        };
        return value < 0x80 || _pendingCount > 0;
    }

    private static int FailEscape(ref TextFault fault)
    {
        fault = TextFault.BadEscape;
        return -1;
    }
}
