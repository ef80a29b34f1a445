using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire;
using JitProxy.Wire.MySql;
using NUnit.Framework;
using TransportKind = JitProxy.Server.Accept.TransportKind;

namespace JitProxy.Server.Tests.Authenticate;

[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class MySqlLoginTests(TransportKind kind)
{
    private const string Sha2 = "caching_sha2_password";
    private const string Native = "mysql_native_password";
    private const string Denied = "ERROR 1045 28000: Access denied for user 'alice' (using password: YES)";

    [Test]
    public async Task Right_proof_signs_in_also_one_byte_at_a_time([Values(Sha2, Native)] string plugin, [Values] bool isMariaDb, [Values] bool isSliced)
    {
        await using var fixture = Start(isMariaDb);
        await using var client = await fixture.ConnectAsync(isSliced);
        var nonce = await client.ReadGreetingAsync();
        await client.RespondAsync("alice", Proof(plugin, "secret", nonce), plugin);
        if (plugin == Sha2)
            Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("more 03"));

        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("ok"));
        var accepted = await fixture.OutcomeAsync<MySqlLoginAccepted>();
        Assert.That((accepted.User, accepted.Database, accepted.Program), Is.EqualTo(("alice", "app", "test")));
        Assert.That(accepted.Credential.TokenId, Is.Null);
    }

    [Test]
    public async Task Wrong_password_and_unknown_user_look_the_same([Values(Sha2, Native)] string plugin, [Values] bool hasKey)
    {
        await using var fixture = Start(hasKey: hasKey);
        foreach (var user in (string[])["alice", "nobody"])
        {
            await using var client = await fixture.ConnectAsync();
            var nonce = await client.ReadGreetingAsync();
            await client.RespondAsync(user, Proof(plugin, "wrong", nonce), plugin);
            if (plugin == Sha2 && hasKey)
            {
                Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("more 04"));
                await client.SendAsync(2);
                await client.SendAsync(await EncryptAsync(client, "wrong", nonce));
            }

            Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(Denied.Replace("alice", user, StringComparison.Ordinal)));
            var refused = await fixture.OutcomeAsync<LoginRefused>();
            Assert.That((refused.Refusal, refused.User, refused.Database), Is.EqualTo((LoginRefusal.Credentials, user, "app")));
            Assert.That(await client.IsClosedAsync(), Is.True);
        }
    }

    [Test]
    public async Task Password_that_is_encrypted_signs_in_where_the_proof_did_not()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        var nonce = await client.ReadGreetingAsync();
        await client.RespondAsync("alice", new byte[32], Sha2);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("more 04"));
        await client.SendAsync(2);
        await client.SendAsync(await EncryptAsync(client, "secret", nonce));
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("ok"));
        await fixture.OutcomeAsync<MySqlLoginAccepted>();
    }

    [Test]
    public async Task Password_in_clear_is_refused_even_if_it_is_right_and_the_trail_learns_of_it()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.RespondAsync("alice", new byte[32], Sha2);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("more 04"));
        await client.SendAsync("secret\0"u8.ToArray());
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(Denied));
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.SecretInClear));
    }

    [TestCase("dialog", 0, true, "switch caching_sha2_password")]
    [TestCase("client_ed25519", 64, true, "switch caching_sha2_password")]
    [TestCase("mysql_clear_password", 7, true, "switch caching_sha2_password")]
    [TestCase("sha256_password", 1, true, "switch caching_sha2_password")]
    [TestCase(Sha2, 20, true, "switch caching_sha2_password")]
    [TestCase(Native, 0, true, "switch mysql_native_password", Description = "its plugin is not the greeting's: it waits to be asked")]
    [TestCase(Native, 32, true, "switch mysql_native_password")]
    [TestCase(Sha2, 0, true, Denied, Description = "it has no password")]
    [TestCase("", 0, false, Denied, Description = "it knows of no plugins and has no password")]
    [TestCase("", 8, false, Denied)]
    public async Task Client_without_a_proof_is_asked_for_one_of_a_plugin_that_is_known(string plugin, int proofSize, bool knowsPlugins, string answer)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        if (knowsPlugins)
            await client.RespondAsync("alice", new byte[proofSize], plugin);
        else
            await client.SendAsync([0x0c, 0x82, 0, 0, 0, 0, 0, 0, 45, .. new byte[23], .. "alice\0"u8, (byte)proofSize, .. new byte[proofSize], .. "app\0"u8]);

        var payload = await client.ReadAsync();
        Assert.That(MySqlScriptedPeer.Describe(payload), Is.EqualTo(answer));
        if (payload![0] != MySqlAuthSwitchRequest.Header)
            return;

        var asked = answer["switch ".Length..];
        var nonce = payload[^21..^1];
        Assert.That(payload[^1], Is.Zero);
        await client.SendAsync(Proof(asked, "secret", nonce));
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(asked == Sha2 ? "more 03" : "ok"));
        await fixture.OutcomeAsync<MySqlLoginAccepted>();
    }

    [Test]
    public async Task Client_that_knows_of_no_plugins_signs_in_with_the_old_one()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        var nonce = await client.ReadGreetingAsync();
        await client.SendAsync([0x0c, 0x82, 0, 0, 0, 0, 0, 0, 45, .. new byte[23], .. "alice\0"u8, 20, .. Proof(Native, "secret", nonce), 0]);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("ok"));
        Assert.That((await fixture.OutcomeAsync<MySqlLoginAccepted>()).Database, Is.Null);
    }

    [Test]
    public async Task Proof_for_the_greeting_does_not_do_after_a_change_of_plugin()
    {
        await using var fixture = Start(hasKey: false);
        await using var client = await fixture.ConnectAsync();
        var nonce = await client.ReadGreetingAsync();
        await client.RespondAsync("alice", [], "dialog");
        Assert.That(await client.ReadAnswerAsync(), Does.StartWith("switch"));
        await client.SendAsync(Proof(Sha2, "secret", nonce));
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(Denied));
    }

    [Test]
    public async Task Token_signs_in_until_it_ends()
    {
        var ended = MySqlLoginFixture.Credential("ended", 7, DateTimeOffset.UnixEpoch);
        var valid = MySqlLoginFixture.Credential("valid", 8, DateTimeOffset.MaxValue);
        await using var fixture = new MySqlLoginFixture(kind: kind, alice: new([MySqlLoginFixture.Credential("secret"), ended, valid]));
        foreach (var (password, answer) in new[] { ("ended", Denied), ("valid", "ok"), ("secret", "ok") })
        {
            await using var client = await fixture.ConnectAsync();
            await client.RespondAsync("alice", Proof(Native, password, await client.ReadGreetingAsync()), Native);
            Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(answer), password);
            if (answer == "ok")
                Assert.That((await fixture.OutcomeAsync<MySqlLoginAccepted>()).Credential.TokenId, Is.EqualTo(password == "valid" ? 8 : null));
            else
                Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.Credentials));
        }
    }

    [Test]
    public async Task Ten_failures_close_the_door_for_that_user_also_if_the_client_leaves_once_it_knows([Values] bool leaves)
    {
        await using var fixture = Start();
        for (var count = 0; count < LoginLimiter.FailuresFree; count++)
        {
            await using var client = await fixture.ConnectAsync();
            await client.ReadGreetingAsync();
            await client.RespondAsync("alice", new byte[leaves ? 32 : 20], leaves ? Sha2 : Native);
            Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(leaves ? "more 04" : Denied));
            await client.Connection.ShutdownOutputAsync();
            Assert.That(await fixture.OutcomeAsync(), leaves ? Is.EqualTo(new ClientLeft()) : Is.InstanceOf<LoginRefused>());
        }

        await using (var client = await fixture.ConnectAsync())
        {
            await client.RespondAsync("alice", Proof(Native, "secret", await client.ReadGreetingAsync()), Native);
            Assert.That(await client.ReadAnswerAsync(), Does.StartWith("ERROR 1226 42000: too many failed logins; try again in "));
            Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.TooManyFailures));
        }

        await using var other = await fixture.ConnectAsync();
        await other.ReadGreetingAsync();
        await other.RespondAsync("bob", new byte[20], Native);
        Assert.That(await other.ReadAnswerAsync(), Does.StartWith("ERROR 1045"));
    }

    [Test]
    public async Task Greeting_claims_what_both_ends_can_do_and_nothing_that_is_refused()
    {
        using var identity = TestCertificate.Create();
        foreach (var (isMariaDb, tls) in new[] { (false, ListenerTlsMode.Prefer), (true, ListenerTlsMode.Require), (false, ListenerTlsMode.Disable) })
        {
            await using var fixture = Start(isMariaDb, tls: tls, identity: tls == ListenerTlsMode.Disable ? null : identity);
            await using var client = await fixture.ConnectAsync();
            Assert.That(MySqlHandshake.TryParse(await client.ReadAsync(), out var greeting), Is.True);
            var expected = MySqlCapabilities.Protocol41 | MySqlCapabilities.SecureConnection | MySqlCapabilities.PluginAuth | MySqlCapabilities.PluginAuthLenencData
                | MySqlCapabilities.ConnectAttributes | MySqlCapabilities.ConnectWithDb | MySqlCapabilities.SessionTrack | MySqlCapabilities.DeprecateEof | MySqlCapabilities.FoundRows
                | (isMariaDb ? default : MySqlCapabilities.LongPassword) | (tls == ListenerTlsMode.Disable ? default : MySqlCapabilities.Ssl);
            Assert.That(greeting.Capabilities, Is.EqualTo(expected));
            Assert.That(greeting.MariaDbCapabilities, Is.EqualTo(MariaDbCapabilities.None));
            Assert.That(Encoding.ASCII.GetString(greeting.ServerVersion), Is.EqualTo(isMariaDb ? "5.5.5-10.11.19-MariaDB" : "9.7.4"));
            Assert.That(Encoding.ASCII.GetString(greeting.Plugin), Is.EqualTo(isMariaDb ? Native : Sha2));
            Assert.That(greeting.CharacterSet, Is.EqualTo(isMariaDb ? 45 : 255), "always one of UTF-8");
            Assert.That(greeting.ConnectionId, Is.EqualTo(101));
        }
    }

    [Test]
    public async Task Only_what_was_offered_is_agreed_on()
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        const MySqlCapabilities Blind = MySqlCapabilities.LocalFiles | MySqlCapabilities.MultiStatements | MySqlCapabilities.Compress | MySqlCapabilities.IgnoreSpace
            | MySqlCapabilities.Odbc | MySqlCapabilities.QueryAttributes | MySqlCapabilities.MultiFactorAuthentication | MySqlCapabilities.FoundRows | MySqlCapabilities.OptionalResultsetMetadata;
        await client.RespondAsync("alice", Proof(Native, "secret", await client.ReadGreetingAsync()), Native, capabilities: Blind);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("ok"));
        var agreed = (await fixture.OutcomeAsync<MySqlLoginAccepted>()).Capabilities;
        Assert.That(agreed & Blind, Is.EqualTo(MySqlCapabilities.FoundRows));
    }

    [TestCase("", "app", 45, "ERROR 1045 28000: no user name was given", LoginRefusal.Name)]
    [TestCase("al\nice", "app", 45, "ERROR 1045 28000: the user name holds characters that do not print", LoginRefusal.Name)]
    [TestCase("0123456789012345678901234567890123456789012345678901234567890123", "app", 45, "ERROR 1045 28000: the user name is longer than 63 bytes", LoginRefusal.Name)]
    [TestCase("alice", "a\u202ebc", 45, "ERROR 1049 42000: the database name holds characters that do not print", LoginRefusal.Name)]
    [TestCase("alice", "app", 28, "ERROR 1115 42000: character set 28 is not supported; connect with utf8mb4", LoginRefusal.CharacterSet, Description = "gbk")]
    [TestCase("alice", "app", 13, "ERROR 1115 42000: character set 13 is not supported; connect with utf8mb4", LoginRefusal.CharacterSet, Description = "sjis")]
    [TestCase("alice", "app", 10, "ERROR 1115 42000: character set 10 is not supported; connect with utf8mb4", LoginRefusal.CharacterSet, Description = "swe7")]
    [TestCase("alice", "app", 0, "ERROR 1115 42000: character set 0 is not supported; connect with utf8mb4", LoginRefusal.CharacterSet)]
    public async Task Names_and_sets_that_are_unfit_are_refused_before_any_proof_is_looked_at(string user, string database, int set, string answer, LoginRefusal reason)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.RespondAsync(user, Proof(Native, "secret", await client.ReadGreetingAsync()), Native, database, characterSet: (byte)set);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo(answer));
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(reason));
    }

    [TestCase(8, Description = "latin1")]
    [TestCase(33)]
    [TestCase(63)]
    [TestCase(224)]
    [TestCase(255)]
    public async Task Sets_that_real_clients_ask_for_are_taken(int set)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.RespondAsync("alice", Proof(Native, "secret", await client.ReadGreetingAsync()), Native, characterSet: (byte)set);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("ok"));
        Assert.That((await fixture.OutcomeAsync<MySqlLoginAccepted>()).CharacterSet, Is.EqualTo(set));
    }

    [Test]
    public async Task Client_cut_off_at_any_byte_is_gone_or_truncated()
    {
        await using var fixture = Start();
        var whole = Respond(new byte[32]);
        for (var size = 0; size < whole.Length; size++)
        {
            await using var client = await fixture.ConnectAsync();
            await client.ReadGreetingAsync();
            if (size > 0)
                await client.SendBytesAsync(whole[..size]);

            await client.Connection.ShutdownOutputAsync();
            Assert.That(await fixture.OutcomeAsync(), size == 0 ? Is.EqualTo(new ClientLeft()) : Is.EqualTo(new LoginBroken(ProtocolViolation.Truncated)), $"{size}");
        }
    }

    [Test]
    public async Task Client_that_stays_silent_is_dropped_in_time([Values(0, 3, 40)] int size)
    {
        await using var fixture = new MySqlLoginFixture(kind: kind, timeout: TimeSpan.FromMilliseconds(100));
        await using var client = await fixture.ConnectAsync();
        await client.SendBytesAsync(Respond(new byte[32])[..size]);
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.Timeout));
    }

    private static readonly (byte[] Bytes, ProtocolViolation Violation)[] Garbage =
    [
        ("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), ProtocolViolation.FrameLength),
        ([0xff, 0xff, 0xff, 1], ProtocolViolation.FrameLength),
        ([1, 0, 0, 0, 0x0e], ProtocolViolation.SequenceNumber),
        ([1, 0, 0, 2, 0x0e], ProtocolViolation.SequenceNumber),
        ([32, 0, 0, 1, .. new byte[32]], ProtocolViolation.StartupMalformed),
        ([32, 0, 0, 1, 0, 0x8a, 0, 0, .. new byte[28]], ProtocolViolation.MessageUnexpected),
    ];

    [Test]
    public async Task Garbage_before_the_login_is_a_violation([Range(0, 5)] int index)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.SendBytesAsync(Garbage[index].Bytes);
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(Garbage[index].Violation)));
        Assert.That(await client.IsClosedAsync(), Is.True);
    }

    [TestCase("0E")]
    [TestCase("")]
    [TestCase("0082000000000000000000000000000000000000000000000000000000000000616C00")]
    [TestCase("048008000000000000000000000000000000000000000000000000000000000061006900")]
    public async Task Response_that_is_malformed_or_older_than_the_protocol_is_refused_in_words(string hex)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.SendAsync(Convert.FromHexString(hex));
        Assert.That(await client.ReadAnswerAsync(), Does.StartWith("ERROR 1043 08S01: malformed handshake response"));
        Assert.That(await fixture.RefusalAsync(), Is.EqualTo(LoginRefusal.ProtocolVersion));
    }

    [Test]
    public async Task Answer_out_of_order_or_too_large_in_the_middle_of_the_exchange_is_a_violation([Values] bool isLarge)
    {
        await using var fixture = Start();
        await using var client = await fixture.ConnectAsync();
        await client.ReadGreetingAsync();
        await client.RespondAsync("alice", new byte[32], Sha2);
        Assert.That(await client.ReadAnswerAsync(), Is.EqualTo("more 04"));
        if (!isLarge)
            client.Sequence++;

        await client.SendAsync(new byte[isLarge ? 10_000 : 1]);
        Assert.That(await fixture.OutcomeAsync(), Is.EqualTo(new LoginBroken(isLarge ? ProtocolViolation.FrameLength : ProtocolViolation.SequenceNumber)));
    }

    private static byte[] Respond(byte[] proof)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        byte sequence = 1;
        MySqlHandshakeResponse.Write(output, ref sequence, MySqlCapabilities.SessionTrack, 0, 45, "alice"u8, proof, "app"u8, "caching_sha2_password"u8, [new([97], [98])]);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Proof(string plugin, string password, byte[] nonce) => plugin == Native
        ? MySqlProof.Native(Encoding.UTF8.GetBytes(password), nonce)
        : MySqlProof.CachingSha2(Encoding.UTF8.GetBytes(password), nonce);

    private static async Task<byte[]> EncryptAsync(MySqlScriptedPeer client, string password, byte[] nonce)
    {
        using var key = RSA.Create();
        key.ImportFromPem(Encoding.ASCII.GetString((await client.ReadAsync())!.AsSpan(1)));
        var plain = Encoding.UTF8.GetBytes(password + "\0");
        MySqlProof.Cover(plain, nonce);
        return key.Encrypt(plain, RSAEncryptionPadding.OaepSHA1);
    }

    private MySqlLoginFixture Start(bool isMariaDb = false, bool hasKey = true, ListenerTlsMode tls = ListenerTlsMode.Prefer, Server.Accept.TlsIdentity? identity = null) =>
        new(tls, identity, hasKey, kind: kind, greeting: isMariaDb ? MySqlLoginFixture.MariaDb : MySqlLoginFixture.MySql);
}
