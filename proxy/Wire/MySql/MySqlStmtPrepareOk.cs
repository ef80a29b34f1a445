using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// COM_STMT_PREPARE_OK. Layout: 0x00 (1), statement (4), number of columns (2), number of parameters (2), zero (1), warnings (2). Behind it
/// come the definitions of the parameters and of the columns, each ended by EOF where that was not deprecated.
/// </summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html</remarks>
public readonly struct MySqlStmtPrepareOk
{
    private const int Size = 12;

    private MySqlStmtPrepareOk(uint statementId, ushort columnCount, ushort parameterCount, ushort warnings)
    {
        StatementId = statementId;
        ColumnCount = columnCount;
        ParameterCount = parameterCount;
        Warnings = warnings;
    }

    /// <summary>The number that the statement got.</summary>
    public uint StatementId { get; }

    /// <summary>How many columns its result has; 0 if it has none, or if that is not known before it runs.</summary>
    public ushort ColumnCount { get; }

    /// <summary>How many parameters it has.</summary>
    public ushort ParameterCount { get; }

    /// <summary>How many warnings there are.</summary>
    public ushort Warnings { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlStmtPrepareOk message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var header) || header != 0 || !cursor.TryReadUInt32(out var statementId) || !cursor.TryReadUInt16(out var columnCount)
            || !cursor.TryReadUInt16(out var parameterCount) || !cursor.TryReadByte(out var zero) || zero != 0
            || !cursor.TryReadUInt16(out var warnings) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new MySqlStmtPrepareOk(statementId, columnCount, parameterCount, warnings);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, uint statementId, ushort columnCount, ushort parameterCount, ushort warnings)
    {
        var writer = new MySqlMessageWriter(output, Size);
        writer.Byte(0);
        writer.UInt32(statementId);
        writer.UInt16(columnCount);
        writer.UInt16(parameterCount);
        writer.Byte(0);
        writer.UInt16(warnings);
        writer.Finish(ref sequence);
    }
}
