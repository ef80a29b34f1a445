using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>How long a value of the binary protocol is, by its type.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html, section "Binary Protocol Value"</remarks>
internal static class MySqlBinaryFormat
{
    private const int HasLengthByte = -1;
    private const int HasLength = -2;
    private const int IsUnknown = -3;

    /// <summary>Whether a value of the type has a length-encoded length, so that it can have any size.</summary>
    public static bool IsText(MySqlType type) => Layout(type) == HasLength;

    /// <summary>Whether the type is one that values can have.</summary>
    public static bool IsKnown(MySqlType type) => Layout(type) != IsUnknown;

    /// <summary>Reads what stands in front of a value: the size of the value, and of what stands in front.</summary>
    public static OperationStatus TryReadPrefix(ReadOnlySpan<byte> start, MySqlType type, out long valueSize, out int prefixSize)
    {
        (valueSize, prefixSize) = (0, 0);
        var layout = Layout(type);
        switch (layout)
        {
            case IsUnknown:
                return OperationStatus.InvalidData;
            case HasLengthByte when start.IsEmpty:
                return OperationStatus.NeedMoreData;
            case HasLengthByte:
                (valueSize, prefixSize) = (start[0], 1);
                return IsTemporalSize(type, start[0]) ? OperationStatus.Done : OperationStatus.InvalidData;
            case HasLength:
                var status = MySqlCursor.DecodeInteger(start, out var size, out prefixSize);
                if (status != OperationStatus.Done || size > long.MaxValue)
                    return status == OperationStatus.Done ? OperationStatus.InvalidData : status;

                valueSize = (long)size;
                return OperationStatus.Done;
            default:
                valueSize = layout;
                return OperationStatus.Done;
        }
    }

    /// <summary>Takes a value, without what stands in front of it.</summary>
    public static bool TryRead(scoped ref ByteCursor cursor, MySqlType type, out ReadOnlySpan<byte> value)
    {
        value = default;
        var before = cursor;
        if (TryReadPrefix(cursor.Rest, type, out var size, out var prefixSize) == OperationStatus.Done && size <= int.MaxValue
            && cursor.TryReadBytes(prefixSize, out _) && cursor.TryReadBytes((int)size, out value))
        {
            return true;
        }

        cursor = before;
        return false;
    }

    /// <summary>The size on the wire of a value, with what stands in front of it.</summary>
    public static long SizeOf(MySqlType type, ReadOnlySpan<byte> value) => Layout(type) switch
    {
        HasLengthByte => 1 + value.Length,
        HasLength => MySqlMessageWriter.SizeOfText(value),
        _ => value.Length,
    };

    /// <summary>Writes what stands in front of a value; gives its size, 9 at most.</summary>
    /// <exception cref="ArgumentException">A value of this type cannot have this size.</exception>
    public static int WritePrefix(Span<byte> output, MySqlType type, int valueSize)
    {
        var layout = Layout(type);
        if (layout == HasLength)
            return MySqlMessageWriter.WriteInteger(output, (ulong)valueSize);

        var isSound = layout == HasLengthByte ? IsTemporalSize(type, valueSize) : layout == valueSize;
        if (!isSound)
            throw new ArgumentException($"a value of type {type} cannot have {valueSize} bytes", nameof(valueSize));

        if (layout != HasLengthByte)
            return 0;

        output[0] = (byte)valueSize;
        return 1;
    }

    private static bool IsTemporalSize(MySqlType type, int size) => type == MySqlType.Time ? size is 0 or 8 or 12 : size is 0 or 4 or 7 or 11;

    // A fixed size in bytes, or one of the marks above.
    private static int Layout(MySqlType type) => type switch
    {
        MySqlType.Tiny => 1,
        MySqlType.Short or MySqlType.Year => 2,
        MySqlType.Long or MySqlType.Int24 or MySqlType.Float => 4,
        MySqlType.LongLong or MySqlType.Double => 8,
        MySqlType.Null => 0,
        MySqlType.Timestamp or MySqlType.Date or MySqlType.Time or MySqlType.DateTime => HasLengthByte,
        MySqlType.Decimal or MySqlType.VarChar or MySqlType.Bit or MySqlType.Vector or MySqlType.Json or MySqlType.NewDecimal or MySqlType.Enum
            or MySqlType.Set or MySqlType.TinyBlob or MySqlType.MediumBlob or MySqlType.LongBlob or MySqlType.Blob or MySqlType.VarString
            or MySqlType.String or MySqlType.Geometry => HasLength,

        // A number off the wire that is no member.
        _ => IsUnknown,
    };
}
