using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire;
using JitProxy.Wire.MySql;
using MySqlConnector;
using NUnit.Framework;
using TransportKind = JitProxy.Server.Accept.TransportKind;

namespace JitProxy.Server.Tests.Authenticate;

[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class MySqlLoginTlsTests(TransportKind kind)
{
    private const string Sha2 = "caching_sha2_password";

    [Test]
    public async Task Client_signs_in_over_tls_with_a_proof_or_the_password_itself([Values("proof", "password", "wrong", "unended", "empty")] string how, [Values] bool isSliced)
    {
        await using var fixture = Start(ListenerTlsMode.Require);
        await using var client = await fixture.ConnectAsync(isSliced);
        var nonce = await client.ReadGreetingAsync();
        await client.StartTlsAsync();
        await client.RespondAsync("alice", how == "proof" ? MySqlProof.CachingSha2("secret"u8, nonce) : new byte[32], Sha2, capabilities: MySqlCapabilities.Ssl);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(how == "proof" ? "more 03" : "more 04"));
        if (how != "proof")
            await client.SendAsync(Encoding.UTF8.GetBytes(how switch { "password" => "secret\0", "wrong" => "wrong\0", "unended" => "secret", _ => "" }));

        if (how is "proof" or "password")
        {
            Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("ok"));
            Assert.That(((await fixture.OutcomeAsync<MySqlLoginAccepted>()).Capabilities & MySqlCapabilities.Ssl) != 0, Is.True);
        }
        else
        {
            Assert.That(await client.ReadAnswerAsync(), Does.StartWith("ERROR 1045"));
            Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.Credentials));
        }
    }

    [Test]
    public async Task Listener_that_requires_tls_refuses_before_it_looks_at_a_proof()
    {
        await using var fixture = Start(ListenerTlsMode.Require);
        await using var client = await fixture.ConnectAsync();
        var nonce = await client.ReadGreetingAsync();
        await client.RespondAsync("alice", MySqlProof.CachingSha2("secret"u8, nonce), Sha2);
        Assert.That(await client.ReadAnswerAsync(), Does.StartWith("ERROR 3159 HY000: this server requires TLS"));
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.TlsRequired));
    }

    [Test]
    public async Task Bytes_in_clear_behind_the_request_are_an_injection([Values] bool areTogether)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        var nonce = await client.ReadGreetingAsync();
        var request = client.Bytes((output, ref sequence) => MySqlSslRequest.Write(output, ref sequence, MySqlCapabilities.Ssl, 0, 45));
        var response = client.Bytes((output, ref sequence) => MySqlHandshakeResponse.Write(
            output, ref sequence, MySqlCapabilities.Ssl, 0, 45, "alice"u8, MySqlProof.CachingSha2("secret"u8, nonce), default, "caching_sha2_password"u8, []));
        if (areTogether)
        {
            await client.SendBytesAsync([.. request, .. response]);
        }
        else
        {
            await client.SendBytesAsync(request);
            await client.SendBytesAsync(response);
        }

        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(ProtocolViolation.BytesBeforeTls)));
        Assert.That(await client.IsClosedAsync(), Is.True);
    }

    [Test]
    public async Task Bytes_in_clear_in_the_middle_of_the_handshake_fail_it()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.SendAsync((output, ref sequence) => MySqlSslRequest.Write(output, ref sequence, MySqlCapabilities.Ssl, 0, 45));
        await client.SendBytesAsync([0x16, 1, 0, 0, 2, .. "alice\0"u8]);
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.TlsHandshake));
    }

    [Test]
    public async Task Request_inside_tls_is_a_violation()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.StartTlsAsync();
        await client.SendAsync((output, ref sequence) => MySqlSslRequest.Write(output, ref sequence, MySqlCapabilities.Ssl, 0, 45));
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(ProtocolViolation.EncryptionRequestRepeated)));
    }

    [Test]
    public async Task Client_that_claims_tls_and_has_none_is_cut_off()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        var nonce = await client.ReadGreetingAsync();
        await client.RespondAsync("alice", MySqlProof.CachingSha2("secret"u8, nonce), Sha2, capabilities: MySqlCapabilities.Ssl);
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(ProtocolViolation.MessageUnexpected)));
    }

    [Test]
    public async Task Client_that_leaves_behind_its_request_has_left()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.SendAsync((output, ref sequence) => MySqlSslRequest.Write(output, ref sequence, MySqlCapabilities.Ssl, 0, 45));
        await client.Connection.ShutdownOutputAsync();
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new ClientLeft()));
    }

    [Test]
    public async Task MySqlConnector_signs_in_and_is_refused([Values] bool isMariaDb, [Values(MySqlSslMode.Disabled, MySqlSslMode.Required)] MySqlSslMode tls, [Values("secret", "wrong")] string password)
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new MySqlLoginFixture(identity: identity, kind: kind, greeting: isMariaDb ? MySqlLoginFixture.MariaDb : MySqlLoginFixture.MySql);
        var settings = new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)fixture.Port,
            UserID = "alice",
            Password = password,
            Database = "app",
            SslMode = tls,
            AllowPublicKeyRetrieval = true,
            Pooling = false,
        };
        await using var connection = new MySqlConnection(settings.ConnectionString);
        if (password == "wrong")
        {
            Assert.That((Assert.ThrowsAsync<MySqlException>(() => connection.OpenAsync()))!.ErrorCode, Is.EqualTo(MySqlErrorCode.AccessDenied));
            Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.Credentials));
            return;
        }

        await connection.OpenAsync();
        Assert.That(connection.ServerVersion, Is.EqualTo(isMariaDb ? MySqlLoginFixture.MariaDb.Version : "9.7.4"));
        Assert.That(await connection.PingAsync(), Is.True);
        Assert.That(((await fixture.OutcomeAsync<MySqlLoginAccepted>()).Capabilities & MySqlCapabilities.Ssl) != 0, Is.EqualTo(tls == MySqlSslMode.Required));
    }

    private MySqlLoginFixture Start(ListenerTlsMode mode = ListenerTlsMode.Prefer, TlsIdentity? identity = null) =>
        new(mode, identity ?? TestCertificate.Create(), kind: kind);
}
