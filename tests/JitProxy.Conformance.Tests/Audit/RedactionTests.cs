using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Audit;

/// <summary>On every engine: what a rule keeps out of the trail is in none of its files, in no message of syslog and in no listing, and who was refused can still ask.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
[TestFixture(AnyShop.MySql)]
internal sealed class RedactionTests(string engine)
{
    private const string Canary = "QUOTED-4711";
    private readonly ConcurrentQueue<string> _syslog = [];
    private Socket _receiver = null!;
    private AnyShop _shop = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        new Thread(Receive) { IsBackground = true }.Start();
        _shop = await AnyShop.StartAsync(engine, ", request_role: true", $$"""
            database_roles: { reader: [select, explain] }
            audit:
              redact:
                - { condition: 'resource.table_name in ["customers"]', parameters: hash, literals: omit }
              forward: [ { syslog: "udp://127.0.0.1:{{((IPEndPoint)_receiver.LocalEndPoint!).Port}}" } ]
            """);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _shop.DisposeAsync();
        _receiver.Dispose();
    }

    [Test]
    public async Task A_value_leaves_no_trace_but_in_the_statement_that_runs()
    {
        var proxy = _shop.Proxy;
        var refused = $"SELECT id FROM customers WHERE note = '{Canary}'";
        string hint;
        await using (var connection = await OpenAsync())
        {
            hint = await FindErrorAsync(connection, refused);
            await FindErrorAsync(connection, $"SELECT note FROM customers WHERE note = '{Canary}'  FOR UPDATE");
            await FindErrorAsync(connection, $"SELECT id FROM nowhere WHERE note = '{Canary}'");
            await proxy.GrantRoleAsync("reader");
            Assert.That(await CountAsync(connection, $"SELECT count(*) FROM customers WHERE name = 'name1' AND note <> '{Canary}'"), Is.EqualTo(1));
            Assert.That(await CountAsync(connection, "SELECT count(*) FROM customers WHERE note <> @p", Canary), Is.EqualTo(3));
            Assert.That(await FindErrorAsync(connection, _shop.IsPostgres ? $"SELECT CAST('{Canary}' AS int) FROM customers" : $"SELECT ST_X('{Canary}') FROM customers"), Is.Not.Empty);
            Assert.That(await CountAsync(connection, "SELECT count(*) FROM numbers WHERE n = 77123"), Is.Zero, "no rule is about this table");
        }

        await UntilAsync(() => _syslog.Any(static m => m.Contains("77123", StringComparison.Ordinal)));
        Assert.That(await GrepAsync("77123"), Is.True, "what is kept is found");
        Assert.That(await GrepAsync(Canary), Is.False, "database, write-ahead log, journal");
        Assert.That(_syslog, Has.None.Contains(Canary));
        var listed = (await proxy.CommandAsync("audit", "--format", "csv")).Output + (await proxy.CommandAsync("audit", "--format", "jsonl")).Output + (await proxy.CommandAsync("audit")).Output;
        Assert.That(listed, Does.Contain("77123").And.Not.Contain(Canary));
        Assert.That(listed, Does.Contain("hmac-sha256:").And.Contain("name = ?"));
        Assert.That((await proxy.VerifyAsync()).Intact, Is.True);

        var number = NumberAfter(hint, "--denied ");
        var asked = await proxy.CommandAsync("request", "--denied", number, "--as", "alice", "--reason", "a test");
        Assert.That(asked.ExitCode, Is.Zero, asked.Text);
        var grant = long.Parse(NumberAfter(asked.Output, "request "), CultureInfo.InvariantCulture);
        Assert.That((await proxy.FindAsync(grant)).Statement, Is.EqualTo(refused), "approvers see all of it");

        await proxy.KillAsync();
        await proxy.StartProcessAsync();
        var late = await proxy.CommandAsync("request", "--denied", number, "--as", "alice", "--reason", "a test");
        Assert.That(late.ExitCode, Is.EqualTo(1));
        Assert.That(late.Error, Does.Contain("does not hold the statement's literals").And.Contain("--statement"));
    }

    [Test]
    public async Task An_export_and_the_requests_before_it_are_recorded_without_the_value_and_the_grant_is_exact()
    {
        const string Exported = "EXPORTED-4711";
        var proxy = _shop.Proxy;
        var statement = $"SELECT id FROM customers WHERE note <> '{Exported}' ORDER BY id";
        var grant = await proxy.GrantAsync(statement, new(Export: true));
        var file = Path.Combine(proxy.Folder, "rows.csv");
        var run = await proxy.CommandAsync("export", $"{grant}", "--format", "csv", "--output", file, "--as", "alice");
        Assert.That(run.ExitCode, Is.Zero, run.Text);

        var records = await proxy.AuditAsync($"grant={grant}");
        Assert.That(
            records.Select(static r => r.Event),
            Is.EqualTo(new[] { "grant_requested", "grant_approved", "authorized", "export_started", "finished", "exported" }).Or.EquivalentTo(
                new[] { "grant_requested", "grant_approved", "authorized", "export_started", "exported", "finished" }));
        Assert.That(records.Where(static r => r.Statement is not null).Select(static r => (r.Statement, r.Redacted)).Distinct(), Is.EqualTo(new[] { ("SELECT id FROM customers WHERE note <> ? ORDER BY id", (bool?)true) }));
        Assert.That(records.Where(static r => r.Digest is not null).Select(static r => r.Digest).Distinct().Count(), Is.EqualTo(1), "what was asked for, signed and run is the same");
        await UntilAsync(() => _syslog.Any(static m => m.Contains(" exported [", StringComparison.Ordinal)));
        Assert.That(_syslog, Has.None.Contains(Exported));
        Assert.That((await proxy.FindAsync(grant)).Statement, Is.EqualTo(statement));
        Assert.That((await proxy.VerifyAsync()).Intact, Is.True);
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = _shop.IsPostgres
            ? new NpgsqlConnection(_shop.Proxy.ConnectionString + ";Pooling=false")
            : new MySqlConnection($"Server=127.0.0.1;Port={_shop.Proxy.Port};User ID=alice;Password={ThrowAwayProxy.Password};Database=app;SslMode=None;AllowPublicKeyRetrieval=true;"
                + "Pooling=false;IgnorePrepare=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<string> FindErrorAsync(DbConnection connection, string statement)
    {
        try
        {
            await CountAsync(connection, statement);
            return "";
        }
        catch (PostgresException e)
        {
            return $"{e.Message} {e.Hint}";
        }
        catch (MySqlException e)
        {
            return e.Message;
        }
    }

    private static async Task<long> CountAsync(DbConnection connection, string statement, string? parameter = null)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        if (parameter is not null)
        {
            var value = command.CreateParameter();
            (value.ParameterName, value.Value) = ("p", parameter);
            command.Parameters.Add(value);
            await command.PrepareAsync();
        }

        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private async Task<bool> GrepAsync(string text)
    {
        var run = await ProcessRun.RunAsync("grep", ["-rqF", text, _shop.Proxy.State]);
        Assert.That(run.ExitCode, Is.LessThan(2), run.Text);
        return run.ExitCode == 0;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(50, patience.Token);
    }

    private void Receive()
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
                _syslog.Enqueue(Encoding.UTF8.GetString(buffer.AsSpan(0, _receiver.Receive(buffer))));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static string NumberAfter(string text, string word)
    {
        var rest = text[(text.IndexOf(word, StringComparison.Ordinal) + word.Length)..];
        return string.Concat(rest.TakeWhile(char.IsAsciiDigit));
    }
}
