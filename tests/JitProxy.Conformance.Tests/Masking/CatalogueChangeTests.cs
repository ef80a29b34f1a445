using System.Diagnostics;
using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Masking;

/// <summary>Names that come to mean something else while a session is open: what is masked stays masked, at the latest after the interval.</summary>
[TestFixture]
internal sealed class CatalogueChangeTests
{
    /// <summary>Longer than the interval at which the proxy looks for changes, and than a busy machine makes of it.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    // More columns of the mapping that is open where they come.
    private const string Masks = """
            shop/app.public.vault.info: secret
            shop/app.public.change_column.secret: secret
            shop/app.public.change_parentkept.info: secret
        """;

    private readonly SemaphoreSlim _changes = new(1, 1);
    private ThrowAwayPostgres _server = null!;
    private ThrowAwayProxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await Shop.StartAsync();
        _proxy = await ThrowAwayProxy.StartAsync(_server, Masks);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
        _changes.Dispose();
    }

    /// <summary>One change at a time: the server takes no two grants on one table at once.</summary>
    private async Task ChangeAsync(string statements)
    {
        await _changes.WaitAsync();
        try
        {
            await Shop.RunAsync(_server, "app", statements);
        }
        finally
        {
            _changes.Release();
        }
    }

    [TestCase("view", "CREATE VIEW # AS SELECT id, name AS info FROM customers", "CREATE OR REPLACE VIEW # AS SELECT id, ssn AS info FROM customers")]
    [TestCase("views", "CREATE VIEW #b AS SELECT id, name AS x FROM customers; CREATE VIEW # AS SELECT id, x AS info FROM #b", "CREATE OR REPLACE VIEW #b AS SELECT id, ssn AS x FROM customers")]
    [TestCase("table", "CREATE TABLE # AS SELECT id, name AS info FROM customers; CREATE TABLE vault (id int, info text); INSERT INTO vault SELECT id, ssn FROM customers", "ALTER TABLE # RENAME TO #old; ALTER TABLE vault RENAME TO #")]
    [TestCase("column", "CREATE TABLE # AS SELECT id, name AS info, ssn AS secret FROM customers", "ALTER TABLE # RENAME info TO was; ALTER TABLE # RENAME secret TO info")]
    [TestCase("parent", "CREATE TABLE # AS SELECT id, name AS info FROM customers; CREATE TABLE #kept (id int, info text); INSERT INTO #kept SELECT id, ssn FROM customers; CREATE VIEW #v AS SELECT 1", "TRUNCATE #; ALTER TABLE #kept INHERIT #")]
    [Parallelizable(ParallelScope.Children)]
    public async Task Masked_value_does_not_appear(string name, string before, string after)
    {
        var place = $"change_{name}";
        var statement = $"SELECT id, upper(info) AS shown FROM {place} ORDER BY id";
        await ChangeAsync(before.Replace("#", place, StringComparison.Ordinal) + "; GRANT SELECT ON ALL TABLES IN SCHEMA public TO jitproxy");
        await using var session = await _proxy.OpenAsync();
        await _proxy.GrantAsync(statement);
        await using var prepared = new NpgsqlCommand(statement, session);
        await prepared.PrepareAsync();
        Assert.That(await ReadAsync(prepared), Does.StartWith("1 NAME1"));

        await ChangeAsync(after.Replace("#", place, StringComparison.Ordinal));
        for (var clock = Stopwatch.StartNew(); !await IsHiddenAsync(prepared);)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), "still in clear");

        for (var i = 0; i < 10; i++)
        {
            Assert.That(await IsHiddenAsync(prepared), Is.True);
            Assert.That(await ReadAsync(new(statement, session)), Does.Not.Contain("CANARY"));
        }
    }

    [Test]
    public async Task Statement_without_a_grant_is_judged_again()
    {
        await using var session = await _proxy.OpenAsync();
        await using var prepared = new NpgsqlCommand("SELECT version()", session);
        await prepared.PrepareAsync();
        Assert.That(await ReadAsync(prepared), Does.Contain("PostgreSQL"));
        await Shop.RunAsync(_server, "app", "CREATE FUNCTION version(int) RETURNS text LANGUAGE sql AS 'SELECT ssn FROM customers'");
        for (var clock = Stopwatch.StartNew(); !(await ReadAsync(prepared)).Contains("42501", StringComparison.Ordinal);)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), "still free");

        await Shop.RunAsync(_server, "app", "DROP FUNCTION version(int)");
        for (var clock = Stopwatch.StartNew(); !(await ReadAsync(prepared)).Contains("PostgreSQL", StringComparison.Ordinal);)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), await ReadAsync(prepared));
    }

    [Test]
    public async Task Session_ends_its_use_when_names_are_looked_up_elsewhere()
    {
        const string Statement = "SELECT count(*) FROM orders WHERE id > 0";
        await using var session = await _proxy.OpenAsync();
        await _proxy.GrantAsync(Statement);
        Assert.That(await ReadAsync(new(Statement, session)), Is.EqualTo("9"));
        await Shop.RunAsync(_server, "app", "CREATE SCHEMA jitproxy; GRANT USAGE ON SCHEMA jitproxy TO jitproxy");
        try
        {
            var text = "";
            for (var clock = Stopwatch.StartNew(); !text.Contains("Connect again", StringComparison.Ordinal); text = await ReadAsync(new(Statement, session)))
                Assert.That(clock.Elapsed, Is.LessThan(Soon), text);
        }
        finally
        {
            await Shop.RunAsync(_server, "app", "DROP SCHEMA jitproxy");
        }

        // Sessions that begin from now on are as they were; one that began while nobody knew yet has to connect once more.
        for (var clock = Stopwatch.StartNew(); ;)
        {
            await using var next = await _proxy.OpenAsync();
            await Task.Delay(100);
            if (await ReadAsync(new(Statement, next)) == "9")
                break;
            Assert.That(clock.Elapsed, Is.LessThan(Soon));
        }
    }

    // Refused, or masked.
    private static async Task<bool> IsHiddenAsync(NpgsqlCommand command)
    {
        var text = await ReadAsync(command);
        if (text.StartsWith("ERROR", StringComparison.Ordinal) || text.Contains("******", StringComparison.Ordinal))
            Assert.That(text, Does.Not.Contain("CANARY"));
        return !text.Contains("CANARY", StringComparison.Ordinal) && !text.StartsWith("1 NAME1", StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(NpgsqlCommand command)
    {
        try
        {
            await using var row = await command.ExecuteReaderAsync();
            var text = "";
            while (await row.ReadAsync())
                text += string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(i => Convert.ToString(row.GetValue(i), CultureInfo.InvariantCulture)));
            return text;
        }
        catch (PostgresException e)
        {
            return $"ERROR {e.SqlState} {e.MessageText} {e.Detail} {e.Hint}";
        }
    }
}
