using System.Security.Authentication;
using System.Security.Cryptography;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire;
using JitProxy.Wire.Postgres;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class PostgresLoginTlsTests(TransportKind kind)
{
    private LoginFixture Start(ListenerTlsMode mode = ListenerTlsMode.Prefer, TlsIdentity? identity = null) =>
        new(mode, identity ?? TestCertificate.Create(), kind: kind);

    [Test]
    public async Task Bytes_behind_a_request_for_tls_are_an_injection()
    {
        await using var fixture = Start();
        foreach (var request in (Action<System.Buffers.IBufferWriter<byte>>[])[PgSslRequest.Write, PgGssEncRequest.Write])
        {
            await using var client = await fixture.ConnectAsync();
            await client.SendAsync([.. ScriptedClient.Bytes(request), .. ScriptedClient.Startup()]);
            Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(ProtocolViolation.BytesBeforeTls)));
            Assert.That(await client.IsClosedAsync(), Is.True, "and without the one-byte answer");
        }
    }

    [Test]
    public async Task Request_for_encryption_is_answered_once_each()
    {
        await using var fixture = new LoginFixture(ListenerTlsMode.Disable, kind: kind);
        await using (var client = await fixture.ConnectAsync())
        {
            await client.SendAsync(PgGssEncRequest.Write);
            Assert.That(await client.Connection.ReadExactlyAsync(1), Is.EqualTo("N"u8.ToArray()));
            Assert.That(await client.RequestTlsAsync(), Is.EqualTo('N'));
            await client.SendAsync(ScriptedClient.Startup());
            Assert.That(await client.SignInAsync("secret"), Is.EqualTo("ok"));
            await fixture.OutcomeAsync<LoginAccepted>();
        }

        foreach (var request in (Action<System.Buffers.IBufferWriter<byte>>[])[PgSslRequest.Write, PgGssEncRequest.Write])
        {
            await using var client = await fixture.ConnectAsync();
            await client.SendAsync(request);
            Assert.That(await client.Connection.ReadExactlyAsync(1), Is.EqualTo("N"u8.ToArray()));
            await client.SendAsync(request);
            Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(ProtocolViolation.EncryptionRequestRepeated)));
        }
    }

    [Test]
    public async Task Request_for_encryption_inside_tls_is_a_violation()
    {
        await using var fixture = Start();
        foreach (var request in (Action<System.Buffers.IBufferWriter<byte>>[])[PgSslRequest.Write, PgGssEncRequest.Write])
        {
            await using var client = await fixture.ConnectAsync();
            Assert.That(await client.RequestTlsAsync(), Is.EqualTo('S'));
            await client.SendAsync(request);
            Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(ProtocolViolation.EncryptionRequestRepeated)));
        }
    }

    [Test]
    public async Task Listener_that_requires_tls_refuses_before_it_asks_for_a_password()
    {
        await using var fixture = Start(ListenerTlsMode.Require);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(ScriptedClient.Startup());
        Assert.That(await client.ReadErrorAsync(), Is.EqualTo("FATAL 28000: this server requires TLS"));
        Assert.That((await fixture.OutcomeAsync<LoginRefused>()).Refusal, Is.EqualTo(LoginRefusal.TlsRequired));
    }

    [Test]
    public async Task Client_that_fails_the_handshake_is_refused()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(PgSslRequest.Write);
        Assert.That(await client.Connection.ReadExactlyAsync(1), Is.EqualTo("S"u8.ToArray()));
        await client.SendAsync(ScriptedClient.Startup());
        Assert.That((await fixture.OutcomeAsync<LoginRefused>()).Refusal, Is.EqualTo(LoginRefusal.TlsHandshake));
    }

    [Test]
    public async Task Direct_tls_with_the_protocols_name_signs_in()
    {
        await using var fixture = Start(ListenerTlsMode.Require);
        await using var client = await fixture.ConnectAsync();
        await client.StartTlsAsync("postgresql");
        await client.SendAsync(ScriptedClient.Startup());
        Assert.That(await client.SignInAsync("secret"), Is.EqualTo("ok"));
        await fixture.OutcomeAsync<LoginAccepted>();
    }

    [TestCase(null)]
    [TestCase("http/1.1")]
    public async Task Direct_tls_without_the_protocols_name_is_refused(string? alpn)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        try
        {
            await client.StartTlsAsync(alpn);
            await client.SendAsync(ScriptedClient.Startup());
            Assert.That(await client.IsClosedAsync(), Is.True);
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            // With a wrong name the handshake itself fails.
        }

        Assert.That((await fixture.OutcomeAsync<LoginRefused>()).Refusal, Is.EqualTo(LoginRefusal.TlsHandshake));
    }

    [Test]
    public async Task Client_bound_to_the_channel_signs_in_and_one_bound_to_another_does_not()
    {
        var identity = TestCertificate.Create();
        await using var fixture = Start(identity: identity);
        var binding = SHA256.HashData(identity.Certificate.RawData);
        foreach (var (bytes, couldBind, end) in new (byte[]?, bool, string)[]
        {
            (binding, true, "ok"), (null, false, "ok"), (SHA256.HashData(binding), true, "FATAL 28P01"), (null, true, "FATAL 28P01"),
        })
        {
            await using var client = await fixture.ConnectAsync();
            Assert.That(await client.RequestTlsAsync(), Is.EqualTo('S'));
            await client.SendAsync(ScriptedClient.Startup());
            Assert.That(await client.SignInAsync("secret", bytes, couldBind), Does.StartWith(end));
            await fixture.OutcomeAsync();
        }
    }

    [TestCase("RSA-SHA256")]
    [TestCase("RSA-SHA384")]
    [TestCase("ECDSA-SHA384")]
    public async Task Npgsql_binds_to_the_channel(string certificate)
    {
        await using var fixture = Start(ListenerTlsMode.Require, TlsIdentity.Create(ChannelBindingTests.Certificate(certificate)));
        foreach (var negotiation in (SslNegotiation[])[SslNegotiation.Postgres, SslNegotiation.Direct])
        {
            var settings = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = fixture.Port,
                Username = "alice",
                Password = "secret",
                Database = "app",
                SslMode = SslMode.Require,
                SslNegotiation = negotiation,
                ChannelBinding = Npgsql.ChannelBinding.Require,
                Pooling = false,
            };
            var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
            await using var source = builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false)).Build();
            await using var connection = await source.OpenConnectionAsync();
            Assert.That((await fixture.OutcomeAsync<LoginAccepted>()).Database, Is.EqualTo("app"));
        }
    }
}
