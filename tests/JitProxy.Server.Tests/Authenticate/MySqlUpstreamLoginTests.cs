using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;
using NUnit.Framework;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class MySqlUpstreamLoginTests
{
    private const MySqlCapabilities Never = MySqlCapabilities.LocalFiles | MySqlCapabilities.MultiStatements | MySqlCapabilities.Compress | MySqlCapabilities.IgnoreSpace
        | MySqlCapabilities.QueryAttributes | MySqlCapabilities.OptionalResultsetMetadata | MySqlCapabilities.ZstdCompressionAlgorithm;

    private static readonly byte[] OtherNonce = [.. "ABCDEFGHIJKLMNOPQRST"u8];

    [TestCase("caching_sha2_password", "caching_sha2_password")]
    [TestCase("mysql_native_password", "mysql_native_password")]
    [TestCase("sha256_password", "caching_sha2_password")]
    public async Task Proof_for_the_greeting_comes_with_the_response(string greeted, string used)
    {
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server, greeted, MySqlUpstreamFixture.Capabilities | Never);
            var (plugin, proof, capabilities) = await MySqlUpstreamFixture.ReadResponseAsync(server);
            Assert.That((plugin, IsRight(plugin, proof, MySqlUpstreamFixture.Nonce)), Is.EqualTo((used, true)));
            Assert.That(capabilities & Never, Is.EqualTo(MySqlCapabilities.None), "whatever the client behind claims");
            Assert.That(capabilities & MySqlCapabilities.FoundRows, Is.EqualTo(MySqlCapabilities.FoundRows), "as the client behind");
            Assert.That(capabilities & MySqlCapabilities.DeprecateEof, Is.EqualTo(MySqlCapabilities.None), "as the client behind");
            if (used == "caching_sha2_password")
                await server.SendAsync(1, 3);

            await MySqlUpstreamFixture.OkAsync(server);
        });
        var result = await fixture.RunAsync(client: Never | MySqlCapabilities.FoundRows);
        Assert.That(result.TryGet(out var session, out var fault), Is.True, fault?.Message);
        Assert.That((session!.Version, session.ConnectionId, session.Status, session.IsMariaDb), Is.EqualTo(("9.7.4", 77u, MySqlServerStatus.Autocommit, false)));
        Assert.That(session.Greeting.Plugin, Is.EqualTo(MySqlPlugin.CachingSha2Password));
    }

    [TestCase("mysql_native_password", 21)]
    [TestCase("caching_sha2_password", 21)]
    [TestCase("caching_sha2_password", 20)]
    [TestCase("client_ed25519", 32)]
    public async Task Server_may_change_the_plugin_once(string asked, int dataSize)
    {
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server);
            await MySqlUpstreamFixture.ReadResponseAsync(server);
            var nonce = asked == "client_ed25519" ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456"u8.ToArray() : OtherNonce;
            await server.SendAsync([0xfe, .. Encoding.ASCII.GetBytes(asked), 0, .. nonce, .. new byte[dataSize - nonce.Length]]);
            Assert.That(IsRight(asked, (await server.ReadAsync())!, nonce), Is.True);
            await MySqlUpstreamFixture.OkAsync(server);
        });
        Assert.That((await fixture.RunAsync()).TryGet(out _, out var fault), Is.True, fault?.Message);
    }

    [Test]
    public async Task Session_without_a_database_or_a_password_is_one([Values] bool isEmpty)
    {
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server);
            var (_, proof, capabilities) = await MySqlUpstreamFixture.ReadResponseAsync(server);
            Assert.That((proof.Length, capabilities & MySqlCapabilities.ConnectWithDb), Is.EqualTo((0, MySqlCapabilities.None)));
            await MySqlUpstreamFixture.OkAsync(server);
        });
        Assert.That((await fixture.RunAsync(password: isEmpty ? "" : null, database: null)).TryGet(out _, out var fault), Is.True, fault?.Message);
    }

    [Test]
    public async Task Password_goes_encrypted_to_a_server_on_a_network_that_is_trusted_and_nowhere_else([Values] UpstreamTlsMode tls, [Values] bool hasTls)
    {
        using var identity = MySqlTls.Identity("127.0.0.1");
        var ca = Path.GetTempFileName();
        await File.WriteAllTextAsync(ca, identity.Certificate.ExportCertificatePem());
        byte[]? clear = null;
        string? decrypted = null;
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server, capabilities: hasTls ? MySqlUpstreamFixture.Capabilities : MySqlUpstreamFixture.Capabilities & ~MySqlCapabilities.Ssl);
            if (hasTls && tls != UpstreamTlsMode.Disable)
                await MySqlTls.StartAsync(server, identity);

            await MySqlUpstreamFixture.ReadResponseAsync(server);
            await server.SendAsync(1, 4);
            var answer = await server.ReadAsync();
            if (answer is [2])
                decrypted = await DecryptAsync(server);
            else
                clear = answer;

            await MySqlUpstreamFixture.OkAsync(server);
        });
        var worked = (await fixture.RunAsync(tls, ca: tls == UpstreamTlsMode.VerifyFull ? ca : null)).TryGet(out _, out var fault);
        File.Delete(ca);
        var (mayClear, mayEncrypted) = (tls == UpstreamTlsMode.VerifyFull && hasTls, tls == UpstreamTlsMode.Disable);
        Assert.That(clear is null ? null : Encoding.UTF8.GetString(clear), Is.EqualTo(mayClear ? "secret\0" : null));
        Assert.That(decrypted, Is.EqualTo(mayEncrypted ? "secret" : null));
        Assert.That(worked, Is.EqualTo(mayClear || mayEncrypted), fault?.Message);
        if (!worked && (hasTls || tls == UpstreamTlsMode.Prefer))
            Assert.That(fault!.Message, Does.Contain("only sent with tls: verify-full"));
    }

    // What a server may not say after the response, and the words of the fault. It never learns anything from it.
    private static readonly (string Name, byte[][] Payloads, string Fault)[] BadServers =
    [
        ("asks for the password in clear", [Switch("mysql_clear_password", [])], "does not speak"),
        ("asks for a dialogue", [Switch("dialog", [])], "does not speak"),
        ("asks for the old RSA plugin", [Switch("sha256_password", [.. OtherNonce, 0])], "does not speak"),
        ("asks for the password of before 4.1", [[0xfe]], "of before MySQL 4.1"),
        ("asks for an old one by name", [Switch("mysql_old_password", "12345678"u8)], "does not speak"),
        ("changes to a plugin with a nonce that is too short", [Switch("mysql_native_password", "abc"u8)], "broke the protocol"),
        ("changes to a plugin with a nonce that is too long", [Switch("client_ed25519", new byte[34])], "broke the protocol"),
        ("asks for a file", [[0xfb, .. "/etc/passwd"u8]], "broke the protocol"),
        ("sends a result", [[1]], "broke the protocol"),
        ("sends nothing", [[]], "broke the protocol"),
        ("sends a malformed OK", [[0, 0, 0]], "broke the protocol"),
        ("sends a malformed error", [[0xff, 1]], "broke the protocol"),
        ("reports progress", [[0xff, 0xff, 0xff, 1, 2, 3]], "broke the protocol"),
        ("shows a key that was not asked for", [[1, .. "-----BEGIN PUBLIC KEY-----"u8]], "broke the protocol"),
        ("has a second factor", [[2, .. "x\0"u8]], "broke the protocol"),
        ("refuses", [[0xff, 0x15, 4, .. "#28000"u8, .. Encoding.ASCII.GetBytes(MySqlUpstreamFixture.ServerText)]], "refuses with error 1045 (SQLSTATE 28000)"),
    ];

    [Test]
    public async Task Server_that_misbehaves_gives_a_fault([Range(0, 15)] int index)
    {
        var (name, payloads, expected) = BadServers[index];
        byte[]? answer = null;
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server);
            await MySqlUpstreamFixture.ReadResponseAsync(server);
            foreach (var payload in payloads)
                await server.SendAsync(payload);

            answer = await server.ReadAsync();
        });
        Assert.That((await fixture.FailAsync()).Message, Does.Contain(expected), name);
        Assert.That(answer, Is.Null, name);
    }

    [TestCase("another plugin, twice", "broke the protocol")]
    [TestCase("another plugin, then more of the first", "broke the protocol")]
    [TestCase("another plugin behind the password", "broke the protocol")]
    [TestCase("the password twice", "cannot be read")]
    [TestCase("a proof that is right after all", "cannot be read")]
    [TestCase("a key that is none", "cannot be read")]
    [TestCase("a private key", "cannot be read")]
    [TestCase("a small key", "1024 bits")]
    public async Task Server_that_asks_out_of_turn_gives_a_fault(string what, string expected)
    {
        byte[]? last = null;
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server);
            await MySqlUpstreamFixture.ReadResponseAsync(server);
            await server.SendAsync(what.StartsWith("another plugin,", StringComparison.Ordinal) ? Switch("mysql_native_password", [.. OtherNonce, 0]) : [1, 4]);
            await server.ReadAsync();
            using var key = RSA.Create(1024);
            await server.SendAsync(what switch
            {
                "another plugin, twice" or "another plugin behind the password" => Switch("caching_sha2_password", [.. OtherNonce, 0]),
                "another plugin, then more of the first" or "the password twice" => [1, 4],
                "a proof that is right after all" => [1, 3],
                "a small key" => [1, .. Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem())],
                "a private key" => [1, .. Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem())],
                _ => [1, .. Encoding.ASCII.GetBytes("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----")],
            });
            last = await server.ReadAsync();
        });
        Assert.That((await fixture.FailAsync()).Message, Does.Contain(expected));
        Assert.That(last, Is.Null);
    }

    private static readonly (string Name, byte[] Bytes, string Fault)[] BadGreetings =
    [
        ("refuses before its greeting", [27, 0, 0, 0, 0xff, 0x10, 4, .. "the server's own words.."u8], "refuses with error 1040 (SQLSTATE missing)"),
        ("greets as something else", [5, 0, 0, 0, 9, .. "3.23"u8], "does not greet as MySQL"),
        ("greets with nothing", [0, 0, 0, 0], "does not greet as MySQL"),
        ("counts from another number", [5, 0, 0, 1, 10, .. "3.23"u8], "SequenceNumber"),
        ("declares a huge packet", [0xff, 0xff, 0xff, 0], "FrameLength"),
        ("cuts its greeting off", [50, 0, 0, 0, 10], "Truncated"),
        ("closes", [], "closed the connection"),
        ("speaks HTTP", [.. "HTTP/1.1 400 Bad Request"u8], "FrameLength"),
    ];

    [Test]
    public async Task Server_that_does_not_greet_as_it_should_gives_a_fault([Range(0, 7)] int index)
    {
        var (name, bytes, expected) = BadGreetings[index];
        await using var fixture = new MySqlUpstreamFixture(server => bytes.Length == 0 ? Task.CompletedTask : server.SendBytesAsync(bytes));
        foreach (var tls in (UpstreamTlsMode[])[UpstreamTlsMode.Disable, UpstreamTlsMode.Prefer])
            Assert.That((await fixture.FailAsync(tls)).Message, Does.Contain(expected), name);
    }

    [Test]
    public async Task Refusal_has_the_servers_code_and_keeps_its_text_apart()
    {
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server);
            await MySqlUpstreamFixture.ReadResponseAsync(server);
            await server.SendAsync((output, ref sequence) => MySqlError.Write(output, ref sequence, 1049, "42000", MySqlUpstreamFixture.ServerText));
        });
        var fault = await fixture.FailAsync();
        Assert.That((fault.ErrorCode, fault.SqlState, fault.ServerText), Is.EqualTo((1049, "3D000", MySqlUpstreamFixture.ServerText)));
    }

    [Test]
    public async Task Server_cut_off_at_any_byte_gives_a_fault()
    {
        var whole = new System.Buffers.ArrayBufferWriter<byte>();
        byte sequence = 0;
        MySqlHandshake.Write(
            whole, ref sequence, "9.7.4"u8, 77, MySqlUpstreamFixture.Capabilities & ~MySqlCapabilities.Ssl, 255, default, "caching_sha2_password"u8, MySqlUpstreamFixture.Nonce);
        var greetingSize = whole.WrittenCount;
        sequence++;
        MySqlAuthMoreData.Write(whole, ref sequence, [3]);
        MySqlOk.Write(whole, ref sequence, MySqlCapabilities.SessionTrack, MySqlServerStatus.Autocommit);
        var bytes = whole.WrittenSpan.ToArray();
        for (var size = 0; size <= bytes.Length; size++)
        {
            var there = size;
            await using var fixture = new MySqlUpstreamFixture(async server =>
            {
                if (there > 0)
                    await server.SendBytesAsync(bytes[..Math.Min(there, greetingSize)]);

                if (there <= greetingSize)
                    return;

                server.Sequence = 1;
                await server.ReadAsync();
                await server.SendBytesAsync(bytes[greetingSize..there]);
            });
            var worked = (await fixture.RunAsync()).TryGet(out _, out var fault);
            Assert.That(worked, Is.EqualTo(size == bytes.Length), $"{size} {fault?.Message}");
        }
    }

    [TestCase(UpstreamTlsMode.Prefer, true)]
    [TestCase(UpstreamTlsMode.Require, false)]
    [TestCase(UpstreamTlsMode.VerifyFull, false)]
    public async Task Server_without_tls_will_do_only_if_tls_is_but_preferred(UpstreamTlsMode tls, bool works)
    {
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server, capabilities: MySqlUpstreamFixture.Capabilities & ~MySqlCapabilities.Ssl);
            await MySqlUpstreamFixture.ReadResponseAsync(server);
            await server.SendAsync(1, 3);
            await MySqlUpstreamFixture.OkAsync(server);
        });
        if (works)
            Assert.That((await fixture.RunAsync(tls)).TryGet(out _, out _), Is.True);
        else
            Assert.That((await fixture.FailAsync(tls)).Message, Does.Contain("does not offer TLS"));
    }

    [Test]
    public async Task Bytes_in_clear_behind_the_greeting_are_an_injection()
    {
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            var greeting = server.Bytes((output, ref sequence) => MySqlHandshake.Write(
                output, ref sequence, "9.7.4"u8, 77, MySqlUpstreamFixture.Capabilities, 255, default, "caching_sha2_password"u8, MySqlUpstreamFixture.Nonce));
            await server.SendBytesAsync([.. greeting, 7, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]);
            await server.ReadAsync();
        });
        Assert.That((await fixture.FailAsync(UpstreamTlsMode.Require)).Message, Does.Contain("in clear came ahead"));
    }

    [TestCase("127.0.0.1", true, true)]
    [TestCase("127.0.0.1", false, false, Description = "not signed by whom we trust")]
    [TestCase("db.example.com", true, false, Description = "for another host")]
    public async Task Verify_full_checks_who_signed_and_for_which_host(string name, bool isTrusted, bool works)
    {
        using var identity = MySqlTls.Identity(name);
        using var other = MySqlTls.Identity(name);
        var ca = Path.GetTempFileName();
        await File.WriteAllTextAsync(ca, (isTrusted ? identity : other).Certificate.ExportCertificatePem());
        byte[]? response = null;
        await using var fixture = new MySqlUpstreamFixture(async server =>
        {
            await MySqlUpstreamFixture.GreetAsync(server);
            await MySqlTls.StartAsync(server, identity);
            response = await server.ReadAsync();
            await server.SendAsync(1, 3);
            await MySqlUpstreamFixture.OkAsync(server);
        });
        if (works)
        {
            Assert.That((await fixture.RunAsync(UpstreamTlsMode.VerifyFull, ca: ca)).TryGet(out var session, out var fault), Is.True, fault?.Message);
            Assert.That(session!.Capabilities & MySqlCapabilities.Ssl, Is.EqualTo(MySqlCapabilities.Ssl));
        }
        else
        {
            Assert.That((await fixture.FailAsync(UpstreamTlsMode.VerifyFull, ca: ca)).Message, Does.Contain("TLS handshake failed"));
            Assert.That(response, Is.Null, "not even the user's name");
        }

        File.Delete(ca);
    }

    private static byte[] Switch(string plugin, ReadOnlySpan<byte> data) => [0xfe, .. Encoding.ASCII.GetBytes(plugin), 0, .. data];

    private static bool IsRight(string plugin, byte[] proof, byte[] nonce)
    {
        var kept = MySqlLoginFixture.Credential("secret");
        return plugin switch
        {
            "mysql_native_password" => proof.Length == 20 && MySqlProof.IsNative(proof, nonce, kept.Sha1Twice.Span),
            "caching_sha2_password" => proof.Length == 32 && MySqlProof.IsCachingSha2(proof, nonce, kept.Sha256Twice.Span),
            _ => proof.Length == 64 && Ed25519.Verify(proof, 0, MariaDbEd25519.PublicKey("secret"u8), 0, nonce, 0, nonce.Length),
        };
    }

    private static async Task<string> DecryptAsync(MySqlScriptedPeer server)
    {
        using var key = new MySqlRsaKey();
        await server.SendAsync([1, .. key.PublicPem]);
        return key.TryDecrypt(await server.ReadAsync(), MySqlUpstreamFixture.Nonce, out var password) ? Encoding.UTF8.GetString(password) : "nothing";
    }
}
