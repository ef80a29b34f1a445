using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire.MySql;
using TransportKind = JitProxy.Server.Accept.TransportKind;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>A MySQL server that follows a script, and the proxy's login to it. The password is <c>secret</c>.</summary>
internal sealed class MySqlUpstreamFixture : IAsyncDisposable
{
    public const string ServerText = "the server's own words";
    public const MySqlCapabilities Capabilities = MySqlLoginFixture.Server | MySqlCapabilities.LongFlag | MySqlCapabilities.ConnectAttributes | MySqlCapabilities.PluginAuthLenencData
        | MySqlCapabilities.ConnectWithDb | MySqlCapabilities.MultiResults | MySqlCapabilities.PsMultiResults | MySqlCapabilities.Transactions;

    public static readonly byte[] Nonce = [.. "abcdefghijklmnopqrst"u8];

    private readonly TransportFixture _transport;

    public MySqlUpstreamFixture(Func<MySqlScriptedPeer, Task> script) => _transport = new(TransportKind.Socket, async (connection, stop) =>
    {
        try
        {
            await script(new MySqlScriptedPeer(connection));
            await connection.LingerAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
        }
        catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The proxy hung up on the script, as it should on a bad one.
        }
    });

    public static Task GreetAsync(MySqlScriptedPeer server, string plugin = "caching_sha2_password", MySqlCapabilities capabilities = Capabilities) =>
        server.SendAsync((output, ref sequence) => MySqlHandshake.Write(
            output, ref sequence, "9.7.4"u8, 77, capabilities, 255, MySqlServerStatus.Autocommit, System.Text.Encoding.ASCII.GetBytes(plugin), Nonce));

    public static Task OkAsync(MySqlScriptedPeer server) => server.SendAsync(0, 0, 0, 2, 0, 0, 0);

    /// <summary>Reads the handshake response: the plugin that it names, and its proof.</summary>
    public static async Task<(string Plugin, byte[] Proof, MySqlCapabilities Capabilities)> ReadResponseAsync(MySqlScriptedPeer server) =>
        MySqlHandshakeResponse.TryParse(await server.ReadAsync(), out var response)
            ? (System.Text.Encoding.ASCII.GetString(response.Plugin), response.AuthResponse.ToArray(), response.Capabilities)
            : throw new IOException("the proxy's response is malformed");

    /// <summary>Signs in, and gives the result.</summary>
    public async Task<UpstreamLoginResult<MySqlUpstreamSession>> RunAsync(
        UpstreamTlsMode tls = UpstreamTlsMode.Disable, string? password = "secret", string? ca = null, string? database = "app", MySqlCapabilities client = default)
    {
        await using var connection = await _transport.ConnectAsync();
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        var target = new UpstreamConfiguration { Host = "127.0.0.1", Port = _transport.Port, User = "jitproxy", Password = password, Tls = tls, Ca = ca };
        return await new MySqlUpstreamLogin(target).RunAsync(connection, new(database, client), slow.Token);
    }

    /// <summary>Signs in, which must fail, and gives the fault. It names the server, and holds nothing that the server said.</summary>
    public async Task<UpstreamFault> FailAsync(UpstreamTlsMode tls = UpstreamTlsMode.Disable, string? password = "secret", string? ca = null)
    {
        var result = await RunAsync(tls, password, ca);
        if (result.TryGet(out _, out var fault))
            throw new InvalidOperationException("the login worked");

        NUnit.Framework.Assert.That(fault.Message, NUnit.Framework.Does.StartWith($"cannot sign in to 127.0.0.1:{_transport.Port} as jitproxy: "));
        NUnit.Framework.Assert.That(fault.Message, NUnit.Framework.Does.Not.Contain(ServerText));
        return fault;
    }

    public async ValueTask DisposeAsync() => await _transport.DisposeAsync();
}
