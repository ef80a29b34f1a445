using System.Buffers;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>One end of a MySQL connection that sends what a test tells it to, well formed or not; it counts packets as it should.</summary>
internal sealed class MySqlScriptedPeer(Connection connection) : IAsyncDisposable
{
    private readonly ScriptedClient _client = new(connection);
    private byte _sequence;

    internal delegate void Writer(IBufferWriter<byte> output, ref byte sequence);

    public Connection Connection => connection;

    /// <summary>The number of the next packet, of either end.</summary>
    public byte Sequence
    {
        get => _sequence;
        set => _sequence = value;
    }

    /// <summary>Sends every byte on its own, as the slowest network would.</summary>
    public bool IsSliced { get; init; }

    /// <summary>The bytes of a packet.</summary>
    public byte[] Bytes(Writer write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, ref _sequence);
        return output.WrittenSpan.ToArray();
    }

    public Task SendAsync(Writer write) => SendBytesAsync(Bytes(write));

    public Task SendAsync(params byte[] payload) => SendAsync((output, ref sequence) => MySqlAuthMoreData.WriteResponse(output, ref sequence, payload));

    public async Task SendBytesAsync(byte[] bytes)
    {
        if (!IsSliced)
        {
            await connection.SendAsync(bytes);
            return;
        }

        foreach (var one in bytes)
            await connection.SendAsync(new[] { one });
    }

    /// <summary>The next packet; null if the other end closed.</summary>
    public async Task<byte[]?> ReadAsync()
    {
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        if (await LoginReader.ReadPacketAsync(connection, 1 << 20, slow.Token) is not { } packet)
            return null;

        if (packet.Sequence != _sequence)
            throw new IOException($"packet {packet.Sequence} came where {_sequence} should");

        _sequence = MySqlPacketHeader.Next(_sequence);
        return packet.Payload;
    }

    /// <summary>Reads a greeting and gives its nonce.</summary>
    public async Task<byte[]> ReadGreetingAsync()
    {
        var nonce = new byte[MySqlHandshake.NonceSize];
        if (!MySqlHandshake.TryParse(await ReadAsync(), out var greeting))
            throw new IOException("the greeting is malformed");

        greeting.CopyNonce(nonce);
        return nonce;
    }

    /// <summary>What a packet says, in a form that tests can compare: `ok`, `ERROR code state: text`, `more HEX`, `switch PLUGIN`, or `closed`.</summary>
    public async Task<string> ReadAnswerAsync() => Describe(await ReadAsync());

    public static string Describe(byte[]? payload)
    {
        if (payload is null)
            return "closed";

        if (payload[0] == MySqlError.Header && MySqlError.TryParse(payload, out var error))
            return $"ERROR {error.Code} {Encoding.UTF8.GetString(error.SqlState)}: {Encoding.UTF8.GetString(error.Message)}";

        if (payload[0] == MySqlAuthSwitchRequest.Header && MySqlAuthSwitchRequest.TryParse(payload, out var request))
            return $"switch {Encoding.UTF8.GetString(request.Plugin)}";

        return payload[0] == 0 ? "ok" : $"more {Convert.ToHexString(payload.AsSpan(1))}";
    }

    /// <summary>Asks for TLS and starts it, as the clients of MySQL do: without waiting for an answer.</summary>
    public async Task StartTlsAsync()
    {
        await SendAsync((output, ref sequence) => MySqlSslRequest.Write(output, ref sequence, MySqlCapabilities.Ssl, 0, 45));
        await _client.StartTlsAsync(alpn: null);
    }

    /// <summary>A handshake response.</summary>
    public Task RespondAsync(
        string user,
        byte[] proof,
        string plugin,
        string database = "app",
        MySqlCapabilities capabilities = MySqlCapabilities.SessionTrack,
        byte characterSet = 45) => SendAsync((output, ref sequence) => MySqlHandshakeResponse.Write(
            output, ref sequence, capabilities, 0, characterSet, Encoding.UTF8.GetBytes(user), proof, Encoding.UTF8.GetBytes(database),
            Encoding.UTF8.GetBytes(plugin), [new("program_name"u8.ToArray(), "test"u8.ToArray())]));

    public Task<bool> IsClosedAsync() => _client.IsClosedAsync();

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
