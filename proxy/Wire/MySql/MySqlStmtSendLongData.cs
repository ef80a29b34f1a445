using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>COM_STMT_SEND_LONG_DATA. Layout: 0x18 (1), statement (4), parameter (2), a piece of its value to the end. Has no answer.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_send_long_data.html. Valid as long as the bytes it was parsed from.
/// </remarks>
public readonly ref struct MySqlStmtSendLongData
{
    private MySqlStmtSendLongData(uint statementId, ushort parameter, ReadOnlySpan<byte> data)
    {
        StatementId = statementId;
        Parameter = parameter;
        Data = data;
    }

    /// <summary>The prepared statement.</summary>
    public uint StatementId { get; }

    /// <summary>The parameter, from 0.</summary>
    public ushort Parameter { get; }

    /// <summary>The next piece of its value.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlStmtSendLongData message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var command) || command != (byte)MySqlCommand.StmtSendLongData || !cursor.TryReadUInt32(out var statementId)
            || !cursor.TryReadUInt16(out var parameter))
        {
            return false;
        }

        message = new MySqlStmtSendLongData(statementId, parameter, cursor.Rest);
        return true;
    }

    /// <summary>Writes the command.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, uint statementId, ushort parameter, ReadOnlySpan<byte> data)
    {
        var writer = new MySqlMessageWriter(output, 1 + sizeof(uint) + sizeof(ushort) + (long)data.Length);
        writer.Byte((byte)MySqlCommand.StmtSendLongData);
        writer.UInt32(statementId);
        writer.UInt16(parameter);
        writer.Bytes(data);
        writer.Finish(ref sequence);
    }
}
