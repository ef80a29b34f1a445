using System.Buffers;
using System.Net.Security;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>A client that sends what a test tells it to, well formed or not.</summary>
internal sealed class ScriptedClient(Connection connection) : IAsyncDisposable
{
    public Connection Connection => connection;

    /// <summary>Sends every byte on its own, as the slowest network would.</summary>
    public bool IsSliced { get; init; }

    public static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Startup(int version, params string[] namesAndValues) => Bytes(output =>
    {
        var pairs = namesAndValues.Chunk(2).Select(pair => new KeyValuePair<byte[], byte[]>(Encoding.UTF8.GetBytes(pair[0]), Encoding.UTF8.GetBytes(pair[1])));
        PgStartup.Write(output, version, pairs.ToArray());
    });

    public static byte[] Startup(string user = "alice", string database = "app") => Startup(PgStartup.Version30, "user", user, "database", database);

    public Task SendAsync(Action<IBufferWriter<byte>> write) => SendAsync(Bytes(write));

    public async Task SendAsync(byte[] bytes)
    {
        if (!IsSliced)
        {
            await connection.SendAsync(bytes);
            return;
        }

        foreach (var one in bytes)
            await connection.SendAsync(new[] { one });
    }

    /// <summary>Asks for TLS and, if it is granted, starts it.</summary>
    public async Task<char> RequestTlsAsync(string? alpn = null)
    {
        await SendAsync(PgSslRequest.Write);
        var answer = (char)(await connection.ReadExactlyAsync(1))[0];
        if (answer == 'S')
            await StartTlsAsync(alpn);

        return answer;
    }

    public Task StartTlsAsync(string? alpn) => connection.UpgradeToClientTlsAsync(new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        ApplicationProtocols = alpn is null ? null : [new SslApplicationProtocol(alpn)],
    });

    public async Task<LoginMessage?> ReadAsync()
    {
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        return await LoginReader.ReadMessageAsync(connection, 1 << 20, slow.Token);
    }

    /// <summary>The error that comes next, as `SEVERITY CODE: message`.</summary>
    public async Task<string> ReadErrorAsync()
    {
        if (await ReadAsync() is not { } message)
            return "closed";

        return message.Tag == (byte)'E' && PgErrorResponse.TryParse(message.Body, out var error)
            ? $"{Encoding.UTF8.GetString(error.Severity)} {Encoding.UTF8.GetString(error.Code)}: {Encoding.UTF8.GetString(error.Message)}"
            : $"message {(char)message.Tag}";
    }

    /// <summary>True once the other end has closed and nothing more can be read.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return (await connection.ReadExactlyAsync(1)).Length == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Signs in after the startup packet; the last message is that of success, or the error.</summary>
    public async Task<string> SignInAsync(string password, byte[]? binding = null, bool couldBind = false, ScramKeyCache? keys = null)
    {
        var scram = new ScramClient(password, keys ?? new(), binding, couldBind);
        if (await ReadAsync() is not { Tag: (byte)'R' })
            return "no offer";

        await SendAsync(output => PgSaslInitialResponse.Write(output, binding is null ? ScramText.Plain : ScramText.Plus, scram.Begin()));
        if (await ReadAsync() is not { } message)
            return "closed";

        if (message.Tag == (byte)'E')
            return Describe(message.Body);

        if (!scram.TryContinue(message.Body.AsSpan(4), out var final, out var fault))
            return fault;

        await SendAsync(output => PgSaslResponse.Write(output, final));
        message = await ReadAsync() ?? default;
        if (message.Tag == (byte)'E')
            return Describe(message.Body);

        return message.Tag == (byte)'R' && scram.Verify(message.Body.AsSpan(4)) && await ReadAsync() is { Tag: (byte)'R' } ? "ok" : "the server's proof is wrong";
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static string Describe(byte[] body) => PgErrorResponse.TryParse(body, out var error)
        ? $"{Encoding.UTF8.GetString(error.Severity)} {Encoding.UTF8.GetString(error.Code)}: {Encoding.UTF8.GetString(error.Message)}"
        : "an error that is malformed";
}
