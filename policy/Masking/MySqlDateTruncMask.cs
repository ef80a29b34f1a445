using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace JitProxy.Policy.Masking;

/// <summary>Cuts dates and datetimes of MySQL down to a unit.</summary>
/// <remarks>
/// Text: <c>YYYY-MM-DD</c>, for datetimes followed by <c> HH:MM:SS</c> and up to six digits. Binary, without the byte that tells its size: year (16 bits,
/// the last byte weighs most), month, day; hour, minute, second; microseconds (32 bits); what is zero at the end is left out. Zero dates, and dates without
/// a month or day, cannot be cut and become NULL.
/// </remarks>
internal sealed class MySqlDateTruncMask(DateUnit unit, bool hasTime, bool isBinary) : ColumnMask
{
    private const int DateTextSize = 10;
    private const int TimeTextSize = 19;
    private const int TextSizeMax = 26;

    public override string Algorithm => "date_trunc";

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        if (!(isBinary ? TryReadBinary(value, out var year, out var month, out var day, out var hour)
            : TryReadText(value, out year, out month, out day, out hour)))
        {
            return false;
        }

        if (year == 0 || month is < 1 or > 12 || day is < 1 or > 31 || hour > 23)
            return false;

        var first = Calendar.DateOf(Calendar.TruncateDay(Calendar.DayOf(year, month, day), unit));
        if (first.Year < 1)
            return false;
        hour = unit == DateUnit.Hour ? hour : 0;
        if (isBinary)
            WriteBinary(first, hour, output);
        else
            WriteText(first, hour, value.Length, output);
        return true;
    }

    private bool TryReadBinary(ReadOnlySpan<byte> value, out int year, out int month, out int day, out int hour)
    {
        (year, month, day, hour) = (0, 0, 0, 0);
        if (value.Length != 4 && (!hasTime || value.Length is not (7 or 11)))
            return false;
        (year, month, day) = (BinaryPrimitives.ReadUInt16LittleEndian(value), value[2], value[3]);
        hour = value.Length > 4 ? value[4] : 0;
        return year <= 9999;
    }

    private bool TryReadText(ReadOnlySpan<byte> value, out int year, out int month, out int day, out int hour)
    {
        (year, month, day, hour) = (0, 0, 0, 0);
        return (hasTime ? value.Length is TimeTextSize or (> TimeTextSize + 1 and <= TextSizeMax) : value.Length == DateTextSize)
            && TryRead(value[..4], out year) && TryRead(value[5..7], out month) && TryRead(value[8..10], out day)
            && value[4] == '-' && value[7] == '-' && (!hasTime || (value[10] == ' ' && TryRead(value[11..13], out hour)));
    }

    private static bool TryRead(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        return !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(digits, out number, out _);
    }

    // As the server does, midnight is left out.
    private static void WriteBinary((long Year, int Month, int Day) date, int hour, IBufferWriter<byte> output)
    {
        var size = hour == 0 ? 4 : 7;
        var target = output.GetSpan(size)[..size];
        target.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)date.Year);
        (target[2], target[3]) = ((byte)date.Month, (byte)date.Day);
        if (hour != 0)
            target[4] = (byte)hour;
        output.Advance(size);
    }

    // With as many digits as the value has: they belong to the column's type.
    private static void WriteText((long Year, int Month, int Day) date, int hour, int size, IBufferWriter<byte> output)
    {
        var target = output.GetSpan(size)[..size];
        "0000-00-00 00:00:00.000000"u8[..size].CopyTo(target);
        Write(date.Year, target[..4]);
        Write(date.Month, target[5..7]);
        Write(date.Day, target[8..10]);
        if (hour != 0)
            Write(hour, target[11..13]);
        output.Advance(size);
    }

    private static void Write(long number, Span<byte> target) =>
        Utf8Formatter.TryFormat(number, target, out _, new StandardFormat('D', (byte)target.Length));
}
