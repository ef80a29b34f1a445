using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Authenticate;

/// <summary>The proxy signs in to a real server, by every method that it speaks.</summary>
[TestFixture]
internal sealed class UpstreamLoginTests
{
    private const string Password = "pässword";
    private readonly string _ca = Path.GetTempFileName();
    private ThrowAwayPostgres _server = null!;
    private Transport _transport = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = ThrowAwayPostgres.Start(FreePort());
        _transport = Transport.Create(new(), NullLogger.Instance);
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=upstream", key, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(from, from.AddYears(60));
        await File.WriteAllTextAsync(_ca, certificate.ExportCertificatePem());
        await using var administrator = new NpgsqlConnection(_server.ConnectionString);
        await administrator.OpenAsync();
        await WriteAsync(administrator, "server.crt", certificate.ExportCertificatePem());
        await WriteAsync(administrator, "server.key", key.ExportPkcs8PrivateKeyPem());
        await WriteAsync(administrator, "pg_hba.conf", """
            local all postgres trust
            hostssl all scram_tls all scram-sha-256
            host all scram all scram-sha-256
            host all md5 all md5
            hostssl all clear_tls all password
            host all trusted all trust
            """);
        foreach (var text in (string[])
        [
            $"CREATE ROLE scram_tls LOGIN PASSWORD '{Password}'", $"CREATE ROLE scram LOGIN PASSWORD '{Password}'", "CREATE ROLE trusted LOGIN",
            $"CREATE ROLE clear_tls LOGIN PASSWORD '{Password}'", "SET password_encryption = md5", $"CREATE ROLE md5 LOGIN PASSWORD '{Password}'",
            "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()",
        ])
        {
            await using var command = new NpgsqlCommand(text, administrator);
            await command.ExecuteNonQueryAsync();
        }

        // The server reads its files some time after it was told to.
        for (var tries = 0; tries < 200 && !(await SignInAsync("trusted", UpstreamTlsMode.Require, Password)).TryGet(out _, out _); tries++)
            await Task.Delay(50);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _transport.Dispose();
        _server.Dispose();
        File.Delete(_ca);
    }

    [TestCase("scram", UpstreamTlsMode.Disable)]
    [TestCase("scram", UpstreamTlsMode.Prefer)]
    [TestCase("scram_tls", UpstreamTlsMode.Prefer)]
    [TestCase("scram_tls", UpstreamTlsMode.Require)]
    [TestCase("scram_tls", UpstreamTlsMode.VerifyFull)]
    [TestCase("md5", UpstreamTlsMode.Disable)]
    [TestCase("clear_tls", UpstreamTlsMode.VerifyFull)]
    [TestCase("trusted", UpstreamTlsMode.Disable)]
    public async Task Right_password_signs_in(string user, UpstreamTlsMode tls)
    {
        var result = await SignInAsync(user, tls, Password);
        Assert.That(result.TryGet(out var session, out var fault), Is.True, $"{fault?.Message} {fault?.ServerText}");
        Assert.That(session!.ParameterStatuses["server_encoding"], Is.EqualTo("UTF8"));
        Assert.That(session.ParameterStatuses["application_name"], Is.EqualTo("jitproxy test"));
        Assert.That(session.CancelKey.Length, Is.EqualTo(4));
    }

    [TestCase("scram", UpstreamTlsMode.Disable, "28P01")]
    [TestCase("scram_tls", UpstreamTlsMode.Require, "28P01")]
    [TestCase("md5", UpstreamTlsMode.Disable, "28P01")]
    [TestCase("clear_tls", UpstreamTlsMode.VerifyFull, "28P01")]
    [TestCase("clear_tls", UpstreamTlsMode.Require, null)]
    [TestCase("scram_tls", UpstreamTlsMode.Disable, "28000")]
    public async Task Wrong_password_or_way_gives_the_servers_code(string user, UpstreamTlsMode tls, string? code)
    {
        var result = await SignInAsync(user, tls, "wrong");
        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That(fault!.SqlState, Is.EqualTo(code), fault.ServerText);
    }

    [Test]
    public async Task Settings_hold_from_the_beginning_and_survive_a_reset()
    {
        await using var connection = await ConnectAsync();
        var result = await RunAsync(connection, "trusted", UpstreamTlsMode.Disable, "", new() { ["search_path"] = "pg_catalog, \"$user\"" });
        Assert.That(result.TryGet(out _, out var fault), Is.True, fault?.Message);
        PgQuery.Write(connection.Output, "discard all"u8);
        PgQuery.Write(connection.Output, "show search_path"u8);
        await connection.Output.FlushAsync();
        string? row = null;
        while (row is null)
        {
            var message = await LoginReader.ReadMessageAsync(connection, 10_000, CancellationToken.None) ?? throw new IOException("the server closed");
            row = message.Tag == (byte)PgServerTag.DataRow ? FirstColumn(message.Body) : null;
        }

        Assert.That(row, Is.EqualTo("pg_catalog, \"$user\""));
    }

    private static string? FirstColumn(byte[] body)
    {
        if (!PgDataRow.TryParse(body, out var row))
            return null;

        foreach (var value in row)
            return Encoding.UTF8.GetString(value.Bytes);

        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The files must belong to the server's user, so the server writes them.
    private static async Task WriteAsync(NpgsqlConnection administrator, string file, string content)
    {
        await using var command = new NpgsqlCommand(
            $"COPY (SELECT unnest(string_to_array($content${content}$content$, E'\\n'))) TO PROGRAM 'umask 077; rm -f {file}; cat > {file}'", administrator);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<Connection> ConnectAsync()
    {
        var result = await new Connector(_transport, TimeProvider.System).ConnectAsync("127.0.0.1", _server.Port, TimeSpan.FromSeconds(10));
        return result.TryGet(out var connection, out var fault) ? connection : throw new IOException(fault);
    }

    private async Task<UpstreamLoginResult<UpstreamSession>> SignInAsync(string user, UpstreamTlsMode tls, string password)
    {
        await using var connection = await ConnectAsync();
        return await RunAsync(connection, user, tls, password, new() { ["application_name"] = "jitproxy test" });
    }

    private async Task<UpstreamLoginResult<UpstreamSession>> RunAsync(
        Connection connection, string user, UpstreamTlsMode tls, string password, Dictionary<string, string> settings)
    {
        using var slow = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var target = new UpstreamConfiguration { Host = "127.0.0.1", Port = _server.Port, User = user, Password = password, Tls = tls, Ca = _ca };
        return await new UpstreamLogin(target, new()).RunAsync(connection, "postgres", settings, slow.Token);
    }
}
