using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using JitProxy.Server.Tests.Accept;
using JitProxy.Server.Tests.Authenticate;
using JitProxy.Wire.MySql;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Forward;

/// <summary>Somebody in the middle, or in the server's place, asks for the service password: catalogue reads, probes and checks never tell it.</summary>
internal sealed class RogueServerTests
{
    private const string Password = "the-service-password";

    [TestCase(UpstreamTlsMode.Prefer, true)]
    [TestCase(UpstreamTlsMode.Prefer, false)]
    [TestCase(UpstreamTlsMode.Require, true)]
    [TestCase(UpstreamTlsMode.VerifyFull, true)]
    public async Task MySql_server_that_asks_for_the_password_does_not_get_it(UpstreamTlsMode tls, bool hasTls)
    {
        using var identity = MySqlTls.Identity("127.0.0.1");
        foreach (var ask in new[] { Full, Clear })
        {
            var heard = new List<byte[]>();
            await using var rogue = Rogue(async connection =>
            {
                var server = new MySqlScriptedPeer(connection);
                await MySqlUpstreamFixture.GreetAsync(
                    server, capabilities: hasTls ? MySqlUpstreamFixture.Capabilities : MySqlUpstreamFixture.Capabilities & ~MySqlCapabilities.Ssl);
                if (hasTls)
                    await MySqlTls.StartAsync(server, identity);

                heard.Add(await server.ReadAsync() ?? []);
                await ask(server);
                while (await server.ReadAsync() is { } more)
                    heard.Add(more);
            });
            await AssertSilentAsync(rogue, tls, heard, t => MySqlCatalogueReader.ReadAsync(t, "app", CancellationToken.None));
            await using var probe = new MySqlCatalogueProbe(TimeProvider.System);
            await AssertSilentAsync(rogue, tls, heard, t => probe.ReadAsync(t, CancellationToken.None));
        }
    }

    [TestCase(UpstreamTlsMode.Prefer, true)]
    [TestCase(UpstreamTlsMode.Prefer, false)]
    [TestCase(UpstreamTlsMode.Require, true)]
    [TestCase(UpstreamTlsMode.Disable, false)]
    public async Task Postgres_server_that_asks_for_the_password_does_not_get_it(UpstreamTlsMode tls, bool hasTls)
    {
        using var identity = MySqlTls.Identity("127.0.0.1");
        var heard = new List<byte[]>();
        await using var rogue = Rogue(async connection =>
        {
            var server = new ScriptedClient(connection);
            var opening = await UpstreamFixture.ReadOpeningAsync(server);
            while (opening.Kind != PgOpeningKind.Startup)
            {
                var accepts = hasTls && opening.Kind == PgOpeningKind.SslRequest;
                await connection.SendAsync(accepts ? "S"u8.ToArray() : "N"u8.ToArray());
                if (accepts)
                    await connection.UpgradeToServerTlsAsync(identity.ServerOptions(), TlsStart.Announced);

                opening = await UpstreamFixture.ReadOpeningAsync(server);
            }

            heard.Add(opening.Body);
            await server.SendAsync(PgAuthentication.WriteCleartextPassword);
            while (await server.ReadAsync() is { } more)
                heard.Add(more.Body);
        });
        await AssertSilentAsync(rogue, tls, heard, t => PostgresCatalogueReader.ReadAsync(t, "app", CancellationToken.None));
        await AssertSilentAsync(rogue, tls, heard, t => PostgresCatalogueProbe.ReadAsync(t, "app", CancellationToken.None));
    }

    [Test]
    public async Task MySql_server_that_answers_nonsense_is_a_fault_and_no_catalogue()
    {
        byte[][] answers = [[0xFB, (byte)'f'], [0xFF], [], [200, 1], [4, 0, 0], [0xFE, 0, 0, 2, 0]];
        foreach (var answer in answers)
        {
            await using var rogue = Rogue(async connection =>
            {
                var server = new MySqlScriptedPeer(connection);
                await MySqlUpstreamFixture.GreetAsync(server, capabilities: MySqlUpstreamFixture.Capabilities & ~MySqlCapabilities.Ssl);
                await server.ReadAsync();
                await MySqlUpstreamFixture.OkAsync(server);
                server.Sequence = 0;
                await server.ReadAsync();
                await server.SendAsync(0, 0, 0, 2, 0, 0, 0);
                server.Sequence = 0;
                await server.ReadAsync();
                await server.SendAsync(answer);
            });
            Assert.That(
                () => MySqlCatalogueReader.ReadAsync(Target(rogue, UpstreamTlsMode.Disable), "app", CancellationToken.None),
                Throws.InstanceOf<CatalogueFaultException>(),
                Convert.ToHexString(answer));
        }
    }

    // caching_sha2_password without its fast path, and the plugin that has no other.
    private static Task Full(MySqlScriptedPeer server) => server.SendAsync((output, ref sequence) => MySqlAuthMoreData.Write(output, ref sequence, [4]));

    private static Task Clear(MySqlScriptedPeer server) =>
        server.SendAsync((output, ref sequence) => MySqlAuthSwitchRequest.Write(output, ref sequence, "mysql_clear_password"u8, []));

    private static TransportFixture Rogue(Func<Connection, Task> serve) => new(Server.Accept.TransportKind.Socket, async (connection, stop) =>
    {
        try
        {
            await serve(connection);
        }
        catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The proxy hung up, as it should.
        }
    });

    private static UpstreamConfiguration Target(TransportFixture rogue, UpstreamTlsMode tls) =>
        new() { Host = "127.0.0.1", Port = rogue.Port, User = "jitproxy", Password = Password, Tls = tls, Ca = null };

    private static async Task AssertSilentAsync<T>(TransportFixture rogue, UpstreamTlsMode tls, List<byte[]> heard, Func<UpstreamConfiguration, Task<T>> read)
    {
        heard.Clear();
        try
        {
            await read(Target(rogue, tls));
            Assert.Fail("the rogue server was believed");
        }
        catch (CatalogueFaultException fault)
        {
            Assert.That(fault.Fault.Message, Does.Contain($"127.0.0.1:{rogue.Port}").And.Not.Contain(Password));
        }

        if (tls != UpstreamTlsMode.VerifyFull)
            Assert.That(heard, Is.Not.Empty, "the login went as far as the question");

        Assert.That(heard.Select(Encoding.Latin1.GetString), Has.None.Contains(Password));
    }
}
