using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>COM_STMT_PREPARE and COM_INIT_DB: a command and a text. Layout: command (1), text to the end.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html and
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_init_db.html. Valid as long as the bytes it was parsed from.
/// </remarks>
public readonly ref struct MySqlTextCommand
{
    private MySqlTextCommand(MySqlCommand command, ReadOnlySpan<byte> text)
    {
        Command = command;
        Text = text;
    }

    /// <summary>Which of the two.</summary>
    public MySqlCommand Command { get; }

    /// <summary>The statement, or the database's name. May hold NUL and anything else.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Reads a payload; false if it is none of these commands.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlTextCommand message)
    {
        message = default;
        if (payload.IsEmpty || !Is((MySqlCommand)payload[0]))
            return false;

        message = new MySqlTextCommand((MySqlCommand)payload[0], payload[1..]);
        return true;
    }

    /// <summary>Writes the command.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlCommand command, ReadOnlySpan<byte> text)
    {
        if (!Is(command))
            throw new ArgumentOutOfRangeException(nameof(command), command, "the command has another layout");

        var writer = new MySqlMessageWriter(output, 1 + (long)text.Length);
        writer.Byte((byte)command);
        writer.Bytes(text);
        writer.Finish(ref sequence);
    }

    private static bool Is(MySqlCommand command) => command is MySqlCommand.StmtPrepare or MySqlCommand.InitDb;
}
