using System.Diagnostics;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.Postgres;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Sessions whose statements run on shared connections: nobody can tell, and nobody's trouble is a neighbour's.</summary>
[TestFixture]
internal sealed class SharingTests
{
    private const string Sum = "SELECT sum(100 / nullif(id - $1, 0)), count(*) FROM orders";
    private const string Divide = "SELECT 100 / (id - $1) FROM orders WHERE id = 3";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Answers_are_the_same_byte_for_byte()
    {
        await using var client = await WireClient.ConnectAsync(Shared.Proxy.Port);
        var simple = await ShowAsync(client.Query(Shop.Granted));
        var extended = await ShowAsync(client.Parse("", Shop.Granted).Bind("", "").Describe(PgObjectKind.Portal, "").Execute("").Sync());
        var binary = await ShowAsync(client.Parse("", Shop.Granted).Bind("", "", 1).Execute("").Sync());
        await client.Parse("s", Shop.Granted).Sync().RunAsync();
        var named = await ShowAsync(client.Bind("", "s").Execute("").Sync());
        await UntilSharedAsync(Shop.Granted, () => client.Query(Shop.Granted).RunAsync());
        Assert.That(await ShowAsync(client.Query(Shop.Granted)), Is.EqualTo(simple));
        Assert.That(
            await ShowAsync(client.Parse("", Shop.Granted).Bind("", "").Describe(PgObjectKind.Portal, "").Execute("").Sync()), Is.EqualTo(extended));
        Assert.That(await ShowAsync(client.Parse("", Shop.Granted).Bind("", "", 1).Execute("").Sync()), Is.EqualTo(binary));
        Assert.That(await ShowAsync(client.Bind("", "s").Execute("").Sync()), Is.EqualTo(named));
        Assert.That(simple, Does.Contain("******").And.Not.Contain("CANARY"));
    }

    [Test]
    public async Task Errors_of_one_are_not_those_of_another()
    {
        await Shared.Proxy.GrantAsync(Sum);
        await Shared.Proxy.GrantAsync(Divide);
        await using var probe = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Sum, () => QueryAsync(probe, Sum, 2));
        await UntilSharedAsync(Divide, () => QueryAsync(probe, Divide, 2));
        var clients = Enumerable.Range(0, 12).Select(number => Task.Run(async () =>
        {
            await using var connection = await Shared.Proxy.OpenAsync();
            for (var i = 0; i < 60; i++)
            {
                if (number % 3 == 0)
                {
                    // Every tenth divides by nothing.
                    if (i % 10 == 0)
                        Assert.That(await FailAsync(connection, Divide, 3), Is.EqualTo("22012"));
                    else
                        Assert.That(await QueryAsync(connection, Divide, 1), Is.EqualTo(50));
                }
                else
                {
                    var expected = Enumerable.Range(1, 9).Where(id => id != number).Sum(id => 100L / (id - number));
                    Assert.That(await QueryAsync(connection, Sum, number), Is.EqualTo(expected));
                }
            }
        }));
        await Task.WhenAll(clients);
    }

    [Test]
    public async Task Every_run_is_in_the_trail_with_its_own_rows()
    {
        const string Statement = "SELECT id, ssn FROM customers WHERE id <= $1";
        var grant = await Shared.Proxy.GrantAsync(Statement);
        await using var probe = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, () => QueryAsync(probe, Statement, 1));
        var before = (await ReadFinishedAsync(grant)).Count;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(number => Task.Run(async () =>
        {
            await using var connection = await Shared.Proxy.OpenAsync();
            for (var i = 0; i < 20; i++)
                await QueryAsync(connection, Statement, number);
        })));
        var finished = (await ReadFinishedAsync(grant)).Skip(before).Where(static r => r.Outcome == "ok").ToList();
        Assert.That(finished, Has.Count.EqualTo(160));
        Assert.That(finished.GroupBy(static r => r.Rows).Select(static g => (g.Key, g.Count())), Is.EquivalentTo(Enumerable.Range(1, 8).Select(static n => ((long?)n, 20))));
        Assert.That(finished.All(static r => r.Masked is ["ssn"]));
    }

    [Test]
    public async Task Settings_stay_with_their_session()
    {
        const string Statement = "SELECT since::text, id FROM customers WHERE id = 1";
        await Shared.Proxy.GrantAsync(Statement);
        await using var iso = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, () => QueryAsync(iso, Statement));
        await using var german = await Shared.Proxy.OpenAsync();
        await using (var set = new NpgsqlCommand("SET DateStyle = 'German'", german))
            await set.ExecuteNonQueryAsync();

        for (var i = 0; i < 5; i++)
        {
            Assert.That(await QueryAsync(iso, Statement), Is.EqualTo("2020-01-02"));
            Assert.That(await QueryAsync(german, Statement), Is.EqualTo("02.01.2020"));
        }
    }

    [Test]
    public async Task Transactions_see_one_state()
    {
        const string Statement = "SELECT count(*) FROM orders WHERE id > 100";
        await Shared.Proxy.GrantAsync(Statement);
        await using var connection = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, () => QueryAsync(connection, Statement));
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        Assert.That(await QueryAsync(connection, Statement), Is.Zero);
        await Shop.RunAsync(Shared.Server, "app", "INSERT INTO orders VALUES (1001, 1, 'later')");
        try
        {
            Assert.That(await QueryAsync(connection, Statement), Is.Zero, "the transaction's snapshot is older");
            await transaction.CommitAsync();
            Assert.That(await QueryAsync(connection, Statement), Is.EqualTo(1));
        }
        finally
        {
            await Shop.RunAsync(Shared.Server, "app", "DELETE FROM orders WHERE id = 1001");
        }
    }

    [Test]
    public async Task Locked_table_holds_up_only_those_who_read_it()
    {
        const string Locked = "SELECT count(*) FROM large";
        const string Free = "SELECT count(*) FROM orders WHERE note <> 'free'";
        await Shared.Proxy.GrantAsync(Locked);
        await Shared.Proxy.GrantAsync(Free);
        await using var first = await Shared.Proxy.OpenAsync();
        await using var second = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Locked, () => QueryAsync(first, Locked));
        var rows = await QueryAsync(first, Locked);
        await UntilSharedAsync(Free, () => QueryAsync(second, Free));
        await using var administrator = new NpgsqlConnection(Shared.Server.ConnectionStringOf("app"));
        await administrator.OpenAsync();
        await using var transaction = await administrator.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE large IN ACCESS EXCLUSIVE MODE", administrator, transaction))
            await command.ExecuteNonQueryAsync();

        var waiting = QueryAsync(first, Locked);
        for (var i = 0; i < 20; i++)
            Assert.That(await QueryAsync(second, Free), Is.EqualTo(9));

        Assert.That(waiting.IsCompleted, Is.False);
        await transaction.RollbackAsync();
        Assert.That(await waiting, Is.EqualTo(rows));
    }

    [Test]
    public async Task Lost_connection_loses_nothing()
    {
        const string Statement = "SELECT count(*) FROM orders WHERE note <> 'lost'";
        await Shared.Proxy.GrantAsync(Statement);
        await using var probe = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, () => QueryAsync(probe, Statement));
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var connection = await Shared.Proxy.OpenAsync();
            var runs = 0;
            while (!enough.IsCancellationRequested)
            {
                Assert.That(await QueryAsync(connection, Statement), Is.EqualTo(9));
                runs++;
            }

            return runs;
        })).ToArray();
        for (var i = 0; i < 3; i++)
        {
            await UntilSharedAsync(Statement, () => QueryAsync(probe, Statement));
            var ended = await Shop.RunAsync(
                Shared.Server, "app", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'jitproxy shared'");
            Assert.That(ended, Is.GreaterThan(0));
        }

        await enough.CancelAsync();
        Assert.That(await Task.WhenAll(clients), Has.All.Positive);
    }

    [Test]
    public async Task Changed_table_is_seen()
    {
        const string Statement = "SELECT * FROM changing";
        await Shop.RunAsync(Shared.Server, "app", "CREATE TABLE changing (a int); INSERT INTO changing VALUES (1); GRANT SELECT ON changing TO jitproxy");
        await Shared.Proxy.GrantAsync(Statement);
        await using var connection = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, async () =>
        {
            try
            {
                await QueryAsync(connection, Statement);
            }
            catch (PostgresException e) when (e.SqlState == "55000")
            {
                // The table is newer than the catalogue, which is being read again.
            }
        });
        await Shop.RunAsync(Shared.Server, "app", "ALTER TABLE changing ADD COLUMN b int DEFAULT 2");

        // Refused until the catalogue is read again, then with both columns; never with a shape that was not analysed.
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var command = new NpgsqlCommand(Statement, connection);
                await using var reader = await command.ExecuteReaderAsync();
                Assert.That(reader.FieldCount, Is.EqualTo(2));
                return;
            }
            catch (PostgresException)
            {
                Assert.That(clock.Elapsed, Is.LessThan(Soon));
                await Task.Delay(50);
            }
        }
    }

    [Test]
    public async Task Large_result_comes_whole()
    {
        const string Statement = "SELECT id, repeat(note, $1) FROM orders";
        await Shared.Proxy.GrantAsync(Statement, new(Export: true));
        await using var connection = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, () => QueryAsync(connection, Statement, 1));
        for (var i = 0; i < 3; i++)
        {
            await using var command = new NpgsqlCommand(Statement, connection) { Parameters = { new() { Value = 40_000 } } };
            await using var reader = await command.ExecuteReaderAsync();
            var size = 0;
            while (await reader.ReadAsync())
                size += reader.GetString(1).Length;

            Assert.That(size, Is.EqualTo(9 * 5 * 40_000));
        }
    }

    [Test]
    public async Task Revocation_ends_it_at_once()
    {
        const string Statement = "SELECT count(*) FROM orders WHERE note <> 'revoked'";
        var grant = await Shared.Proxy.GrantAsync(Statement);
        await using var connection = await Shared.Proxy.OpenAsync();
        await UntilSharedAsync(Statement, () => QueryAsync(connection, Statement));
        await Shared.Proxy.RevokeAsync(grant);
        Assert.That(() => QueryAsync(connection, Statement), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501"));
        Assert.That(await QueryAsync(connection, "SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_about_the_connection_runs_on_the_own_one()
    {
        const string Statement = "SELECT pg_backend_pid(), count(*) FROM orders";
        await Shared.Proxy.GrantAsync(Statement);
        await using var connection = await Shared.Proxy.OpenAsync();
        var pid = await QueryAsync(connection, Statement);
        for (var i = 0; i < 10; i++)
            Assert.That(await QueryAsync(connection, Statement), Is.EqualTo(pid));
    }

    private static async Task<string> ShowAsync(WireClient client) => string.Join('\n', (await client.RunAsync()).Select(WireClient.Show));

    private static async Task<object?> QueryAsync(NpgsqlConnection connection, string statement, params int[] parameters)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });

        return await command.ExecuteScalarAsync();
    }

    // Awaited, not asserted on from outside: that would block threads that the others need.
    private static async Task<string?> FailAsync(NpgsqlConnection connection, string statement, params int[] parameters)
    {
        try
        {
            await QueryAsync(connection, statement, parameters);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private static async Task<List<Server.Admin.Contract.AuditView>> ReadFinishedAsync(long grant) =>
        await Shared.Proxy.AuditAsync($"decision=finished&grant={grant}");

    private static async Task UntilSharedAsync(string statement, Func<Task> run)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            Assert.That(clock.Elapsed, Is.LessThan(Soon), "it never ran on a shared connection");
            await run();
        }
        while ((long)(await Shop.RunAsync(
            Shared.Server, "app", $"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'jitproxy shared' AND query = $q${statement}$q$"))! == 0);
    }
}
