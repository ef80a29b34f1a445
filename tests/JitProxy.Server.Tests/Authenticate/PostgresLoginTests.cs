using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class PostgresLoginTests(TransportKind kind)
{
    [Test]
    public async Task Right_password_signs_in_also_one_byte_at_a_time([Values] bool isSliced)
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using var connection = await fixture.ConnectAsync();
        await using var client = new ScriptedClient(connection.Connection) { IsSliced = isSliced };
        await client.SendAsync(ScriptedClient.Startup(PgStartup.Version30, "user", "alice", "application_name", "psql", "DateStyle", "ISO"));
        Assert.That(await client.SignInAsync("secret"), Is.EqualTo("ok"));
        var login = await fixture.OutcomeAsync<LoginAccepted>();
        Assert.That(login.User, Is.EqualTo("alice"));
        Assert.That(login.Database, Is.EqualTo("alice"), "the database's name defaults to the user's");
        Assert.That(login.ProtocolMinor, Is.Zero);
        Assert.That(login.Settings, Is.EquivalentTo(new Dictionary<string, string> { ["application_name"] = "psql", ["datestyle"] = "ISO" }));
    }

    [Test]
    public async Task Wrong_password_and_unknown_user_look_the_same()
    {
        await using var fixture = new LoginFixture(kind: kind);
        foreach (var user in (string[])["alice", "nobody"])
        {
            await using var client = await fixture.ConnectAsync();
            await client.SendAsync(ScriptedClient.Startup(user));
            Assert.That(await client.SignInAsync("wrong"), Is.EqualTo($"FATAL 28P01: password authentication failed for user \"{user}\""));
            var refused = await fixture.OutcomeAsync<LoginRefused>();
            Assert.That(refused.Refusal, Is.EqualTo(LoginRefusal.Credentials));
            Assert.That(refused.User, Is.EqualTo(user));
            Assert.That(await client.IsClosedAsync(), Is.True);
        }
    }

    [Test]
    public async Task Token_that_ended_during_the_login_does_not_sign_in()
    {
        var salt = new byte[16];
        var ended = LoginFixture.Credential("token", salt) with { TokenId = 7, ExpiresAt = DateTimeOffset.UnixEpoch };
        var valid = LoginFixture.Credential("other", salt) with { TokenId = 8, ExpiresAt = DateTimeOffset.MaxValue };
        await using var fixture = new LoginFixture(kind: kind, alice: new(salt, 4096, [ended, valid]));
        await using (var client = await fixture.ConnectAsync())
        {
            await client.SendAsync(ScriptedClient.Startup());
            Assert.That(await client.SignInAsync("token"), Does.StartWith("FATAL 28P01"));
            await fixture.OutcomeAsync<LoginRefused>();
        }

        await using var next = await fixture.ConnectAsync();
        await next.SendAsync(ScriptedClient.Startup());
        Assert.That(await next.SignInAsync("other"), Is.EqualTo("ok"));
        Assert.That((await fixture.OutcomeAsync<LoginAccepted>()).Credential.TokenId, Is.EqualTo(8));
    }

    [Test]
    public async Task Ten_failures_close_the_door_for_that_user_only()
    {
        await using var fixture = new LoginFixture(kind: kind);
        for (var count = 0; count < LoginLimiter.FailuresFree; count++)
        {
            await using var client = await fixture.ConnectAsync();
            await client.SendAsync(ScriptedClient.Startup());
            await client.SignInAsync("wrong");
            await fixture.OutcomeAsync<LoginRefused>();
        }

        await using (var client = await fixture.ConnectAsync())
        {
            await client.SendAsync(ScriptedClient.Startup());
            Assert.That(await client.ReadErrorAsync(), Is.EqualTo("FATAL 53300: too many failed logins"));
            Assert.That((await fixture.OutcomeAsync<LoginRefused>()).Refusal, Is.EqualTo(LoginRefusal.TooManyFailures));
        }

        await using var other = await fixture.ConnectAsync();
        await other.SendAsync(ScriptedClient.Startup("bob"));
        Assert.That(await other.SignInAsync("wrong"), Does.StartWith("FATAL 28P01"));
    }

    [Test]
    public async Task Cancel_request_comes_as_its_key_and_gets_no_answer([Values(4, 32, 256)] int keySize)
    {
        await using var fixture = new LoginFixture(ListenerTlsMode.Require, TestCertificate.Create(), kind: kind);
        await using var client = await fixture.ConnectAsync();
        var key = Enumerable.Range(0, keySize).Select(value => (byte)value).ToArray();
        await client.SendAsync(output => PgCancelRequest.Write(output, 4711, key));
        var asked = await fixture.OutcomeAsync<CancelAsked>();
        Assert.That(asked.ProcessId, Is.EqualTo(4711));
        Assert.That(asked.Key, Is.EqualTo(key));
        Assert.That(await client.IsClosedAsync(), Is.True);
    }

    [TestCase(0, -1, "ok", 0)]
    [TestCase(2, -1, "ok", 2)]
    [TestCase(1, 0, "ok", 0)]
    [TestCase(3, 2, "ok", 2)]
    [TestCase(9999, 2, "ok", 2)]
    public async Task Minor_version_is_negotiated_once(int asked, int told, string end, int agreed)
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(ScriptedClient.Startup((3 << 16) | asked, "user", "alice"));
        if (told >= 0)
        {
            var message = await client.ReadAsync();
            Assert.That(message!.Value.Tag, Is.EqualTo((byte)'v'));
            Assert.That(message.Value.Body, Is.EqualTo(new byte[] { 0, 3, 0, (byte)told, 0, 0, 0, 0 }));
        }

        Assert.That(await client.SignInAsync("secret"), Is.EqualTo(end));
        Assert.That((await fixture.OutcomeAsync<LoginAccepted>()).ProtocolMinor, Is.EqualTo(agreed));
    }

    [Test]
    public async Task Unknown_protocol_options_are_all_named_and_ignored()
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(ScriptedClient.Startup((3 << 16) | 9999, "user", "alice", "_pq_.test_protocol_negotiation", "", "_pq_.x", "1"));
        var message = await client.ReadAsync();
        Assert.That(message!.Value.Body, Is.EqualTo((byte[])[0, 3, 0, 2, 0, 0, 0, 2, .. "_pq_.test_protocol_negotiation\0_pq_.x\0"u8]));
        Assert.That(await client.SignInAsync("secret"), Is.EqualTo("ok"));
        Assert.That((await fixture.OutcomeAsync<LoginAccepted>()).Settings, Is.Empty);
    }

    [TestCase(2 << 16)]
    [TestCase(4 << 16)]
    [TestCase(0)]
    [TestCase(-1)]
    public async Task Other_major_version_is_refused(int version)
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(ScriptedClient.Startup(version, "user", "alice"));
        Assert.That(await client.ReadErrorAsync(), Does.StartWith("FATAL 0A000: unsupported protocol version"));
        Assert.That((await fixture.OutcomeAsync<LoginRefused>()).Refusal, Is.EqualTo(LoginRefusal.ProtocolVersion));
    }

    [Test]
    public async Task Client_that_stays_silent_is_dropped_in_time()
    {
        await using var fixture = new LoginFixture(kind: kind, timeout: TimeSpan.FromMilliseconds(50));
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync([0, 0]);
        Assert.That((await fixture.OutcomeAsync<LoginRefused>()).Refusal, Is.EqualTo(LoginRefusal.Timeout));
    }

    [Test]
    public async Task Client_cut_off_at_any_byte_of_its_startup_is_gone_or_truncated()
    {
        await using var fixture = new LoginFixture(kind: kind);
        var startup = ScriptedClient.Startup();
        for (var size = 0; size < startup.Length; size++)
        {
            await using var client = await fixture.ConnectAsync();
            if (size > 0)
                await client.SendAsync(startup[..size]);

            await client.Connection.ShutdownOutputAsync();
            var outcome = await fixture.OutcomeAsync();
            Assert.That(outcome, size == 0 ? Is.EqualTo(new ClientLeft()) : Is.EqualTo(new LoginBroken(ProtocolViolation.Truncated)), $"{size}");
        }
    }

    [Test]
    public async Task Client_that_leaves_when_asked_for_a_password_has_left()
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(ScriptedClient.Startup());
        await client.ReadAsync();
        await client.Connection.ShutdownOutputAsync();
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new ClientLeft()));
    }

    private static readonly (byte[] Bytes, ProtocolViolation Violation)[] Garbage =
    [
        ("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), ProtocolViolation.StartupMalformed),
        ([0, 0, 0, 7, 0, 3, 0], ProtocolViolation.StartupMalformed),
        ([255, 255, 255, 255, 0, 3, 0, 0], ProtocolViolation.StartupMalformed),
        ([0, 0, 39, 17, 0, 3, 0, 0], ProtocolViolation.StartupMalformed),
        ([0, 0, 0, 8, 0, 3, 0, 0], ProtocolViolation.StartupMalformed),
        ([0, 0, 0, 14, 0, 3, 0, 0, .. "user\0a"u8], ProtocolViolation.StartupMalformed),
        ([0, 0, 0, 29, 0, 3, 0, 0, .. "user\0alice\0user\0bob\0\0"u8[..21]], ProtocolViolation.StartupMalformed),
        ([0, 0, 0, 15, 4, 210, 22, 46, 0, 0, 0, 1, 1, 2, 3], ProtocolViolation.StartupMalformed),
        ([0x16, 3, 1, 0, 0], ProtocolViolation.StartupMalformed),
    ];

    [Test]
    public async Task Garbage_before_the_login_is_a_violation([Range(0, 8)] int index)
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(Garbage[index].Bytes);
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(Garbage[index].Violation)));
        Assert.That(await client.IsClosedAsync(), Is.True);
    }

    private static readonly (byte[] Bytes, ProtocolViolation Violation)[] AuthenticationGarbage =
    [
        (PgMessages.Sync.ToArray(), ProtocolViolation.MessageUnexpected),
        ([(byte)'Q', 0, 0, 0, 5, 0], ProtocolViolation.MessageUnexpected),
        ([(byte)'p', 0, 0, 0, 3], ProtocolViolation.FrameLength),
        ([(byte)'p', 255, 255, 255, 255], ProtocolViolation.FrameLength),
        ([(byte)'p', 0, 1, 0, 0], ProtocolViolation.FrameLength),
        ([(byte)'p', 0, 0, 0, 4], ProtocolViolation.MessageMalformed),
        (ScriptedClient.Bytes(output => PgPassword.Write(output, "secret"u8)), ProtocolViolation.MessageMalformed),
        (ScriptedClient.Bytes(output => PgSaslInitialResponse.Write(output, "SCRAM-SHA-1"u8, "n,,n=,r=abc"u8)), ProtocolViolation.MessageMalformed),
        (ScriptedClient.Bytes(output => PgSaslInitialResponse.Write(output, ScramText.Plus, "p=tls-server-end-point,,n=,r=abc"u8)), ProtocolViolation.MessageMalformed),
        (ScriptedClient.Bytes(output => PgSaslInitialResponse.Write(output, ScramText.Plain, "n,,r=abc"u8)), ProtocolViolation.MessageMalformed),
    ];

    [Test]
    public async Task Garbage_during_the_login_is_a_violation_and_the_next_client_signs_in([Range(0, 9)] int index)
    {
        await using var fixture = new LoginFixture(kind: kind);
        await using (var client = await fixture.ConnectAsync())
        {
            await client.SendAsync(ScriptedClient.Startup());
            await client.ReadAsync();
            await client.SendAsync(AuthenticationGarbage[index].Bytes);
            Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(AuthenticationGarbage[index].Violation)));
            if (AuthenticationGarbage[index].Violation == ProtocolViolation.MessageMalformed)
                Assert.That(await client.ReadErrorAsync(), Does.StartWith("FATAL 08P01"));
        }

        await using var next = await fixture.ConnectAsync();
        await next.SendAsync(ScriptedClient.Startup());
        Assert.That(await next.SignInAsync("secret"), Is.EqualTo("ok"));
    }
}
