using System.Buffers;
using System.Text;

namespace JitProxy.Wire.MySql;

/// <summary>ERR. Layout: 0xFF (1), code (2), `#` and SQLSTATE (6) unless the server refuses before its greeting, message to the end.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html. Valid as long as the bytes it was parsed from. The
/// message may quote data.
/// </remarks>
public readonly ref struct MySqlError
{
    /// <summary>The first byte.</summary>
    public const byte Header = 0xFF;

    /// <summary>The longest message that is written, in bytes; servers have the same bound.</summary>
    public const int MessageSizeMax = 512 * 16;

    private const ushort ProgressCode = 0xFFFF;
    private const int SqlStateSize = 5;

    private MySqlError(ushort code, ReadOnlySpan<byte> sqlState, ReadOnlySpan<byte> message)
    {
        Code = code;
        SqlState = sqlState;
        Message = message;
    }

    /// <summary>The server's code.</summary>
    public ushort Code { get; }

    /// <summary>Five characters; empty if the server gave none.</summary>
    public ReadOnlySpan<byte> SqlState { get; }

    /// <summary>What happened.</summary>
    public ReadOnlySpan<byte> Message { get; }

    /// <summary>True for a progress report of MariaDB, which is no error and ends nothing. Sent only to clients that ask for them.</summary>
    public bool IsProgress => Code == ProgressCode;

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlError message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var header) || header != Header || !cursor.TryReadUInt16(out var code))
            return false;

        ReadOnlySpan<byte> sqlState = default;
        if (code != ProgressCode && !cursor.IsAtEnd && cursor.Rest[0] == (byte)'#')
        {
            cursor.TryReadByte(out _);
            if (!cursor.TryReadBytes(SqlStateSize, out sqlState))
                return false;
        }

        message = new MySqlError(code, sqlState, cursor.Rest);
        return true;
    }

    /// <summary>Writes an ERR with a text of our own; what is too long is cut.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number; counted on.</param>
    /// <param name="code">The code.</param>
    /// <param name="sqlState">Five characters.</param>
    /// <param name="message">What happened.</param>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, ushort code, string sqlState, string message) =>
        Write(output, ref sequence, code, Encoding.ASCII.GetBytes(sqlState), Encoding.UTF8.GetBytes(message));

    /// <summary>Writes an ERR; what is too long is cut.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number; counted on.</param>
    /// <param name="code">The code.</param>
    /// <param name="sqlState">Five characters, or none in place of a greeting.</param>
    /// <param name="message">What happened, in UTF-8.</param>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, ushort code, ReadOnlySpan<byte> sqlState, ReadOnlySpan<byte> message)
    {
        if (sqlState.Length is not (0 or SqlStateSize))
            throw new ArgumentException("an SQLSTATE has five characters", nameof(sqlState));

        var size = Math.Min(message.Length, MessageSizeMax);

        // Not in the middle of a character.
        while (size < message.Length && size > 0 && (message[size] & 0xC0) == 0x80)
            size--;

        var writer = new MySqlMessageWriter(output, 1 + sizeof(ushort) + (sqlState.IsEmpty ? 0 : 1 + SqlStateSize) + size);
        writer.Byte(Header);
        writer.UInt16(code);
        if (!sqlState.IsEmpty)
        {
            writer.Byte((byte)'#');
            writer.Bytes(sqlState);
        }

        writer.Bytes(message[..size]);
        writer.Finish(ref sequence);
    }
}
