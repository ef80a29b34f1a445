using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>COM_FIELD_LIST. Layout: 0x04 (1), table, NUL, pattern of column names to the end.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_field_list.html. Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct MySqlFieldList
{
    private MySqlFieldList(ReadOnlySpan<byte> table, ReadOnlySpan<byte> pattern)
    {
        Table = table;
        Pattern = pattern;
    }

    /// <summary>The table, in the default database.</summary>
    public ReadOnlySpan<byte> Table { get; }

    /// <summary>A pattern as of LIKE; empty for all columns.</summary>
    public ReadOnlySpan<byte> Pattern { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlFieldList message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var command) || command != (byte)MySqlCommand.FieldList || !cursor.TryReadCString(out var table))
            return false;

        message = new MySqlFieldList(table, cursor.Rest);
        return true;
    }

    /// <summary>Writes the command.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, ReadOnlySpan<byte> table, ReadOnlySpan<byte> pattern)
    {
        var writer = new MySqlMessageWriter(output, 1 + MySqlMessageWriter.SizeOf(table) + pattern.Length);
        writer.Byte((byte)MySqlCommand.FieldList);
        writer.CString(table);
        writer.Bytes(pattern);
        writer.Finish(ref sequence);
    }
}
