using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>AuthMoreData, a further message of the server's plugin. Layout: 0x01 (1), data to the end.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_more_data.html. Valid as long as the
/// bytes it was parsed from. The client's answers (AuthSwitchResponse and later) have no layout of their own: see <see cref="WriteResponse"/>.
/// </remarks>
public readonly ref struct MySqlAuthMoreData
{
    /// <summary>The first byte.</summary>
    public const byte Header = 0x01;

    private MySqlAuthMoreData(ReadOnlySpan<byte> data) => Data = data;

    /// <summary>What the plugin says.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlAuthMoreData message)
    {
        message = default;
        if (payload.IsEmpty || payload[0] != Header)
            return false;

        message = new MySqlAuthMoreData(payload[1..]);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, ReadOnlySpan<byte> data)
    {
        var writer = new MySqlMessageWriter(output, 1 + (long)data.Length);
        writer.Byte(Header);
        writer.Bytes(data);
        writer.Finish(ref sequence);
    }

    /// <summary>Writes what the client's plugin answers, which is the whole payload.</summary>
    public static void WriteResponse(IBufferWriter<byte> output, ref byte sequence, ReadOnlySpan<byte> data)
    {
        var writer = new MySqlMessageWriter(output, data.Length);
        writer.Bytes(data);
        writer.Finish(ref sequence);
    }
}
