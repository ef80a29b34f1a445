using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>A server that follows a script, and the proxy's login to it.</summary>
internal sealed class UpstreamFixture : IAsyncDisposable
{
    public const string ServerText = "the server's own words";
    private readonly TransportFixture _transport;

    public UpstreamFixture(Func<ScriptedClient, Task> script) => _transport = new(TransportKind.Socket, async (connection, stop) =>
    {
        try
        {
            await script(new ScriptedClient(connection));
            await connection.LingerAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
        }
        catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The proxy hung up on the script, as it should on a bad one.
        }
    });

    /// <summary>Signs in, and gives the result.</summary>
    public async Task<UpstreamLoginResult<UpstreamSession>> RunAsync(
        UpstreamTlsMode tls = UpstreamTlsMode.Disable,
        string? password = "secret",
        string? ca = null,
        string host = "127.0.0.1",
        Dictionary<string, string>? settings = null)
    {
        await using var connection = await _transport.ConnectAsync();
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        var target = new UpstreamConfiguration { Host = host, Port = _transport.Port, User = "jitproxy", Password = password, Tls = tls, Ca = ca };
        return await new UpstreamLogin(target, new()).RunAsync(connection, "app", settings ?? [], slow.Token);
    }

    /// <summary>Signs in, which must fail, and gives the fault. It names the server, and holds nothing that the server said.</summary>
    public async Task<UpstreamFault> FailAsync(UpstreamTlsMode tls = UpstreamTlsMode.Disable, string? password = "secret", string? ca = null, string host = "127.0.0.1")
    {
        var result = await RunAsync(tls, password, ca, host);
        if (result.TryGet(out _, out var fault))
            throw new InvalidOperationException("the login worked");

        NUnit.Framework.Assert.That(fault.Message, NUnit.Framework.Does.StartWith($"cannot sign in to {host}:{_transport.Port} as jitproxy: "));
        NUnit.Framework.Assert.That(fault.Message, NUnit.Framework.Does.Not.Contain(ServerText));
        return fault;
    }

    public async ValueTask DisposeAsync() => await _transport.DisposeAsync();

    /// <summary>Reads the startup packet.</summary>
    public static async Task<OpeningPacket> ReadOpeningAsync(ScriptedClient server)
    {
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        return await LoginReader.ReadOpeningAsync(server.Connection, slow.Token) ?? throw new IOException("the proxy closed");
    }

    /// <summary>Plays the server's half of SCRAM.</summary>
    public static async Task ScramAsync(ScriptedClient server, string password = "secret", byte[]? binding = null)
    {
        var salt = new byte[16];
        await server.SendAsync(output =>
        {
            if (binding is null)
                PgAuthentication.WriteSasl(output, ScramText.Plain);
            else
                PgAuthentication.WriteSasl(output, ScramText.Plus, ScramText.Plain);
        });
        var first = await server.ReadAsync() ?? throw new IOException("the proxy closed");
        var (scram, answer) = Begin(first.Body, new(salt, 4096, [LoginFixture.Credential(password, salt)]), binding);
        await server.SendAsync(output => PgAuthentication.WriteSaslContinue(output, answer));
        var second = await server.ReadAsync() ?? throw new IOException("the proxy closed");
        if (scram.TryFinish(second.Body, out var final, out _) != ScramFault.None)
        {
            await server.SendAsync(output => PgErrorResponse.Write(output, new PgNotice("FATAL", "28P01", ServerText)));
            return;
        }

        await server.SendAsync(output =>
        {
            PgAuthentication.WriteSaslFinal(output, final);
            PgAuthentication.WriteOk(output);
        });
    }

    /// <summary>What a server sends once the login is done.</summary>
    public static Task ReadyAsync(ScriptedClient server) => server.SendAsync(output =>
    {
        PgParameterStatus.Write(output, "server_version"u8, "15.18"u8);
        PgBackendKeyData.Write(output, 77, [1, 2, 3, 4]);
        PgReadyForQuery.Write(output, PgTransactionStatus.Idle);
    });

    private static (ScramServer Server, byte[] Answer) Begin(byte[] body, ScramAccount account, byte[]? binding)
    {
        if (!PgSaslInitialResponse.TryParse(body, out var initial))
            throw new IOException("the proxy sent a malformed message");

        var server = new ScramServer(account, binding, initial.Mechanism.SequenceEqual(ScramText.Plus));
        var fault = server.TryBegin(initial.Data.Bytes, out var answer);
        return fault == ScramFault.None ? (server, answer!) : throw new IOException($"the proxy's SCRAM failed: {fault}");
    }
}
