using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Authenticate;

/// <summary>The proxy signs in to MySQL itself, whose way since version 8 is caching_sha2_password.</summary>
[TestFixture]
internal sealed class MySqlUpstreamLoginTests
{
    private const string Password = "pässword";
    private readonly MySqlServers _servers = new();
    private readonly int _port = Ports.Free();
    private ThrowAwayMySql? _server;

    [OneTimeSetUp]
    public void Start()
    {
        _server = ThrowAwayMySql.Start(_port, _servers.Settings);
        _server.Execute(
            "CREATE DATABASE app",
            $"CREATE USER sha2@'%' IDENTIFIED BY '{Password}'",
            $"CREATE USER sha2_tls@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            $"CREATE USER sha256@'%' IDENTIFIED WITH sha256_password BY '{Password}'",
            "CREATE USER open@'%' IDENTIFIED BY ''",
            "GRANT SELECT ON app.* TO sha2@'%', sha2_tls@'%', sha256@'%', open@'%'");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _server?.Dispose();
        _servers.Dispose();
    }

    // The server forgets all proofs: the next login of each user has to show the password itself.
    [SetUp]
    public void Forget() => _server!.Execute("FLUSH PRIVILEGES");

    [TestCase("sha2", UpstreamTlsMode.Disable, Description = "encrypted with the server's key")]
    [TestCase("sha2", UpstreamTlsMode.VerifyFull, Description = "over TLS")]
    [TestCase("sha2_tls", UpstreamTlsMode.VerifyFull)]
    [TestCase("open", UpstreamTlsMode.Disable)]
    [TestCase("open", UpstreamTlsMode.Require)]
    public async Task Right_password_signs_in_the_first_time_and_by_a_proof_alone_ever_after(string user, UpstreamTlsMode tls)
    {
        var password = user == "open" ? "" : Password;
        foreach (var mode in (UpstreamTlsMode[])[tls, tls, UpstreamTlsMode.Require, UpstreamTlsMode.Prefer, .. user == "sha2_tls" ? [] : (UpstreamTlsMode[])[UpstreamTlsMode.Disable]])
        {
            var result = await _servers.SignInAsync(_port, user, password, mode, "app");
            Assert.That(result.TryGet(out var session, out var fault), Is.True, $"{mode}: {fault?.Message} {fault?.ServerText}");
            Assert.That(session!.IsMariaDb, Is.False);
            Assert.That(session.Greeting.Plugin, Is.EqualTo(MySqlPlugin.CachingSha2Password));
            Assert.That(session.Greeting.Capabilities & MySqlCapabilities.QueryAttributes, Is.EqualTo(MySqlCapabilities.QueryAttributes));
            Assert.That(session.CharacterSet, Is.EqualTo(255));
            Assert.That((session.Capabilities & MySqlCapabilities.Ssl) != 0, Is.EqualTo(mode != UpstreamTlsMode.Disable));
        }
    }

    [TestCase(UpstreamTlsMode.Prefer)]
    [TestCase(UpstreamTlsMode.Require)]
    public async Task Password_itself_is_not_given_to_a_server_that_nobody_has_verified(UpstreamTlsMode tls)
    {
        var result = await _servers.SignInAsync(_port, "sha2", Password, tls);
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That(fault!.Message, Does.Contain("only sent with tls: verify-full"));
        Assert.That(fault.ErrorCode, Is.Null);
    }

    [TestCase("sha2", "wrong", UpstreamTlsMode.Disable, null, 1045, "28000")]
    [TestCase("sha2", "wrong", UpstreamTlsMode.VerifyFull, null, 1045, "28000")]
    [TestCase("sha2_tls", Password, UpstreamTlsMode.Disable, null, 1045, "28000")]
    [TestCase("sha2", Password, UpstreamTlsMode.VerifyFull, "missing", 1044, "42501", Description = "MySQL does not tell whether it exists")]
    public async Task What_the_server_refuses_comes_with_its_code(string user, string password, UpstreamTlsMode tls, string? database, int code, string state)
    {
        var result = await _servers.SignInAsync(_port, user, password, tls, database);
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That((fault!.ErrorCode, fault.SqlState), Is.EqualTo((code, state)), $"{fault.Message} {fault.ServerText}");
    }

    [Test]
    public async Task Plugin_that_the_proxy_does_not_speak_gives_a_fault()
    {
        var result = await _servers.SignInAsync(_port, "sha256", Password, UpstreamTlsMode.VerifyFull);
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That(fault!.Message, Does.Contain("an authentication plugin that JitProxy does not speak"));
    }
}
