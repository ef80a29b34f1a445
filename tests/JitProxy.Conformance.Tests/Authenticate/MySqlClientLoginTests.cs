using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Storage.Users;
using JitProxy.Wire.MySql;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using TransportKind = JitProxy.Server.Accept.TransportKind;

namespace JitProxy.Conformance.Tests.Authenticate;

/// <summary>The command lines of MariaDB and of MySQL sign in to a listener, whichever server it stands for. Every command is answered with OK.</summary>
[TestFixture]
internal sealed class MySqlClientLoginTests
{
    private const MySqlCapabilities Server = MySqlCapabilities.LongPassword | MySqlCapabilities.SessionTrack | MySqlCapabilities.DeprecateEof | MySqlCapabilities.MultiResults;

    private readonly MySqlServers _servers = new();

    [OneTimeTearDown]
    public void Stop() => _servers.Dispose();

    [Test]
    public async Task Command_line_signs_in_and_is_refused(
        [Values("mariadb", "mysql")] string client, [Values] bool isMariaDb, [Values] bool isTls, [Values("secret", "wrong")] string password)
    {
        var program = client == "mysql" ? $"{ThrowAwayMySql.Programs}/mysql" : "mariadb";
        using var identity = TlsIdentity.Load(_servers.Certificate, _servers.Key);
        using var key = new MySqlRsaKey();
        var outcomes = new List<LoginOutcome>();
        var login = new MySqlLogin(Options(identity, key));
        var greeting = isMariaDb ? MySqlGreeting.Of("5.5.5-10.11.19-MariaDB", Server & ~MySqlCapabilities.LongPassword, 45) : MySqlGreeting.Of("9.7.4", Server, 255);
        using var transport = Transport.Create(new() { Kind = TransportKind.Socket }, NullLogger.Instance);
        await using var listener = Listener.Start(
            transport,
            new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            new(10),
            new(async (connection, stop) =>
            {
                var outcome = await login.RunAsync(connection, greeting, stop);
                lock (outcomes)
                    outcomes.Add(outcome);

                if (outcome is MySqlLoginAccepted accepted)
                    await AnswerAsync(connection, accepted, stop);
                else
                    await connection.LingerAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
            }),
            TimeProvider.System,
            NullLogger.Instance);

        string[] tls = (client, isTls) switch
        {
            ("mysql", true) => ["--ssl-mode=REQUIRED"],
            ("mysql", false) => ["--ssl-mode=DISABLED", "--get-server-public-key"],
            (_, true) => ["--ssl"],
            (_, false) => ["--skip-ssl"],
        };
        var port = ((System.Net.IPEndPoint)listener.LocalEndPoint).Port;
        var run = await ProcessRun.RunAsync(program, ["--no-defaults", "-h127.0.0.1", $"-P{port}", "-ualice", $"-p{password}", .. tls, "-e", "DO 1", "app"]);
        Assert.That(run.ExitCode == 0, Is.EqualTo(password == "secret"), run.Error);
        LoginOutcome[] seen;
        lock (outcomes)
            seen = [.. outcomes];

        Assert.That(seen, Has.Length.EqualTo(1));
        if (password == "secret")
        {
            Assert.That(((MySqlLoginAccepted)seen[0]).Database, Is.EqualTo("app"));
            Assert.That((((MySqlLoginAccepted)seen[0]).Capabilities & MySqlCapabilities.Ssl) != 0, Is.EqualTo(isTls));
        }
        else
        {
            Assert.That(run.Error, Does.Contain("ERROR 1045 (28000)"));
            Assert.That(((LoginRefused)seen[0]).Refusal, Is.EqualTo(LoginRefusal.Credentials).Or.EqualTo(LoginRefusal.SecretInClear));
        }
    }

    private static MySqlLoginOptions Options(TlsIdentity identity, MySqlRsaKey key)
    {
        if (!PasswordVerifiers.TryDerive("secret", new byte[16], 4096, out var verifiers, out var fault))
            throw new InvalidOperationException(fault);

        var account = new MySqlAccount([new(verifiers.Sha256Twice, verifiers.Sha1Twice)]);
        return new()
        {
            TlsMode = ListenerTlsMode.Prefer,
            Identity = identity,
            RsaKey = key,
            FindUser = _ => account,
            NextConnectionId = static () => 1,
            Limiter = new(TimeProvider.System),
            Timeout = TimeSpan.FromSeconds(10),
            Clock = TimeProvider.System,
        };
    }

    private static async Task AnswerAsync(Connection connection, MySqlLoginAccepted accepted, CancellationToken stop)
    {
        var sequence = accepted.Sequence;
        MySqlOk.Write(connection.Output, ref sequence, accepted.Capabilities, MySqlServerStatus.Autocommit);
        await connection.Output.FlushAsync(stop);
        while (await LoginReader.ReadPacketAsync(connection, 1 << 20, stop) is { } command && command.Payload is not [(byte)MySqlCommand.Quit])
        {
            sequence = MySqlPacketHeader.Next(command.Sequence);
            MySqlOk.Write(connection.Output, ref sequence, accepted.Capabilities, MySqlServerStatus.Autocommit);
            await connection.Output.FlushAsync(stop);
        }
    }
}
