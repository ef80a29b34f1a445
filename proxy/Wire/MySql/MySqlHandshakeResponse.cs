using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// HandshakeResponse41, the client's answer to the greeting. Layout: capabilities (4), largest packet (4), character set (1), filler (19), MariaDB
/// capabilities (4), user, NUL, authentication response with its length, then by capability: database, NUL; plugin, NUL; attributes with
/// their length; zstd level (1).
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html. Valid as long as
/// the bytes it was parsed from. The layout follows the capabilities that the client claims here, whatever the server offered.
/// </remarks>
public readonly ref struct MySqlHandshakeResponse
{
    private const int FillerSize = 19;

    /// <summary>What the client can do; only what was offered as well counts.</summary>
    public MySqlCapabilities Capabilities { get; private init; }

    /// <summary>What a client of MariaDB can do beyond that; none for others.</summary>
    public MariaDbCapabilities MariaDbCapabilities { get; private init; }

    /// <summary>The largest payload that the client takes, in bytes. Real clients send anything from 0 on, so it bounds nothing.</summary>
    public uint PacketSizeMax { get; private init; }

    /// <summary>The low byte of the collation asked for.</summary>
    public byte CharacterSet { get; private init; }

    /// <summary>The user.</summary>
    public ReadOnlySpan<byte> User { get; private init; }

    /// <summary>The first message of the authentication plugin; empty if it has none to say yet, or no password.</summary>
    public ReadOnlySpan<byte> AuthResponse { get; private init; }

    /// <summary>The database; empty for none.</summary>
    public ReadOnlySpan<byte> Database { get; private init; }

    /// <summary>The plugin that made the response; empty if the client knows of no plugins, and then it was mysql_native_password.</summary>
    public ReadOnlySpan<byte> Plugin { get; private init; }

    /// <summary>What the client says of itself.</summary>
    public MySqlAttributes Attributes { get; private init; }

    /// <summary>Reads a payload; false if it is malformed, or not of protocol 4.1.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlHandshakeResponse message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadUInt32(out var bits) || !cursor.TryReadUInt32(out var packetSizeMax) || !cursor.TryReadByte(out var characterSet)
            || !cursor.TryReadBytes(FillerSize, out _) || !cursor.TryReadUInt32(out var mariaDb))
        {
            return false;
        }

        var capabilities = (MySqlCapabilities)bits;
        bool Has(MySqlCapabilities one) => (capabilities & one) != 0;
        ReadOnlySpan<byte> database = default, plugin = default;
        MySqlAttributes attributes = default;
        if (!Has(MySqlCapabilities.Protocol41) || !cursor.TryReadCString(out var user) || !TryReadAuth(ref cursor, capabilities, out var auth)
            || (Has(MySqlCapabilities.ConnectWithDb) && !cursor.TryReadCString(out database))
            || (Has(MySqlCapabilities.PluginAuth) && !cursor.TryReadCString(out plugin))
            || (Has(MySqlCapabilities.ConnectAttributes) && !MySqlAttributes.TryRead(ref cursor, out attributes))
            || (Has(MySqlCapabilities.ZstdCompressionAlgorithm) && !cursor.TryReadByte(out _)) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new MySqlHandshakeResponse
        {
            Capabilities = capabilities,
            MariaDbCapabilities = Has(MySqlCapabilities.LongPassword) ? default : (MariaDbCapabilities)mariaDb,
            PacketSizeMax = packetSizeMax,
            CharacterSet = characterSet,
            User = user,
            AuthResponse = auth,
            Database = database,
            Plugin = plugin,
            Attributes = attributes,
        };
        return true;
    }

    /// <summary>Writes the response. A database is named and attributes are given exactly if there are any; zstd is never claimed.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number, 1, or 2 behind an SSLRequest; counted on.</param>
    /// <param name="capabilities">What is claimed; protocol 4.1, its login and plugins with length-encoded data always are.</param>
    /// <param name="packetSizeMax">The largest payload that is taken, in bytes.</param>
    /// <param name="characterSet">The collation asked for.</param>
    /// <param name="user">The user.</param>
    /// <param name="authResponse">The first message of the plugin.</param>
    /// <param name="database">The database; empty for none.</param>
    /// <param name="plugin">The plugin.</param>
    /// <param name="attributes">Attributes of the connection.</param>
    public static void Write(
        IBufferWriter<byte> output,
        ref byte sequence,
        MySqlCapabilities capabilities,
        uint packetSizeMax,
        byte characterSet,
        ReadOnlySpan<byte> user,
        ReadOnlySpan<byte> authResponse,
        ReadOnlySpan<byte> database,
        ReadOnlySpan<byte> plugin,
        ReadOnlySpan<KeyValuePair<byte[], byte[]>> attributes)
    {
        const MySqlCapabilities ByContent = MySqlCapabilities.ConnectWithDb | MySqlCapabilities.ConnectAttributes | MySqlCapabilities.ZstdCompressionAlgorithm;
        var claimed = (capabilities & ~ByContent) | MySqlHandshake.Needed | MySqlCapabilities.PluginAuthLenencData;
        var size = MySqlSslRequest.Size + MySqlMessageWriter.SizeOf(user) + MySqlMessageWriter.SizeOfText(authResponse) + MySqlMessageWriter.SizeOf(plugin);
        if (!database.IsEmpty)
        {
            claimed |= MySqlCapabilities.ConnectWithDb;
            size += MySqlMessageWriter.SizeOf(database);
        }

        var attributesSize = 0L;
        foreach (var (name, value) in attributes)
            attributesSize += MySqlMessageWriter.SizeOfText(name) + MySqlMessageWriter.SizeOfText(value);

        if (!attributes.IsEmpty)
        {
            claimed |= MySqlCapabilities.ConnectAttributes;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(attributesSize, MySqlAttributes.SizeMax, nameof(attributes));
            size += MySqlMessageWriter.SizeOfInteger((ulong)attributesSize) + attributesSize;
        }

        var writer = new MySqlMessageWriter(output, size);
        WriteStart(ref writer, claimed, packetSizeMax, characterSet);
        writer.CString(user);
        writer.Text(authResponse);
        if (!database.IsEmpty)
            writer.CString(database);

        writer.CString(plugin);
        if (!attributes.IsEmpty)
        {
            writer.Integer((ulong)attributesSize);
            foreach (var (name, value) in attributes)
            {
                writer.Text(name);
                writer.Text(value);
            }
        }

        writer.Finish(ref sequence);
    }

    internal static void WriteStart(ref MySqlMessageWriter writer, MySqlCapabilities capabilities, uint packetSizeMax, byte characterSet)
    {
        writer.UInt32((uint)capabilities);
        writer.UInt32(packetSizeMax);
        writer.Byte(characterSet);
        writer.Zeros(FillerSize + sizeof(uint));
    }

    private static bool TryReadAuth(scoped ref ByteCursor cursor, MySqlCapabilities capabilities, out ReadOnlySpan<byte> auth)
    {
        auth = default;
        if ((capabilities & MySqlCapabilities.PluginAuthLenencData) != 0)
            return cursor.TryReadText(out auth);

        if ((capabilities & MySqlCapabilities.SecureConnection) == 0)
            return cursor.TryReadCString(out auth);

        return cursor.TryReadByte(out var size) && cursor.TryReadBytes(size, out auth);
    }
}
