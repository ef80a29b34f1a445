using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Policy.Masking;

/// <summary>Cuts dates and timestamps down to a unit; those with a time zone in UTC, so that not even the zone shows.</summary>
/// <remarks>What cannot be cut, such as infinity, becomes NULL.</remarks>
internal sealed class DateTruncMask(DateUnit unit, ValueShape shape, bool isBinary) : ColumnMask
{
    public override string Algorithm => "date_trunc";

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output) =>
        shape == ValueShape.Date ? TryMaskDate(value, output) : TryMaskTimestamp(value, output);

    // Binary: days from 2000-01-01 in an int32; the ends of the range are the infinities.
    private bool TryMaskDate(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        long day;
        if (!isBinary)
        {
            if (!PostgresDateText.TryParseDate(value, out day))
                return false;
        }
        else
        {
            if (value.Length != sizeof(int))
                return false;
            day = BinaryPrimitives.ReadInt32BigEndian(value);
            if (day is int.MinValue or int.MaxValue)
                return false;
        }

        day = Calendar.TruncateDay(day, unit);
        if (day < Calendar.FirstDay)
            return false;

        if (isBinary)
        {
            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), (int)day);
            output.Advance(sizeof(int));
        }
        else
        {
            PostgresDateText.WriteDate(day, output);
        }

        return true;
    }

    // Binary: microseconds from 2000-01-01 in an int64; the ends of the range are the infinities.
    private bool TryMaskTimestamp(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        long microseconds;
        if (!isBinary)
        {
            if (!PostgresDateText.TryParseTimestamp(value, hasZone: shape == ValueShape.TimestampTz, out microseconds))
                return false;
        }
        else
        {
            if (value.Length != sizeof(long))
                return false;
            microseconds = BinaryPrimitives.ReadInt64BigEndian(value);
        }

        // The infinities lie outside as well.
        const long First = Calendar.FirstDay * Calendar.DayMicroseconds;
        if (microseconds is < First or > long.MaxValue - Calendar.DayMicroseconds)
            return false;
        microseconds = Calendar.TruncateMicroseconds(microseconds, unit);
        if (microseconds < First)
            return false;

        if (isBinary)
        {
            BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(sizeof(long)), microseconds);
            output.Advance(sizeof(long));
        }
        else
        {
            PostgresDateText.WriteTimestamp(microseconds, hasZone: shape == ValueShape.TimestampTz, output);
        }

        return true;
    }
}
