using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// HandshakeV10, the server's greeting. Layout: 10 (1), version, NUL, connection id (4), nonce (8), zero (1), capabilities low (2), character
/// set (1), status (2), capabilities high (2), nonce size + 1 (1), filler (6), MariaDB capabilities (4), nonce (12), NUL, plugin, NUL.
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html. Valid as long as the
/// bytes it was parsed from. Only greetings of servers that know protocol 4.1 and plugins are read.
/// </remarks>
public readonly ref struct MySqlHandshake
{
    /// <summary>Size of a nonce in bytes.</summary>
    public const int NonceSize = NonceStartSize + NonceEndSize;

    /// <summary>The longest server version that is read or written, in bytes.</summary>
    public const int VersionSizeMax = 255;

    internal const MySqlCapabilities Needed = MySqlCapabilities.Protocol41 | MySqlCapabilities.SecureConnection | MySqlCapabilities.PluginAuth;

    private const byte ProtocolVersion = 10;
    private const int NonceStartSize = 8;
    private const int NonceEndSize = 12;
    private const int FillerSize = 6;

    /// <summary>The server's version; MariaDB before 11 puts <c>5.5.5-</c> in front of its own.</summary>
    public ReadOnlySpan<byte> ServerVersion { get; private init; }

    /// <summary>The number to name in KILL.</summary>
    public uint ConnectionId { get; private init; }

    /// <summary>What the server can do.</summary>
    public MySqlCapabilities Capabilities { get; private init; }

    /// <summary>What a MariaDB server can do beyond that; none for others.</summary>
    public MariaDbCapabilities MariaDbCapabilities { get; private init; }

    /// <summary>The low byte of the server's default collation.</summary>
    public byte CharacterSet { get; private init; }

    /// <summary>Where the session stands.</summary>
    public MySqlServerStatus Status { get; private init; }

    /// <summary>The authentication plugin that the nonce is for.</summary>
    public ReadOnlySpan<byte> Plugin { get; private init; }

    private ReadOnlySpan<byte> NonceStart { get; init; }

    private ReadOnlySpan<byte> NonceEnd { get; init; }

    /// <summary>Copies the nonce, <see cref="NonceSize"/> bytes.</summary>
    public void CopyNonce(Span<byte> nonce)
    {
        NonceStart.CopyTo(nonce);
        NonceEnd.CopyTo(nonce[NonceStartSize..]);
    }

    /// <summary>Reads a payload; false if it is malformed, or from a server older than protocol 4.1 with plugins.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out MySqlHandshake message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var version) || version != ProtocolVersion || !cursor.TryReadCString(out var serverVersion)
            || serverVersion.Length > VersionSizeMax || !cursor.TryReadUInt32(out var connectionId)
            || !cursor.TryReadBytes(NonceStartSize, out var nonceStart) || !cursor.TryReadByte(out var zero) || zero != 0
            || !cursor.TryReadUInt16(out var low) || !cursor.TryReadByte(out var characterSet) || !cursor.TryReadUInt16(out var status)
            || !cursor.TryReadUInt16(out var high))
        {
            return false;
        }

        // The filler is not looked at: newer servers may give it a meaning, as MariaDB did.
        var capabilities = (MySqlCapabilities)((uint)high << 16 | low);
        if ((capabilities & Needed) != Needed || !cursor.TryReadByte(out var nonceSize) || nonceSize != NonceSize + 1
            || !cursor.TryReadBytes(FillerSize, out _) || !cursor.TryReadUInt32(out var mariaDb)
            || !cursor.TryReadBytes(NonceEndSize, out var nonceEnd) || !cursor.TryReadByte(out zero) || zero != 0
            || !cursor.TryReadCString(out var plugin) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new MySqlHandshake
        {
            ServerVersion = serverVersion,
            ConnectionId = connectionId,
            Capabilities = capabilities,
            MariaDbCapabilities = (capabilities & MySqlCapabilities.LongPassword) == 0 ? (MariaDbCapabilities)mariaDb : default,
            CharacterSet = characterSet,
            Status = (MySqlServerStatus)status,
            Plugin = plugin,
            NonceStart = nonceStart,
            NonceEnd = nonceEnd,
        };
        return true;
    }

    /// <summary>Writes the greeting.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number, 0; counted on.</param>
    /// <param name="version">The server's version.</param>
    /// <param name="connectionId">The number to name in KILL.</param>
    /// <param name="capabilities">What is offered; protocol 4.1, its login and plugins always are.</param>
    /// <param name="characterSet">The low byte of the default collation.</param>
    /// <param name="status">Where the session stands.</param>
    /// <param name="plugin">The authentication plugin that the nonce is for.</param>
    /// <param name="nonce"><see cref="NonceSize"/> bytes without NUL: clients read the nonce as a string.</param>
    public static void Write(
        IBufferWriter<byte> output,
        ref byte sequence,
        ReadOnlySpan<byte> version,
        uint connectionId,
        MySqlCapabilities capabilities,
        byte characterSet,
        MySqlServerStatus status,
        ReadOnlySpan<byte> plugin,
        ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize, nameof(nonce));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version.Length, VersionSizeMax, nameof(version));
        if (nonce.Contains((byte)0))
            throw new ArgumentException("a nonce cannot hold a NUL", nameof(nonce));

        var all = (uint)(capabilities | Needed);
        const int NumbersSize = 1 + 4 + 1 + 2 + 1 + 2 + 2 + 1 + FillerSize + 4 + 1;
        var writer = new MySqlMessageWriter(output, NumbersSize + MySqlMessageWriter.SizeOf(version) + NonceSize + MySqlMessageWriter.SizeOf(plugin));
        writer.Byte(ProtocolVersion);
        writer.CString(version);
        writer.UInt32(connectionId);
        writer.Bytes(nonce[..NonceStartSize]);
        writer.Byte(0);
        writer.UInt16((ushort)(all & 0xFFFF));
        writer.Byte(characterSet);
        writer.UInt16((ushort)status);
        writer.UInt16((ushort)(all >> 16));
        writer.Byte(NonceSize + 1);
        writer.Zeros(FillerSize + sizeof(uint));
        writer.Bytes(nonce[NonceStartSize..]);
        writer.Byte(0);
        writer.CString(plugin);
        writer.Finish(ref sequence);
    }
}
