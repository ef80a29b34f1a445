using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Wire.MySql;

/// <summary>What kind of cursor an execution opens.</summary>
[Flags]
public enum MySqlCursorKind : byte
{
    /// <summary>None: all rows come at once.</summary>
    None = 0,

    /// <summary>To read only; rows come by COM_STMT_FETCH.</summary>
    ReadOnly = 1,

    /// <summary>To update; no server has it.</summary>
    ForUpdate = 2,

    /// <summary>To move in; no server has it.</summary>
    Scrollable = 4,
}

/// <summary>
/// COM_STMT_EXECUTE. Layout: 0x17 (1), statement (4), flags (1), 1 (4), with attributes the number of parameters and attributes
/// (length-encoded integer), then the parameters if there are any.
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html. Valid as long as what it was parsed from. How many
/// parameters there are, and perhaps their types, only the prepared statement tells: read its number first.
/// </remarks>
public readonly ref struct MySqlStmtExecute
{
    /// <summary>Stands for the statement that was prepared last; MariaDB only.</summary>
    public const uint LastStatementId = 0xFFFF_FFFF;

    private const byte CountFlag = 8;
    private const byte CursorFlags = (byte)(MySqlCursorKind.ReadOnly | MySqlCursorKind.ForUpdate | MySqlCursorKind.Scrollable);
    private const int HeadSize = 1 + sizeof(uint) + 1 + sizeof(uint);

    private readonly int _parameterCount;

    private MySqlStmtExecute(uint statementId, MySqlCursorKind cursor, int parameterCount, MySqlParameterList parameters)
    {
        StatementId = statementId;
        Cursor = cursor;
        _parameterCount = parameterCount;
        Parameters = parameters;
    }

    /// <summary>The prepared statement.</summary>
    public uint StatementId { get; }

    /// <summary>The cursor asked for.</summary>
    public MySqlCursorKind Cursor { get; }

    /// <summary>The statement's parameters, and attributes behind them.</summary>
    public MySqlParameterList Parameters { get; }

    /// <summary>Reads the number of the statement, without which the rest cannot be read; false if the command is cut off before it.</summary>
    public static bool TryReadStatementId(ReadOnlySpan<byte> payload, out uint statementId)
    {
        statementId = 0;
        return payload.Length >= HeadSize && payload[0] == (byte)MySqlCommand.StmtExecute
            && BinaryPrimitives.TryReadUInt32LittleEndian(payload[1..], out statementId);
    }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="capabilities">What both ends can do.</param>
    /// <param name="parameterCount">How many parameters the statement has.</param>
    /// <param name="known">The types of the statement's last execution; empty if there was none.</param>
    /// <param name="sentBefore">For each parameter, whether its value came by COM_STMT_SEND_LONG_DATA; empty if none did.</param>
    /// <param name="message">The command.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> payload,
        MySqlCapabilities capabilities,
        int parameterCount,
        ReadOnlySpan<MySqlParameterType> known,
        ReadOnlySpan<bool> sentBefore,
        out MySqlStmtExecute message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var command) || command != (byte)MySqlCommand.StmtExecute || !cursor.TryReadUInt32(out var statementId)
            || !cursor.TryReadByte(out var flags) || (flags & ~(CursorFlags | CountFlag)) != 0 || !cursor.TryReadUInt32(out var iterations)
            || iterations != 1)
        {
            return false;
        }

        // The flag says that the number is there although the statement has no parameters; where it has some the number is there anyway.
        var canHaveAttributes = (capabilities & MySqlCapabilities.QueryAttributes) != 0;
        var hasCount = canHaveAttributes && (parameterCount > 0 || (flags & CountFlag) != 0);
        var count = (ulong)parameterCount;
        if (hasCount && (!cursor.TryReadInteger(out count) || count < (ulong)parameterCount || count > MySqlParameterList.CountMax))
            return false;

        // MariaDB's connector for node says that types follow, where there are no parameters that could have any.
        MySqlParameterList parameters = default;
        var endsEmpty = count == 0 && !hasCount && cursor.Rest is [1];
        if (!endsEmpty && (!MySqlParameterList.TryRead(ref cursor, (int)count, canHaveAttributes, known, sentBefore, out parameters) || !cursor.IsAtEnd))
            return false;

        message = new MySqlStmtExecute(statementId, (MySqlCursorKind)(flags & CursorFlags), parameterCount, parameters);
        return true;
    }

    /// <summary>
    /// Writes this command for another statement, and for a server with which no attributes were agreed on: types always, names and attributes never.
    /// A parameter that was sent before has to have been sent there as well.
    /// </summary>
    public void WriteAs(IBufferWriter<byte> output, ref byte sequence, uint statementId, MySqlCursorKind cursor)
    {
        var size = SizeOfBlock(_parameterCount);
        var left = _parameterCount;
        foreach (var item in Parameters)
        {
            if (left-- <= 0)
                break;

            size += item.WasSentBefore || item.Value.IsNull ? 0 : MySqlBinaryFormat.SizeOf(item.Type.Type, item.Value.Bytes);
        }

        var writer = Begin(output, size, statementId, cursor);
        if (_parameterCount > 0)
        {
            Span<byte> nulls = stackalloc byte[(_parameterCount + 7) / 8];
            nulls.Clear();
            var index = 0;
            foreach (var item in Parameters)
            {
                if (index < _parameterCount && item.Value.IsNull)
                    SetNull(nulls, index);

                index++;
            }

            writer.Bytes(nulls);
            writer.Byte(1);
            left = _parameterCount;
            foreach (var item in Parameters)
            {
                if (left-- > 0)
                    WriteType(ref writer, item.Type);
            }

            left = _parameterCount;
            foreach (var item in Parameters)
            {
                if (left-- > 0 && !item.WasSentBefore && !item.Value.IsNull)
                    writer.BinaryValue(item.Type.Type, item.Value.Bytes);
            }
        }

        writer.Finish(ref sequence);
    }

    /// <summary>Writes the command, for a server with which no attributes were agreed on.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number, 0; counted on.</param>
    /// <param name="statementId">The prepared statement.</param>
    /// <param name="cursor">The cursor asked for.</param>
    /// <param name="parameters">As many as the statement has.</param>
    public static void Write(
        IBufferWriter<byte> output, ref byte sequence, uint statementId, MySqlCursorKind cursor, ReadOnlySpan<MySqlParameter> parameters)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parameters.Length, MySqlParameterList.CountMax, nameof(parameters));
        var size = SizeOfBlock(parameters.Length);
        foreach (var parameter in parameters)
            size += parameter.Value is { } value ? MySqlBinaryFormat.SizeOf(parameter.Type.Type, value.Span) : 0;

        var writer = Begin(output, size, statementId, cursor);
        if (!parameters.IsEmpty)
        {
            Span<byte> nulls = stackalloc byte[(parameters.Length + 7) / 8];
            nulls.Clear();
            for (var index = 0; index < parameters.Length; index++)
            {
                if (parameters[index].Value is null)
                    SetNull(nulls, index);
            }

            writer.Bytes(nulls);
            writer.Byte(1);
            foreach (var parameter in parameters)
                WriteType(ref writer, parameter.Type);

            foreach (var parameter in parameters)
            {
                if (parameter.Value is { } value)
                    writer.BinaryValue(parameter.Type.Type, value.Span);
            }
        }

        writer.Finish(ref sequence);
    }

    private static long SizeOfBlock(int count) => count == 0 ? 0 : ((count + 7) / 8) + 1 + (2L * count);

    private static void SetNull(Span<byte> nulls, int index) => nulls[index / 8] |= (byte)(1 << (index % 8));

    private static MySqlMessageWriter Begin(IBufferWriter<byte> output, long size, uint statementId, MySqlCursorKind cursor)
    {
        var writer = new MySqlMessageWriter(output, HeadSize + size);
        writer.Byte((byte)MySqlCommand.StmtExecute);
        writer.UInt32(statementId);
        writer.Byte((byte)cursor);
        writer.UInt32(1);
        return writer;
    }

    private static void WriteType(ref MySqlMessageWriter writer, MySqlParameterType type)
    {
        writer.Byte((byte)type.Type);
        writer.Byte(type.Flags);
    }
}
