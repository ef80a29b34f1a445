using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Wire.MySql;

/// <summary>The numbers and strings of the MySQL protocol, read off a <see cref="ByteCursor"/>: little-endian, and length-encoded.</summary>
/// <remarks>
/// Length-encoded integers: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html. One byte up to 250; 0xFC, 0xFD
/// and 0xFE stand before 2, 3 and 8 bytes; 0xFB is NULL where a value may be NULL; 0xFF begins nothing.
/// </remarks>
internal static class MySqlCursor
{
    /// <summary>The byte that stands for NULL in place of a length.</summary>
    public const byte NullMark = 0xFB;

    internal const byte Int16Mark = 0xFC;
    internal const byte Int24Mark = 0xFD;
    internal const byte Int64Mark = 0xFE;

    public static bool TryReadUInt16(this scoped ref ByteCursor cursor, out ushort value) =>
        BinaryPrimitives.TryReadUInt16LittleEndian(cursor.Rest, out value) && cursor.TryReadBytes(sizeof(ushort), out _);

    public static bool TryReadUInt32(this scoped ref ByteCursor cursor, out uint value) =>
        BinaryPrimitives.TryReadUInt32LittleEndian(cursor.Rest, out value) && cursor.TryReadBytes(sizeof(uint), out _);

    /// <summary>Takes a length-encoded integer; false for NULL, and for one that is longer than it need be.</summary>
    /// <remarks>
    /// Servers differ in how they read an overlong form, so none is accepted; but the largest value of a form may come in the next
    /// longer one, because widespread clients (mysql2) draw the line one too early.
    /// </remarks>
    public static bool TryReadInteger(this scoped ref ByteCursor cursor, out ulong value) =>
        DecodeInteger(cursor.Rest, out value, out var size) == OperationStatus.Done && cursor.TryReadBytes(size, out _);

    /// <summary>Takes bytes with their length-encoded length in front; false for NULL.</summary>
    public static bool TryReadText(this scoped ref ByteCursor cursor, out ReadOnlySpan<byte> bytes)
    {
        var before = cursor;
        bytes = default;
        if (cursor.TryReadInteger(out var size) && size <= int.MaxValue && cursor.TryReadBytes((int)size, out bytes))
            return true;

        cursor = before;
        return false;
    }

    /// <summary>Takes a value of a text row: bytes with their length in front, or the mark of NULL.</summary>
    public static bool TryReadTextOrNull(this scoped ref ByteCursor cursor, out MySqlValue value)
    {
        value = default;
        if (!cursor.Rest.IsEmpty && cursor.Rest[0] == NullMark)
        {
            value = MySqlValue.Null;
            return cursor.TryReadByte(out _);
        }

        if (!cursor.TryReadText(out var bytes))
            return false;

        value = new MySqlValue(bytes, isNull: false);
        return true;
    }

    /// <summary>Reads a length-encoded integer without taking it; gives its size on the wire. NULL is invalid here.</summary>
    public static OperationStatus DecodeInteger(ReadOnlySpan<byte> bytes, out ulong value, out int size)
    {
        (value, size) = (0, 0);
        if (bytes.IsEmpty)
            return OperationStatus.NeedMoreData;

        var (count, least) = bytes[0] switch
        {
            < NullMark => (0, 0ul),
            Int16Mark => (2, NullMark),
            Int24Mark => (3, 0xFFFFul),
            Int64Mark => (8, 0xFF_FFFFul),
            _ => (-1, 0ul),
        };
        if (count < 0)
            return OperationStatus.InvalidData;

        if (bytes.Length <= count)
            return OperationStatus.NeedMoreData;

        var read = count == 0 ? bytes[0] : 0ul;
        for (var index = count; index > 0; index--)
            read = (read << 8) | bytes[index];

        if (read < least)
            return OperationStatus.InvalidData;

        (value, size) = (read, count + 1);
        return OperationStatus.Done;
    }
}
