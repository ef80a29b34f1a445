using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>COM_STMT_CLOSE, COM_STMT_RESET and COM_STMT_FETCH. Layout: command (1), statement (4), for COM_STMT_FETCH number of rows (4).</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_close.html and its neighbours com_stmt_reset and com_stmt_fetch.
/// </remarks>
public readonly struct MySqlStmtCommand
{
    private MySqlStmtCommand(MySqlCommand command, uint statementId, uint rowCount)
    {
        Command = command;
        StatementId = statementId;
        RowCount = rowCount;
    }

    /// <summary>Which of the three.</summary>
    public MySqlCommand Command { get; }

    /// <summary>The prepared statement; <see cref="MySqlStmtExecute.LastStatementId"/> for the last one (MariaDB).</summary>
    public uint StatementId { get; }

    /// <summary>How many rows COM_STMT_FETCH asks for; 0 for the others.</summary>
    public uint RowCount { get; }

    /// <summary>Reads a payload; false if it is none of these commands, or malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlStmtCommand message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        var rowCount = 0u;
        if (!cursor.TryReadByte(out var command) || !Is((MySqlCommand)command) || !cursor.TryReadUInt32(out var statementId)
            || ((MySqlCommand)command == MySqlCommand.StmtFetch && !cursor.TryReadUInt32(out rowCount)) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new MySqlStmtCommand((MySqlCommand)command, statementId, rowCount);
        return true;
    }

    /// <summary>Writes the command.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlCommand command, uint statementId, uint rowCount = 0)
    {
        var isFetch = command == MySqlCommand.StmtFetch;
        if (!Is(command) || (rowCount != 0 && !isFetch))
            throw new ArgumentOutOfRangeException(nameof(command), command, "the command has another layout");

        var writer = new MySqlMessageWriter(output, 1 + sizeof(uint) + (isFetch ? sizeof(uint) : 0));
        writer.Byte((byte)command);
        writer.UInt32(statementId);
        if (isFetch)
            writer.UInt32(rowCount);

        writer.Finish(ref sequence);
    }

    private static bool Is(MySqlCommand command) => command is MySqlCommand.StmtClose or MySqlCommand.StmtReset or MySqlCommand.StmtFetch;
}
