using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>AuthSwitchRequest, the server asks for another plugin. Layout: 0xFE (1), plugin, NUL, data for the plugin to the end.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html. Valid as long as
/// the bytes it was parsed from. The byte 0xFE alone asks for the login of before 4.1 and is refused as malformed.
/// </remarks>
public readonly ref struct MySqlAuthSwitchRequest
{
    /// <summary>The first byte.</summary>
    public const byte Header = 0xFE;

    private MySqlAuthSwitchRequest(ReadOnlySpan<byte> plugin, ReadOnlySpan<byte> data)
    {
        Plugin = plugin;
        Data = data;
    }

    /// <summary>The plugin asked for.</summary>
    public ReadOnlySpan<byte> Plugin { get; }

    /// <summary>What the plugin gets: for the built-in ones a nonce and a NUL.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlAuthSwitchRequest message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var header) || header != Header || !cursor.TryReadCString(out var plugin))
            return false;

        message = new MySqlAuthSwitchRequest(plugin, cursor.Rest);
        return true;
    }

    /// <summary>Writes the request.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, ReadOnlySpan<byte> plugin, ReadOnlySpan<byte> data)
    {
        var writer = new MySqlMessageWriter(output, 1 + MySqlMessageWriter.SizeOf(plugin) + data.Length);
        writer.Byte(Header);
        writer.CString(plugin);
        writer.Bytes(data);
        writer.Finish(ref sequence);
    }
}
