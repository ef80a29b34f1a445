using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>COM_SET_OPTION and COM_PROCESS_KILL. Layout: command (1), option (2) or connection (4).</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_set_option.html and
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_process_kill.html
/// </remarks>
public readonly struct MySqlNumberCommand
{
    private MySqlNumberCommand(MySqlCommand command, uint number)
    {
        Command = command;
        Number = number;
    }

    /// <summary>Which of the two.</summary>
    public MySqlCommand Command { get; }

    /// <summary>COM_SET_OPTION: 0 turns several statements in one COM_QUERY on, 1 off. COM_PROCESS_KILL: the connection to end.</summary>
    public uint Number { get; }

    /// <summary>Reads a payload; false if it is none of these commands, or malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlNumberCommand message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        uint number = 0;
        var isSound = cursor.TryReadByte(out var command) && (MySqlCommand)command switch
        {
            MySqlCommand.SetOption => TryReadShort(ref cursor, out number),
            MySqlCommand.ProcessKill => cursor.TryReadUInt32(out number),
            _ => false,
        };
        if (!isSound || !cursor.IsAtEnd)
            return false;

        message = new MySqlNumberCommand((MySqlCommand)command, number);
        return true;
    }

    /// <summary>Writes the command.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlCommand command, uint number)
    {
        var isOption = command == MySqlCommand.SetOption;
        if (!isOption && command != MySqlCommand.ProcessKill)
            throw new ArgumentOutOfRangeException(nameof(command), command, "the command has another layout");

        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, isOption ? ushort.MaxValue : uint.MaxValue);
        var writer = new MySqlMessageWriter(output, 1 + (isOption ? sizeof(ushort) : sizeof(uint)));
        writer.Byte((byte)command);
        if (isOption)
            writer.UInt16((ushort)number);
        else
            writer.UInt32(number);

        writer.Finish(ref sequence);
    }

    private static bool TryReadShort(scoped ref ByteCursor cursor, out uint number)
    {
        var isThere = cursor.TryReadUInt16(out var read);
        number = read;
        return isThere;
    }
}
