using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Authenticate;

/// <summary>The proxy signs in to a real MariaDB, by every method that it speaks.</summary>
[TestFixture]
internal sealed class MariaDbUpstreamLoginTests
{
    private const string Password = "pässword";
    private readonly MySqlServers _servers = new();
    private readonly int _port = Ports.Free();
    private ThrowAwayMariaDb _server = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _server = ThrowAwayMariaDb.Start(_port, [.. _servers.Settings, "plugin-load-add=auth_ed25519"]);
        _server.Execute(
            "CREATE DATABASE app",
            $"CREATE USER native@'%' IDENTIFIED BY '{Password}'",
            $"CREATE USER native_tls@'%' IDENTIFIED BY '{Password}' REQUIRE SSL",
            $"CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{Password}')",
            $"CREATE USER long_ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{new string('x', 200)}')",
            $"CREATE USER either@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{Password}') OR mysql_native_password USING PASSWORD('{Password}')",
            "CREATE USER open@'%' IDENTIFIED BY ''",
            "CREATE USER socket@'%' IDENTIFIED VIA unix_socket",
            "GRANT SELECT ON app.* TO native@'%', native_tls@'%', ed@'%', long_ed@'%', either@'%', open@'%'");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _server?.Dispose();
        _servers.Dispose();
    }

    [Test]
    public async Task Right_password_signs_in(
        [Values("native", "native_tls", "ed", "either", "open")] string user, [Values(UpstreamTlsMode.Disable, UpstreamTlsMode.Prefer, UpstreamTlsMode.Require, UpstreamTlsMode.VerifyFull)] UpstreamTlsMode tls)
    {
        var result = await _servers.SignInAsync(_port, user, user == "open" ? "" : Password, tls, "app");
        if (user == "native_tls" && tls == UpstreamTlsMode.Disable)
        {
            Assert.That(result.TryGet(out _, out var refused), Is.False);
            Assert.That((refused!.ErrorCode, refused.SqlState), Is.EqualTo((1045, "28000")), refused.ServerText);
            return;
        }

        Assert.That(result.TryGet(out var session, out var fault), Is.True, $"{fault?.Message} {fault?.ServerText}");
        Assert.That(session!.IsMariaDb, Is.True);
        Assert.That(session.Version, Does.Match("^5.5.5-10\\..*MariaDB"));
        Assert.That(session.Greeting, Is.EqualTo(new MySqlGreeting(session.Version, session.Greeting.Capabilities, 45, MySqlPlugin.NativePassword)));
        Assert.That(session.Capabilities & MySqlCapabilities.DeprecateEof, Is.EqualTo(MySqlCapabilities.DeprecateEof));
        Assert.That((session.Capabilities & MySqlCapabilities.Ssl) != 0, Is.EqualTo(tls != UpstreamTlsMode.Disable));
        Assert.That(session.Status, Is.EqualTo(MySqlServerStatus.Autocommit));
    }

    [Test]
    public async Task Password_of_any_length_signs_in_with_ed25519() =>
        Assert.That((await _servers.SignInAsync(_port, "long_ed", new string('x', 200), UpstreamTlsMode.Disable)).TryGet(out _, out var fault), Is.True, fault?.ServerText);

    [TestCase("native", "wrong", null, 1045, "28000")]
    [TestCase("ed", "wrong", null, 1045, "28000")]
    [TestCase("nobody", Password, null, 1045, "28000")]
    [TestCase("native", Password, "missing", 1044, "42501", Description = "MariaDB does not tell whether it exists")]
    public async Task What_the_server_refuses_comes_with_its_code(string user, string password, string? database, int code, string state)
    {
        var result = await _servers.SignInAsync(_port, user, password, UpstreamTlsMode.Prefer, database);
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That((fault!.ErrorCode, fault.SqlState), Is.EqualTo((code, state)), fault.ServerText);
    }

    [Test]
    public async Task Session_speaks_utf8mb4_and_reads_on_both_sides_of_16_megabytes([Values(10, 0xFF_FFFF - 30, 0x100_0000, 0x200_0000)] int size)
    {
        _server.Execute("SET GLOBAL max_allowed_packet = 67108864");
        await using var connection = await _servers.ConnectAsync(_port);
        Assert.That((await _servers.SignInAsync(connection, _port, "native", Password, UpstreamTlsMode.Disable)).TryGet(out var session, out var fault), Is.True, fault?.Message);
        byte sequence = 0;
        byte[] text = [.. "SELECT @@character_set_client, '"u8, .. Enumerable.Repeat((byte)'x', size), (byte)'\''];
        MySqlQuery.Write(connection.Output, ref sequence, session!.Capabilities, text);
        await connection.Output.FlushAsync();
        var packets = new List<byte[]>();
        for (var count = 0; count < 5; count++)
        {
            var packet = await LoginReader.ReadPacketAsync(connection, 64 << 20, CancellationToken.None) ?? throw new IOException("the server closed");
            packets.Add(packet.Payload);
        }

        Assert.That(MySqlResultSetHeader.TryParse(packets[0], out var columns), Is.True);
        Assert.That(columns, Is.EqualTo(2));
        Assert.That(MySqlColumn.TryParse(packets[1], isListed: false, out var column), Is.True);
        Assert.That(column.Type, Is.EqualTo(MySqlType.VarString));
        Assert.That(MySqlTextRow.TryParse(packets[3], 2, out var row), Is.True);
        var sizes = new List<int>();
        foreach (var value in row)
            sizes.Add(value.Bytes.Length);

        Assert.That(sizes, Is.EqualTo((int[])["utf8mb4".Length, size]));
        Assert.That(MySqlResponse.KindOfRow(packets[4][0], packets[4].Length, isEofDeprecated: true), Is.EqualTo(MySqlResponseKind.Ok));
        Assert.That(MySqlOk.TryParse(packets[4], session.Capabilities, out var end), Is.True);
        Assert.That(end.IsEnd, Is.True);
    }
}
