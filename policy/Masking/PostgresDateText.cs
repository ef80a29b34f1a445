using System.Buffers;
using System.Buffers.Text;

namespace JitProxy.Policy.Masking;

/// <summary>Dates and timestamps as PostgreSQL writes them with DateStyle ISO: <c>2024-07-15 13:45:10.5+02 BC</c>.</summary>
/// <remarks>Any other style is not read, and so not shown.</remarks>
internal static class PostgresDateText
{
    private const int TextSizeMax = 40;

    // The end of PostgreSQL's range, in the year 294276; far beyond it microseconds do not fit into 64 bits.
    private const long LastTimestampDay = 106_751_983;

    /// <summary>Days from 2000-01-01; false for all that is not in this form, infinity too.</summary>
    public static bool TryParseDate(ReadOnlySpan<byte> text, out long day)
    {
        var isBeforeChrist = TryTakeEra(ref text);
        return TryTakeDate(ref text, isBeforeChrist, out day) && text.IsEmpty;
    }

    /// <summary>Microseconds from 2000-01-01, with a zone: in UTC; false for all that is not in this form, infinity too.</summary>
    public static bool TryParseTimestamp(ReadOnlySpan<byte> text, bool hasZone, out long microseconds)
    {
        microseconds = 0;
        var isBeforeChrist = TryTakeEra(ref text);
        if (!TryTakeDate(ref text, isBeforeChrist, out var day) || day is < Calendar.FirstDay or > LastTimestampDay
            || !TryTake(ref text, ' ') || !TryTakeTime(ref text, out var time))
            return false;

        var east = 0L;
        if (hasZone && !TryTakeZone(ref text, out east))
            return false;
        microseconds = day * Calendar.DayMicroseconds + time - east;
        return text.IsEmpty;
    }

    /// <summary>Writes a date.</summary>
    public static void WriteDate(long day, IBufferWriter<byte> output)
    {
        var text = output.GetSpan(TextSizeMax);
        var size = 0;
        var year = PutDate(text, ref size, day);
        PutEra(text, ref size, year);
        output.Advance(size);
    }

    /// <summary>Writes a timestamp, full seconds only, with the zone <c>+00</c> if it has one.</summary>
    public static void WriteTimestamp(long microseconds, bool hasZone, IBufferWriter<byte> output)
    {
        var day = Calendar.Floor(microseconds, Calendar.DayMicroseconds);
        var seconds = (microseconds - day * Calendar.DayMicroseconds) / 1_000_000;

        var text = output.GetSpan(TextSizeMax);
        var size = 0;
        var year = PutDate(text, ref size, day);
        Put(text, ref size, " "u8);
        Put(text, ref size, seconds / 3600, 2);
        Put(text, ref size, ":"u8);
        Put(text, ref size, seconds / 60 % 60, 2);
        Put(text, ref size, ":"u8);
        Put(text, ref size, seconds % 60, 2);
        if (hasZone)
            Put(text, ref size, "+00"u8);
        PutEra(text, ref size, year);
        output.Advance(size);
    }

    private static bool TryTakeEra(ref ReadOnlySpan<byte> text)
    {
        if (!text.EndsWith(" BC"u8))
            return false;
        text = text[..^3];
        return true;
    }

    // yyyy-mm-dd; the year has up to seven digits.
    private static bool TryTakeDate(ref ReadOnlySpan<byte> text, bool isBeforeChrist, out long day)
    {
        day = 0;
        var yearSize = text.IndexOf((byte)'-');
        if (yearSize is < 4 or > 7
            || !TryTake(ref text, yearSize, out var year) || !TryTake(ref text, '-')
            || !TryTake(ref text, 2, out var month) || !TryTake(ref text, '-')
            || !TryTake(ref text, 2, out var dayOfMonth) || month is < 1 or > 12 || dayOfMonth is < 1 or > 31)
            return false;

        day = Calendar.DayOf(isBeforeChrist ? 1 - year : year, month, dayOfMonth);
        return true;
    }

    // hh:mm:ss[.ffffff]
    private static bool TryTakeTime(ref ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (!TryTake(ref text, 2, out var hours) || !TryTake(ref text, ':')
            || !TryTake(ref text, 2, out var minutes) || !TryTake(ref text, ':') || !TryTake(ref text, 2, out var seconds) || hours > 24)
            return false;

        microseconds = ((hours * 60L + minutes) * 60 + seconds) * 1_000_000;
        if (!TryTake(ref text, '.'))
            return true;

        var size = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        size = size < 0 ? text.Length : size;
        if (size > 6 || !TryTake(ref text, size, out var fraction))
            return false;
        for (; size < 6; size++)
            fraction *= 10;
        microseconds += fraction;
        return true;
    }

    // (+|-)hh[:mm[:ss]]
    private static bool TryTakeZone(ref ReadOnlySpan<byte> text, out long east)
    {
        east = 0;
        var isWest = TryTake(ref text, '-');
        if ((!isWest && !TryTake(ref text, '+')) || !TryTake(ref text, 2, out var part) || part > 24)
            return false;
        east = part * 3_600_000_000;
        for (var unit = 60_000_000L; TryTake(ref text, ':'); unit /= 60)
        {
            if (unit < 1_000_000 || !TryTake(ref text, 2, out part))
                return false;
            east += part * unit;
        }

        east = isWest ? -east : east;
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
            return false;
        text = text[1..];
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> text, int size, out int number)
    {
        number = 0;
        if (size < 1 || text.Length < size || text[..size].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(text[..size], out number, out _))
            return false;
        text = text[size..];
        return true;
    }

    private static long PutDate(Span<byte> text, ref int size, long day)
    {
        var (year, month, dayOfMonth) = Calendar.DateOf(day);
        Put(text, ref size, year > 0 ? year : 1 - year, 4);
        Put(text, ref size, "-"u8);
        Put(text, ref size, month, 2);
        Put(text, ref size, "-"u8);
        Put(text, ref size, dayOfMonth, 2);
        return year;
    }

    private static void PutEra(Span<byte> text, ref int size, long year)
    {
        if (year <= 0)
            Put(text, ref size, " BC"u8);
    }

    private static void Put(Span<byte> text, ref int size, ReadOnlySpan<byte> piece)
    {
        piece.CopyTo(text[size..]);
        size += piece.Length;
    }

    private static void Put(Span<byte> text, ref int size, long number, byte digits)
    {
        Utf8Formatter.TryFormat(number, text[size..], out var written, new StandardFormat('D', digits));
        size += written;
    }
}
