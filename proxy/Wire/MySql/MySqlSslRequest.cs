using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// SSLRequest: the first 32 bytes of a handshake response and nothing else; the response itself follows over TLS. Layout: capabilities
/// (4), largest packet (4), character set (1), filler (23).
/// </summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html</remarks>
public readonly struct MySqlSslRequest
{
    /// <summary>Size of the payload in bytes; no other has it and begins so.</summary>
    public const int Size = 32;

    private MySqlSslRequest(MySqlCapabilities capabilities) => Capabilities = capabilities;

    /// <summary>What the client claims, in clear: not to be relied on.</summary>
    public MySqlCapabilities Capabilities { get; }

    /// <summary>Reads a payload; false if it is not 32 bytes that ask for TLS.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlSslRequest message)
    {
        const MySqlCapabilities Needed = MySqlCapabilities.Ssl | MySqlCapabilities.Protocol41;
        message = default;
        var cursor = new ByteCursor(payload);
        if (payload.Length != Size || !cursor.TryReadUInt32(out var capabilities) || ((MySqlCapabilities)capabilities & Needed) != Needed)
            return false;

        message = new MySqlSslRequest((MySqlCapabilities)capabilities);
        return true;
    }

    /// <summary>Writes the request.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number, 1; counted on.</param>
    /// <param name="capabilities">What is claimed; TLS and protocol 4.1 always are.</param>
    /// <param name="packetSizeMax">The largest payload that is taken, in bytes.</param>
    /// <param name="characterSet">The collation asked for.</param>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlCapabilities capabilities, uint packetSizeMax, byte characterSet)
    {
        var writer = new MySqlMessageWriter(output, Size);
        MySqlHandshakeResponse.WriteStart(ref writer, capabilities | MySqlCapabilities.Ssl | MySqlCapabilities.Protocol41, packetSizeMax, characterSet);
        writer.Finish(ref sequence);
    }
}
