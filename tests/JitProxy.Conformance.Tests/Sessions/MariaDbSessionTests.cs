using System.Text;
using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>MySQL's protocol end to end: a real server, real clients, and every byte that they are sent.</summary>
[TestFixture]
internal sealed class MariaDbSessionTests
{
    private const string Granted = "SELECT id, name, ssn, salary FROM customers WHERE id <= 2 ORDER BY id";
    private const string Prepared = "SELECT id, name, ssn, salary FROM customers WHERE id = ?";

    // Of the two customers: the text of a number, of a salary, and the salary's four bytes.
    private static readonly byte[][] Canaries = ["CANARY"u8.ToArray(), "1987654"u8.ToArray(), [0x46, 0x54, 0x1E, 0x00]];

    private ThrowAwayMariaDb _server = null!;
    private ThrowAwayProxy _proxy = null!;
    private RecordingRelay _relay = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = ThrowAwayMariaDb.Start(Ports.Free());
        _server.Execute(
            "CREATE DATABASE app",
            "CREATE DATABASE other",
            "CREATE TABLE other.customers (id INT, name VARCHAR(50), ssn VARCHAR(30), salary INT)",
            "INSERT INTO other.customers VALUES (1, 'CANARY-other', 'CANARY-other', 1987654)",
            "CREATE TABLE app.customers (id INT PRIMARY KEY, name VARCHAR(50), ssn VARCHAR(30), salary INT)",
            "INSERT INTO app.customers VALUES (1, 'name1', 'CANARY-1', 1987654), (2, 'name2', 'CANARY-2', 1987654)",
            "CREATE USER jitproxy@'%' IDENTIFIED BY 'jitproxy-password'",
            "GRANT SELECT, SHOW VIEW ON *.* TO jitproxy@'%'");
        _proxy = await ThrowAwayProxy.StartAsync(_server);
        await _proxy.GrantAsync(Granted);
        await _proxy.GrantAsync(Prepared);
        _relay = new(_proxy.Port);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _relay.DisposeAsync();
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [TearDown]
    public void No_masked_value_has_left()
    {
        var bytes = _relay.Take();
        foreach (var canary in Canaries)
            Assert.That(bytes.AsSpan().IndexOf(canary), Is.Negative, () => Encoding.Latin1.GetString(bytes));
    }

    [Test]
    public async Task Command_line_gets_a_granted_statement_masked_and_goes_on_after_a_refusal()
    {
        var run = await CommandLineAsync(Granted.ToLowerInvariant());
        Assert.That(run.Output, Is.EqualTo("1\tname1\t******\tNULL\n2\tname2\t******\tNULL\n"), run.Error);
        var refused = await CommandLineAsync($"{Granted.Replace("<= 2", "<= 3", StringComparison.Ordinal)}; SELECT 1");
        Assert.That(refused.Error, Does.Contain("ERROR 1142 (42000)").And.Contain("this has \"id <= 3\"").And.Contain("jitproxy request --denied"));
    }

    [Test]
    public async Task Prepared_statement_comes_masked_and_is_recorded_with_its_parameter()
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(Prepared, connection) { Parameters = { new() { Value = 2 } } };
        await command.PrepareAsync();
        for (var i = 0; i < 2; i++)
        {
            await using var reader = await command.ExecuteReaderAsync();
            Assert.That(await reader.ReadAsync());
            Assert.That((reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3)), Is.EqualTo((2, "name2", "******", true)));
            Assert.That(await reader.ReadAsync(), Is.False);
        }
    }

    // PostgreSQL's rules read these as constants; the server reads a query of the table.
    [TestCase(@"select 'a\' , ' , (select ssn from customers limit 1) -- '")]
    [TestCase("select ssn from customers")]
    [TestCase("select last_insert_id(salary) from customers")]
    [TestCase("select 1; select ssn from customers")]
    [TestCase("set @a = (select ssn from customers limit 1)")]
    [TestCase("set sql_mode = 'ANSI_QUOTES'")]
    [TestCase("set session transaction read write")]
    [TestCase("handler customers open")]
    public async Task Statement_without_a_grant_does_not_run(string statement)
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(statement, connection);
        var error = Assert.CatchAsync<MySqlException>(() => command.ExecuteScalarAsync());
        Assert.That(error!.Number, Is.EqualTo(1142), error.Message);
        await using var after = new MySqlCommand("SELECT 1", connection);
        Assert.That(await after.ExecuteScalarAsync(), Is.EqualTo(1), "the connection stays usable");
    }

    [Test]
    public async Task Grant_of_one_database_does_not_hold_in_another()
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(Granted, connection);
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1), "it is remembered from here on");
        await connection.ChangeDatabaseAsync("other");
        var error = Assert.CatchAsync<MySqlException>(() => command.ExecuteScalarAsync());
        Assert.That(error!.Message, Does.Contain("shop/other"));
        await connection.ChangeDatabaseAsync("app");
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
        Assert.That(() => connection.ChangeDatabaseAsync("mysql"), Throws.InstanceOf<MySqlException>());
    }

    [Test]
    public async Task Trail_has_the_execution_and_its_end()
    {
        await CommandLineAsync(Granted);
        var records = await _proxy.AuditAsync();
        Assert.That(records.Select(static r => r.Event), Does.Contain("authorized").And.Contain("finished"));
        Assert.That((await _proxy.VerifyAsync()).Intact, Is.True);
    }

    [Test]
    public async Task Recorder_sees_what_is_not_masked()
    {
        const string Statement = "SELECT ssn, salary FROM customers WHERE id = ? AND 'clear' = 'clear'";
        await _proxy.GrantAsync(Statement, new(Unmask: true));
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(Statement, connection) { Parameters = { new() { Value = 1 } } };
        await command.PrepareAsync();
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo("CANARY-1"));
        var bytes = _relay.Take();
        Assert.That(bytes.AsSpan().IndexOf(Canaries[0]), Is.Not.Negative);
        Assert.That(bytes.AsSpan().IndexOf(Canaries[2]), Is.Not.Negative);
    }

    private Task<ProcessRun> CommandLineAsync(string statement) => ProcessRun.RunAsync(
        "mariadb", ["--no-defaults", "-N", "-B", "-h", "127.0.0.1", "-P", $"{_relay.Port}", "-u", "alice", $"-p{ThrowAwayProxy.Password}", "app", "-e", statement]);

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(
            $"Server=127.0.0.1;Port={_relay.Port};User ID=alice;Password={ThrowAwayProxy.Password};Database=app;Pooling=false;SslMode=None;AllowUserVariables=true");
        await connection.OpenAsync();
        return connection;
    }
}
