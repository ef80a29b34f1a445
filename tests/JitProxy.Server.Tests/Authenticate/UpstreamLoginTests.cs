using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class UpstreamLoginTests
{
    [Test]
    public async Task Scram_login_gives_a_session_and_passes_its_settings_on()
    {
        byte[] startup = [];
        await using var fixture = new UpstreamFixture(async server =>
        {
            startup = (await UpstreamFixture.ReadOpeningAsync(server)).Body;
            await UpstreamFixture.ScramAsync(server);
            await UpstreamFixture.ReadyAsync(server);
        });
        var result = await fixture.RunAsync(settings: new() { ["search_path"] = "public, pg_temp", ["application_name"] = "x" });
        Assert.That(result.TryGet(out var session, out var fault), Is.True, fault?.Message);
        Assert.That(session!.ProcessId, Is.EqualTo(77));
        Assert.That(session.CancelKey.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
        Assert.That(session.ParameterStatuses["server_version"], Is.EqualTo("15.18"));
        Assert.That(
            Encoding.UTF8.GetString(startup),
            Is.EqualTo("\0\u0003\0\0user\0jitproxy\0database\0app\0client_encoding\0UTF8\0search_path\0public, pg_temp\0application_name\0x\0\0"));
    }

    [Test]
    public async Task Server_that_trusts_asks_for_nothing()
    {
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync(PgAuthentication.WriteOk);
            await UpstreamFixture.ReadyAsync(server);
        });
        Assert.That((await fixture.RunAsync(password: null)).TryGet(out _, out _), Is.True);
    }

    [Test]
    public async Task Md5_answer_is_the_one_that_the_server_computes()
    {
        LoginMessage? answer = null;
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync(output => PgAuthentication.WriteMd5Password(output, [1, 2, 3, 4]));
            answer = await server.ReadAsync();
            await server.SendAsync(PgAuthentication.WriteOk);
            await UpstreamFixture.ReadyAsync(server);
        });
        Assert.That((await fixture.RunAsync()).TryGet(out _, out _), Is.True);

        // printf 'md5%s' $(printf '%s\001\002\003\004' $(printf secretjitproxy | md5sum | cut -c1-32) | md5sum | cut -c1-32)
        Assert.That(Encoding.ASCII.GetString(answer!.Value.Body), Is.EqualTo("md5e4769f3d12a437f5e57f07a71c935c27\0"));
    }

    [TestCase(UpstreamTlsMode.Disable)]
    [TestCase(UpstreamTlsMode.Require)]
    public async Task Password_in_clear_is_not_sent_to_a_server_that_has_not_proven_who_it_is(UpstreamTlsMode tls)
    {
        using var identity = Accept.TestCertificate.Create();
        LoginMessage? answer = null;
        await using var fixture = new UpstreamFixture(async server =>
        {
            if (tls == UpstreamTlsMode.Require)
                await UpstreamTlsLoginTests.StartTlsAsync(server, identity);

            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync(PgAuthentication.WriteCleartextPassword);
            answer = await server.ReadAsync();
        });
        Assert.That((await fixture.FailAsync(tls)).Message, Does.Contain("verify-full"));
        Assert.That(answer, Is.Null);
    }

    [Test]
    public async Task Wrong_password_gives_the_code_and_keeps_the_servers_text_apart()
    {
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await UpstreamFixture.ScramAsync(server, "another");
        });
        var fault = await fixture.FailAsync();
        Assert.That(fault.SqlState, Is.EqualTo("28P01"));
        Assert.That(fault.ServerText, Is.EqualTo(UpstreamFixture.ServerText));
    }

    [Test]
    public async Task Error_without_a_code_is_an_error_nonetheless()
    {
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync([(byte)'E', 0, 0, 0, 5, 0]);
        });
        var fault = await fixture.FailAsync();
        Assert.That(fault.SqlState, Is.Null);
    }

    // What a server may not say right after the startup packet, and the words of the fault.
    private static readonly (string Name, byte[] Bytes, string Fault)[] BadServers =
    [
        ("asks for GSSAPI", [(byte)'R', 0, 0, 0, 8, 0, 0, 0, 7], "authentication method 7"),
        ("offers another mechanism", ScriptedClient.Bytes(output => PgAuthentication.WriteSasl(output, "SCRAM-SHA-1"u8)), "no SASL mechanism"),
        ("goes on with SCRAM that was not begun", ScriptedClient.Bytes(output => PgAuthentication.WriteSaslContinue(output, "r=a"u8)), "broke the protocol"),
        ("ends SCRAM that was not begun", ScriptedClient.Bytes(output => PgAuthentication.WriteSaslFinal(output, "v=a"u8)), "broke the protocol"),
        ("is ready without a login", ScriptedClient.Bytes(output => PgReadyForQuery.Write(output, PgTransactionStatus.Idle)), "broke the protocol"),
        ("reports a parameter before the login", ScriptedClient.Bytes(output => PgParameterStatus.Write(output, "a"u8, "b"u8)), "broke the protocol"),
        ("sends a malformed request", [(byte)'R', 0, 0, 0, 6, 0, 0], "broke the protocol"),
        ("sends a malformed error", [(byte)'E', 0, 0, 0, 6, (byte)'S', (byte)'x'], "broke the protocol"),
        ("sends a row", ScriptedClient.Bytes(output => PgDataRow.Write(output, [])), "broke the protocol"),
        ("declares a negative length", [(byte)'R', 255, 255, 255, 255], "FrameLength"),
        ("declares a huge length", [(byte)'R', 127, 255, 255, 255], "FrameLength"),
        ("asks twice", [(byte)'R', 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4, (byte)'R', 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4], "broke the protocol"),
        ("asks again after the login", [(byte)'R', 0, 0, 0, 8, 0, 0, 0, 0, (byte)'R', 0, 0, 0, 8, 0, 0, 0, 3], "broke the protocol"),
        ("cuts a message off", [(byte)'R', 0, 0, 0, 8, 0, 0], "Truncated"),
        ("closes", [], "closed the connection"),
        ("sends notices for ever", ScriptedClient.Bytes(output =>
        {
            for (var count = 0; count < 2000; count++)
                PgErrorResponse.WriteNotice(output, new PgNotice("NOTICE", "00000", "x"));
        }), "never becomes ready"),
    ];

    [Test]
    public async Task Server_that_misbehaves_gives_a_fault([Range(0, 15)] int index)
    {
        var (name, bytes, expected) = BadServers[index];
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            if (bytes.Length > 0)
                await server.SendAsync(bytes);
        });
        Assert.That((await fixture.FailAsync()).Message, Does.Contain(expected), name);
    }

    [TestCase("r=other,s=AAAAAAAAAAAAAAAAAAAAAA==,i=4096", "another login")]
    [TestCase("+,s=AAAAAAAAAAAAAAAAAAAAAA==,i=2000000", "2000000 SCRAM iterations")]
    [TestCase("+,s=AAAAAAAAAAAAAAAAAAAAAA==,i=1", "1 SCRAM iterations")]
    [TestCase("garbage", "malformed")]
    public async Task Server_whose_scram_is_unsound_gives_a_fault(string message, string expected)
    {
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync(output => PgAuthentication.WriteSasl(output, ScramText.Plain));
            var first = await server.ReadAsync();
            var text = Encoding.ASCII.GetString(first!.Value.Body);
            var nonce = text[(text.LastIndexOf("r=", StringComparison.Ordinal) + 2)..];
            var answer = Encoding.ASCII.GetBytes(message.Replace("+", $"r={nonce}X", StringComparison.Ordinal));
            await server.SendAsync(output => PgAuthentication.WriteSaslContinue(output, answer));
        });
        Assert.That((await fixture.FailAsync()).Message, Does.Contain(expected));
    }

    [TestCase(true, "does not know the password")]
    [TestCase(false, "broke the protocol")]
    public async Task Server_that_does_not_prove_that_it_knows_the_password_gives_a_fault(bool isForged, string expected)
    {
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync(output => PgAuthentication.WriteSasl(output, ScramText.Plain));
            var first = await server.ReadAsync();
            var text = Encoding.ASCII.GetString(first!.Value.Body);
            var answer = Encoding.ASCII.GetBytes(text[text.LastIndexOf("r=", StringComparison.Ordinal)..] + "X,s=AAAAAAAAAAAAAAAAAAAAAA==,i=4096");
            await server.SendAsync(output => PgAuthentication.WriteSaslContinue(output, answer));
            await server.ReadAsync();
            await server.SendAsync(output =>
            {
                if (isForged)
                    PgAuthentication.WriteSaslFinal(output, Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(new byte[32])));

                PgAuthentication.WriteOk(output);
                PgReadyForQuery.Write(output, PgTransactionStatus.Idle);
            });
        });
        Assert.That((await fixture.FailAsync()).Message, Does.Contain(expected));
    }

    [Test]
    public async Task Server_that_asks_for_a_password_that_is_not_configured_gives_a_fault([Range(0, 2)] int index)
    {
        var request = new Action<System.Buffers.IBufferWriter<byte>>[]
        {
            PgAuthentication.WriteCleartextPassword, output => PgAuthentication.WriteMd5Password(output, [1, 2, 3, 4]), output => PgAuthentication.WriteSasl(output, ScramText.Plain),
        }[index];
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync(request);
        });
        Assert.That((await fixture.FailAsync(password: null)).Message, Does.Contain("the configuration has none"));
    }

    [Test]
    public async Task Settings_that_do_not_fit_a_packet_give_a_fault()
    {
        await using var fixture = new UpstreamFixture(server => UpstreamFixture.ReadOpeningAsync(server));
        var result = await fixture.RunAsync(settings: new() { ["application_name"] = new string('x', 10_000) });
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That(fault!.Message, Does.Contain("too long"));
    }

    [Test]
    public async Task Setting_that_would_make_it_another_session_is_a_defect([Values("user", "replication", "options")] string name)
    {
        await using var fixture = new UpstreamFixture(server => UpstreamFixture.ReadOpeningAsync(server));
        Assert.That(() => fixture.RunAsync(settings: new() { [name] = "x" }), Throws.ArgumentException);
    }

    [Test]
    public async Task Result_that_was_never_set_is_a_failure()
    {
        await Task.CompletedTask;
        Assert.That(default(UpstreamLoginResult<UpstreamSession>).TryGet(out _, out var fault), Is.False);
        Assert.That(fault, Is.Not.Null);
    }
}
