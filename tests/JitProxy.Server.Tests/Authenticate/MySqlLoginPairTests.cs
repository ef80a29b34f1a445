using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire.MySql;
using NUnit.Framework;
using TransportKind = JitProxy.Server.Accept.TransportKind;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>The proxy's login to upstreams against its login of clients.</summary>
[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class MySqlLoginPairTests(TransportKind kind)
{
    [Test]
    public async Task Right_password_signs_in([Values] bool isMariaDb, [Values(UpstreamTlsMode.Disable, UpstreamTlsMode.Prefer, UpstreamTlsMode.Require)] UpstreamTlsMode tls)
    {
        using var identity = TestCertificate.Create();
        var greeting = isMariaDb ? MySqlLoginFixture.MariaDb : MySqlLoginFixture.MySql;
        await using var fixture = new MySqlLoginFixture(identity: identity, kind: kind, greeting: greeting);
        var result = await SignInAsync(fixture, "secret", tls);
        Assert.That(result.TryGet(out var session, out var fault), Is.True, fault?.Message);
        var accepted = await fixture.OutcomeAsync<MySqlLoginAccepted>();
        Assert.That((accepted.User, accepted.Database, accepted.Program, accepted.CharacterSet), Is.EqualTo(("alice", "app", "jitproxy", (byte)45)));
        Assert.That(session!.ConnectionId, Is.EqualTo(accepted.ConnectionId));
        Assert.That(session.Version, Is.EqualTo(greeting.Version));
        Assert.That(session.IsMariaDb, Is.EqualTo(isMariaDb));
        Assert.That(session.Capabilities, Is.EqualTo(accepted.Capabilities), "both ends agree on the same");
        Assert.That((session.Capabilities & MySqlCapabilities.Ssl) != 0, Is.EqualTo(tls != UpstreamTlsMode.Disable));
        Assert.That((session.Capabilities & MySqlCapabilities.DeprecateEof) != 0, Is.True, "as the client behind");
        Assert.That((session.Capabilities & MySqlCapabilities.FoundRows) != 0, Is.False, "nor this");
        Assert.That(session.Status, Is.EqualTo(MySqlServerStatus.Autocommit));
    }

    [Test]
    public async Task Wrong_password_does_not([Values] bool isMariaDb, [Values(UpstreamTlsMode.Disable, UpstreamTlsMode.Require)] UpstreamTlsMode tls)
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new MySqlLoginFixture(identity: identity, kind: kind, greeting: isMariaDb ? MySqlLoginFixture.MariaDb : MySqlLoginFixture.MySql);
        var result = await SignInAsync(fixture, "wrong", tls);
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        if (!isMariaDb && tls == UpstreamTlsMode.Require)
        {
            // The listener asks for the password itself, and this end does not give it to a server that it has not verified.
            Assert.That(fault!.Message, Does.Contain("asks for the password itself"));
            Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new ClientLeft()));
            return;
        }

        Assert.That((fault!.ErrorCode, fault.SqlState), Is.EqualTo((1045, "28000")));
        Assert.That(fault.ServerText, Is.EqualTo("Access denied for user 'alice' (using password: YES)"));
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.Credentials));
    }

    private static async Task<UpstreamLoginResult<MySqlUpstreamSession>> SignInAsync(MySqlLoginFixture fixture, string password, UpstreamTlsMode tls)
    {
        await using var connection = await fixture.ConnectBareAsync();
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        var target = new UpstreamConfiguration { Host = "127.0.0.1", Port = fixture.Port, User = "alice", Password = password, Tls = tls, Ca = null };
        return await new MySqlUpstreamLogin(target).RunAsync(connection, new("app", MySqlCapabilities.DeprecateEof), slow.Token);
    }
}
