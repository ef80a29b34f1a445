using System.Diagnostics;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.Postgres;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Grants that end while sessions use them, and executions that clients give up.</summary>
[TestFixture(PostgresRelease.System)]
[TestFixture(PostgresRelease.Eighteen)]
internal sealed class GrantLifeTests(PostgresRelease release) : PostgresReleaseTests(release)
{
    /// <summary>Longer than anything here waits, and far from what the proxy would cut off by itself.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Test]
    public async Task Revocation_stops_what_runs()
    {
        var statement = Endless("revoked");
        var grant = await Proxy.GrantAsync(statement);
        await using var connection = await Proxy.OpenAsync();
        var running = RunAsync(connection, statement);
        await UntilUpstreamHasAsync(statement, 1);
        var clock = Stopwatch.StartNew();
        await Proxy.RevokeAsync(grant);
        var error = Assert.CatchAsync<PostgresException>(() => running);
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That(error!.SqlState, Is.EqualTo("42501"));
        Assert.That(error.MessageText, Does.Contain("revoked"));
        await UntilUpstreamHasAsync(statement, 0);

        Assert.That(await RunAsync(connection, "SELECT 1"), Is.EqualTo(1), "the session goes on");
        Assert.That(() => RunAsync(connection, statement), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501"));
    }

    [Test]
    public async Task Expiry_stops_what_runs()
    {
        var statement = Endless("expired");
        await Proxy.GrantAsync(statement, new(Expires: "2s"));
        await using var connection = await Proxy.OpenAsync();
        var clock = Stopwatch.StartNew();
        var error = Assert.CatchAsync<PostgresException>(() => RunAsync(connection, statement));
        Assert.That(clock.Elapsed, Is.LessThan(Soon));
        Assert.That(error!.SqlState, Is.EqualTo("42501"));
        Assert.That(error.MessageText, Does.Contain("expired"));
        await UntilUpstreamHasAsync(statement, 0);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Expired_grant_gives_no_further_page(bool isBound)
    {
        var statement = $"SELECT id, ssn FROM customers WHERE id > 0 AND {isBound} ORDER BY id";
        var grant = await Proxy.GrantAsync(statement, new(Expires: "2s"));
        await using var client = await WireClient.ConnectAsync(Proxy.Port);
        await client.Query("BEGIN").RunAsync();
        client.Parse("s", statement).Bind("p", "s");
        var page = await (isBound ? client.Execute("p", 1) : client).Sync().RunAsync();
        Assert.That(page.Count(static m => m.Tag == (byte)PgServerTag.DataRow), Is.EqualTo(isBound ? 1 : 0));
        await UntilAsync(async () => (await Proxy.FindAsync(grant)).Status == "expired");
        var rest = await client.Execute("p", 1).Sync().RunAsync();
        Assert.That(rest.Select(static m => (char)m.Tag), Does.Not.Contain('D'), string.Join(' ', rest.Select(WireClient.Show)));
        Assert.That(string.Join(' ', rest.Select(WireClient.Show)), Does.Contain("42501").And.Contain("expired"));
        Assert.That(rest[^1].Body, Is.EqualTo("E"u8.ToArray()), "the transaction failed");
        var after = await client.Query("ROLLBACK").RunAsync();
        Assert.That(after[^1].Body, Is.EqualTo("I"u8.ToArray()));
    }

    [Test]
    public async Task A_removed_user_is_cut_off_and_leaves_nothing_to_a_namesake()
    {
        var statement = Endless("removed");
        await Proxy.AddUserAsync("mallory");
        var grant = await Proxy.GrantAsync(statement, user: "mallory");
        await using var client = await WireClient.ConnectAsync(Proxy.Port, "mallory", "mallory-password");
        await client.Query(statement).SendAsync();
        await UntilUpstreamHasAsync(statement, 1);
        await Proxy.RemoveUserAsync("mallory");
        await UntilUpstreamHasAsync(statement, 0);
        Assert.That((await Proxy.FindAsync(grant)).Status, Is.EqualTo("revoked"));
        Assert.That(async () => await WireClient.ConnectAsync(Proxy.Port, "mallory", "mallory-password"), Throws.InstanceOf<IOException>());

        await Proxy.AddUserAsync("mallory");
        await using var namesake = await WireClient.ConnectAsync(Proxy.Port, "mallory", "mallory-password");
        Assert.That(string.Join(' ', (await namesake.Query(statement).RunAsync()).Select(WireClient.Show)), Does.Contain("42501"));
    }

    [Test]
    public async Task Limited_grant_runs_exactly_so_often()
    {
        const string Statement = "SELECT count(*) FROM customers WHERE name <> 'limited'";
        await Proxy.GrantAsync(Statement, new(Executions: 3));
        await using var source = NpgsqlDataSource.Create($"{Proxy.ConnectionString};Maximum Pool Size=20;Minimum Pool Size=20");
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clients = Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await start.Task;
            try
            {
                return await RunAsync(connection, Statement);
            }
            catch (PostgresException e) when (e.SqlState == "42501")
            {
                return e.MessageText;
            }
        }).ToArray();
        start.SetResult();
        var answers = await Task.WhenAll(clients);
        Assert.That(answers.Count(static a => a is long), Is.EqualTo(3));
        Assert.That(answers.OfType<string>(), Has.Exactly(17).Contains("as often as it allows"));
    }

    [Test]
    public async Task Cancel_stops_the_own_statement_only()
    {
        var (mine, other) = (Endless("mine"), Endless("other"));
        await Proxy.GrantAsync(mine);
        await Proxy.GrantAsync(other);
        await using var first = await Proxy.OpenAsync();
        await using var second = await Proxy.OpenAsync();
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var runningFirst = RunAsync(first, mine, stopFirst.Token);
        var runningSecond = RunAsync(second, other, stopSecond.Token);
        await UntilUpstreamHasAsync(mine, 1);
        await UntilUpstreamHasAsync(other, 1);
        await stopFirst.CancelAsync();
        Assert.That(() => runningFirst, Throws.InstanceOf<OperationCanceledException>());
        await UntilUpstreamHasAsync(mine, 0);
        Assert.That(await CountUpstreamAsync(other), Is.EqualTo(1));
        await stopSecond.CancelAsync();
        Assert.That(() => runningSecond, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await RunAsync(first, "SELECT 1"), Is.EqualTo(1));
        Assert.That(await RunAsync(second, "SELECT 2"), Is.EqualTo(2));
    }

    [Test]
    public async Task Psql_cancels_on_interrupt()
    {
        var statement = Endless("psql");
        await Proxy.GrantAsync(statement);
        using var psql = ProcessRun.Start("psql", ["-X", "-At"], Proxy.ClientEnvironment);
        await psql.StandardInput.WriteAsync(statement + ";\nSELECT 'after';\n");
        psql.StandardInput.Close();
        await UntilUpstreamHasAsync(statement, 1);
        await ProcessRun.RunAsync("kill", ["-INT", $"{psql.Id}"]);
        using var slow = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var error = await psql.StandardError.ReadToEndAsync(slow.Token);
        Assert.That(error, Does.Contain("canceling statement"));
        await UntilUpstreamHasAsync(statement, 0);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Statement_of_a_vanished_client_is_stopped(bool isPrepared)
    {
        var statement = Endless($"vanished {isPrepared}");
        await Proxy.GrantAsync(statement);
        await using var client = await WireClient.ConnectAsync(Proxy.Port);
        await (isPrepared ? client.Parse("", statement).Bind("", "").Execute("").Sync() : client.Query(statement)).SendAsync();
        await UntilUpstreamHasAsync(statement, 1);
        client.Abort();
        await UntilUpstreamHasAsync(statement, 0);
    }

    // Its name tells it apart in pg_stat_activity. Nine rows to the power of ten take minutes, without a byte of disk.
    private static string Endless(string name) => $"SELECT count(*) AS \"{name}\" FROM {string.Join(", ", "abcdefghij".Select(static alias => $"orders {alias}"))}";

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string statement, CancellationToken stop = default)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync(stop);
    }

    private async Task<long> CountUpstreamAsync(string statement) => (long)(await Shop.RunAsync(
        Server, "app", $"SELECT count(*) FROM pg_stat_activity WHERE usename = 'jitproxy' AND state = 'active' AND query = $q${statement}$q$"))!;

    private Task UntilUpstreamHasAsync(string statement, long count) => UntilAsync(async () => await CountUpstreamAsync(statement) == count);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.That(clock.Elapsed, Is.LessThan(Soon), "it did not come to pass");
            await Task.Delay(20);
        }
    }
}
