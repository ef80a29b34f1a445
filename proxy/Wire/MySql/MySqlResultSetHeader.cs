using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>The first packet of a result. Layout: number of columns (length-encoded integer).</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html. The forms with optional metadata
/// are never agreed on, so nothing follows the number.
/// </remarks>
public static class MySqlResultSetHeader
{
    /// <summary>The most columns of a result; servers have 4,096.</summary>
    public const int ColumnCountMax = ushort.MaxValue;

    /// <summary>Reads a payload; false if it is malformed, or says no columns or more than a result may have.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out int columnCount)
    {
        columnCount = 0;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadInteger(out var count) || !cursor.IsAtEnd || count is 0 or > ColumnCountMax)
            return false;

        columnCount = (int)count;
        return true;
    }

    /// <summary>Writes the packet.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, int columnCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columnCount, ColumnCountMax);
        var writer = new MySqlMessageWriter(output, MySqlMessageWriter.SizeOfInteger((ulong)columnCount));
        writer.Integer((ulong)columnCount);
        writer.Finish(ref sequence);
    }
}
