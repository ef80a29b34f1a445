using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>Commands that are one byte and nothing else: COM_QUIT, COM_PING, COM_RESET_CONNECTION, COM_STATISTICS, COM_DEBUG.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_utility.html</remarks>
public static class MySqlPlainCommand
{
    /// <summary>Reads a payload; false if it is none of these commands, or longer.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlCommand command)
    {
        command = default;
        if (payload.Length != 1 || !Is((MySqlCommand)payload[0]))
            return false;

        command = (MySqlCommand)payload[0];
        return true;
    }

    /// <summary>Writes the command.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlCommand command)
    {
        if (!Is(command))
            throw new ArgumentOutOfRangeException(nameof(command), command, "the command has another layout");

        var writer = new MySqlMessageWriter(output, 1);
        writer.Byte((byte)command);
        writer.Finish(ref sequence);
    }

    private static bool Is(MySqlCommand command) =>
        command is MySqlCommand.Quit or MySqlCommand.Ping or MySqlCommand.ResetConnection or MySqlCommand.Statistics or MySqlCommand.Debug;
}
