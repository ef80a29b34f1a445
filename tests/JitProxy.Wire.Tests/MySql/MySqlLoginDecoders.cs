using JitProxy.Wire.MySql;
using NUnit.Framework;
using static JitProxy.Wire.Tests.MySql.MySqlDecoders;

namespace JitProxy.Wire.Tests.MySql;

/// <summary>Decoders of what is said before a session begins.</summary>
internal static class MySqlLoginDecoders
{
    private static readonly byte[] Nonce = [.. "abcdefghijklmnopqrst"u8];

    // PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, LONG_PASSWORD.
    private static readonly byte[] Greeting =
        [10, .. "9.7.4\0"u8, 7, 1, 0, 0, .. "abcdefgh\0"u8, 1, 0x82, 45, 2, 0, 8, 0, 21, .. new byte[10], .. "ijklmnopqrst\0"u8, .. "caching_sha2_password\0"u8];

    private static readonly byte[] MariaDbGreeting =
        [10, .. "5.5.5-10.11.19-MariaDB\0"u8, 7, 1, 0, 0, .. "abcdefgh\0"u8, 0, 0x82, 45, 2, 0, 8, 0, 21, .. new byte[6], 29, 0, 0, 0, .. "ijklmnopqrst\0mysql_native_password\0"u8];

    private static readonly byte[] Start = [0, 0, 0, 1, 45, .. new byte[23]];

    public static readonly Decoder[] All =
    [
        new("Handshake", ReadHandshake,
            [Greeting, MariaDbGreeting],
            [
                [9, .. Greeting[1..]],
                [.. Greeting[..11], .. "abcdefgh\u0001"u8, .. Greeting[20..]],
                [.. Greeting[..20], 1, 0x80, .. Greeting[22..]],
                [.. Greeting[..27], 20, .. Greeting[28..]],
                [.. Greeting[..27], 255, .. Greeting[28..]],
                [10, .. new byte[300].Select(_ => (byte)'9'), .. Greeting[6..]],
            ]),
        new("SslRequest", ReadSslRequest,
            [[1, 0x8a, 8, 0, .. Start]],
            [[1, 0x82, 8, 0, .. Start], [1, 0x88, 8, 0, .. Start]]),
        new("HandshakeResponse", ReadHandshakeResponse,
            [
                [0x0d, 0x82, 0x38, 0, .. Start, .. "alice\0"u8, 4, 1, 2, 3, 4, .. "app\0caching_sha2_password\0"u8, 9, 1, (byte)'a', 2, .. "xy"u8, 1, (byte)'b', 1, .. "z"u8],
                [0x0d, 0x82, 0x38, 0, .. Start, .. "alice\0"u8, 0, .. "app\0x\0"u8, 0xfc, 4, 0, 1, (byte)'a', 1, (byte)'b'],
                [0x04, 0x82, 0x28, 0, .. Start, .. "alice\0"u8, 0, .. "mysql_native_password\0"u8],
                [0x04, 0x82, 0x08, 0, .. Start, .. "alice\0"u8, 2, 1, 2, .. "mysql_native_password\0"u8],
                [0x0c, 0x82, 0x00, 0, .. Start, .. "alice\0"u8, 2, 1, 2, .. "app\0"u8],
                [0x04, 0x02, 0x00, 0, .. Start, .. "alice\0scramble\0"u8],
                [0x04, 0x82, 0x08, 4, .. Start, .. "alice\0"u8, 0, .. "mysql_native_password\0"u8, 3],
            ],
            [
                [0x04, 0x80, 0x08, 0, .. Start, .. "alice\0"u8, 0, .. "mysql_native_password\0"u8],
                [0x04, 0x82, 0x28, 0, .. Start, .. "alice\0"u8, 0xfb, .. "mysql_native_password\0"u8],
                [0x04, 0x82, 0x28, 0, .. Start, .. "alice\0"u8, 0xfe, 0, 0, 0, 0, 1, 0, 0, 0, .. "x\0"u8],
                [0x04, 0x82, 0x28, 0, .. Start, .. "alice\0"u8, 0xfc, 1, 0, 1, .. "x\0"u8],
                [0x04, 0x82, 0x18, 0, .. Start, .. "alice\0"u8, 0, .. "x\0"u8, 3, 1, (byte)'a', 2],
                [0x04, 0x82, 0x18, 0, .. Start, .. "alice\0"u8, 0, .. "x\0"u8, 0xfd, 2, 0, 1, 0xfc, 0xfd, 0xff, .. new byte[0xfffd], 0],
            ]),
        new("AuthSwitchRequest", ReadAuthSwitchRequest,
            [[0xfe, .. "mysql_native_password\0"u8, .. Nonce, 0], [0xfe, 0], [0xfe, .. "mysql_native_password\0"u8]],
            [[0xfe], [1, .. "x\0"u8], []]) { OpenFrom = 23, HasRange = true },
        new("AuthMoreData", ReadAuthMoreData, [[1, 4], [1]], [[0, 4], [2], []]) { OpenFrom = 1 },
    ];

    private static byte[]? ReadHandshake(byte[] body)
    {
        if (!MySqlHandshake.TryParse(body, out var message))
            return null;

        var (version, plugin, nonce) = (message.ServerVersion.ToArray(), message.Plugin.ToArray(), new byte[20]);
        message.CopyNonce(nonce);
        var (id, capabilities, set, status) = (message.ConnectionId, message.Capabilities, message.CharacterSet, message.Status);

        // What was ignored, or must not be written.
        var fillerAt = version.Length + 2 + 4 + 9 + 8;
        if (body.AsSpan(fillerAt, 10).ContainsAnyExcept((byte)0) || nonce.Contains((byte)0))
            return body;

        return Body((output, ref sequence) => MySqlHandshake.Write(output, ref sequence, version, id, capabilities, set, status, plugin, nonce));
    }

    private static byte[]? ReadSslRequest(byte[] body)
    {
        if (!MySqlSslRequest.TryParse(body, out var message))
            return null;

        var capabilities = message.Capabilities;
        var size = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(4));
        var written = Body((output, ref sequence) => MySqlSslRequest.Write(output, ref sequence, capabilities, size, body[8]));
        return body.AsSpan(9).ContainsAnyExcept((byte)0) ? body : written;
    }

    private static byte[]? ReadHandshakeResponse(byte[] body)
    {
        if (!MySqlHandshakeResponse.TryParse(body, out var message))
            return null;

        var attributes = new List<KeyValuePair<byte[], byte[]>>();
        foreach (var pair in message.Attributes)
            attributes.Add(new(pair.Name.ToArray(), pair.Value.ToArray()));

        var (capabilities, size, set, database) = (message.Capabilities, message.PacketSizeMax, message.CharacterSet, message.Database.ToArray());
        var (user, auth, plugin) = (message.User.ToArray(), message.AuthResponse.ToArray(), message.Plugin.ToArray());
        Assert.That(user.Length + auth.Length + database.Length + plugin.Length + message.Attributes.Pairs(), Is.LessThan(body.Length));

        // Only the newest form is written; others are only read.
        const MySqlCapabilities Newest = MySqlCapabilities.Protocol41 | MySqlCapabilities.SecureConnection | MySqlCapabilities.PluginAuth
            | MySqlCapabilities.PluginAuthLenencData;
        var isNewest = (capabilities & Newest) == Newest && (capabilities & MySqlCapabilities.ZstdCompressionAlgorithm) == 0
            && (capabilities & MySqlCapabilities.ConnectWithDb) != 0 == database.Length > 0
            && (capabilities & MySqlCapabilities.ConnectAttributes) != 0 == attributes.Count > 0 && !body.AsSpan(9, 23).ContainsAnyExcept((byte)0)
            && message.Attributes.IsLengthShortest(body);
        return !isNewest
            ? body
            : Body((output, ref sequence) => MySqlHandshakeResponse.Write(output, ref sequence, capabilities, size, set, user, auth, database, plugin, attributes.ToArray()));
    }

    // The length of all attributes may be written longer than it need be.
    private static bool IsLengthShortest(this MySqlAttributes attributes, byte[] body)
    {
        var (size, count) = (0, 0);
        foreach (var pair in attributes)
            (size, count) = (size + pair.Name.Length + pair.Value.Length + 2, count + 1);

        return count == 0 || size >= 251 || body[^(size + 1)] == size;
    }

    private static int Pairs(this MySqlAttributes attributes)
    {
        var size = 0;
        foreach (var pair in attributes)
            size += pair.Name.Length + pair.Value.Length;

        return size;
    }

    private static byte[]? ReadAuthSwitchRequest(byte[] body)
    {
        if (!MySqlAuthSwitchRequest.TryParse(body, out var message))
            return null;

        var (plugin, data) = (message.Plugin.ToArray(), message.Data.ToArray());
        return Body((output, ref sequence) => MySqlAuthSwitchRequest.Write(output, ref sequence, plugin, data));
    }

    private static byte[]? ReadAuthMoreData(byte[] body)
    {
        if (!MySqlAuthMoreData.TryParse(body, out var message))
            return null;

        var data = message.Data.ToArray();
        return Body((output, ref sequence) => MySqlAuthMoreData.Write(output, ref sequence, data));
    }
}
