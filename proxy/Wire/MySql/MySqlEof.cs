using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>EOF, behind column definitions and rows where DeprecateEof was not agreed on. Layout: 0xFE (1), warnings (2), status (2).</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html</remarks>
public readonly struct MySqlEof
{
    /// <summary>The first byte.</summary>
    public const byte Header = 0xFE;

    private const int Size = 5;

    private MySqlEof(ushort warnings, MySqlServerStatus status)
    {
        Warnings = warnings;
        Status = status;
    }

    /// <summary>How many warnings SHOW WARNINGS has.</summary>
    public ushort Warnings { get; }

    /// <summary>Where the session stands.</summary>
    public MySqlServerStatus Status { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlEof message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var header) || header != Header || !cursor.TryReadUInt16(out var warnings)
            || !cursor.TryReadUInt16(out var status) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new MySqlEof(warnings, (MySqlServerStatus)status);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlServerStatus status, ushort warnings = 0)
    {
        var writer = new MySqlMessageWriter(output, Size);
        writer.Byte(Header);
        writer.UInt16(warnings);
        writer.UInt16((ushort)status);
        writer.Finish(ref sequence);
    }
}
