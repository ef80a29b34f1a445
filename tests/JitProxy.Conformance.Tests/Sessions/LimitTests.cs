using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.Postgres;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Caps on results, and results of any size in little memory.</summary>
[TestFixture]
internal sealed class LimitTests
{
    private const long Mebibyte = 1 << 20;
    private ThrowAwayProxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _proxy = await ThrowAwayProxy.StartAsync(Shared.Server, "limits: { rows: 5, result_size: 64KiB, statement_timeout: 120s, connections_per_user: 6 }");

    [OneTimeTearDown]
    public async Task StopAsync() => await _proxy.DisposeAsync();

    [Test]
    public async Task Row_cap_ends_the_result_and_names_itself()
    {
        const string Statement = "SELECT id, ssn FROM customers ORDER BY id";
        await _proxy.GrantAsync(Statement);
        await using var client = await WireClient.ConnectAsync(_proxy.Port);
        var answers = await client.Query(Statement).RunAsync();
        Assert.That(string.Concat(answers.Select(static m => (char)m.Tag)), Is.EqualTo("TDDDDDEZ"));
        Assert.That(WireClient.Show(answers[^2]), Does.Contain("54000").And.Contain("limits.rows is 5"));
        Assert.That(await client.Query("SELECT 1").RunAsync(), Has.Count.EqualTo(4), "the session goes on");
    }

    [Test]
    public async Task One_person_has_no_more_sessions_than_allowed_and_others_have_theirs()
    {
        var open = new List<NpgsqlConnection>();
        try
        {
            PostgresException? refused = null;
            while (refused is null)
            {
                Assert.That(open, Has.Count.LessThanOrEqualTo(6));
                try
                {
                    open.Add(await _proxy.OpenAsync());
                }
                catch (PostgresException e)
                {
                    refused = e;
                }
            }

            Assert.That(refused.SqlState, Is.EqualTo("53300"), refused.MessageText);
            Assert.That(refused.MessageText, Does.Contain("alice").And.Contain("limits.connections_per_user"));
            await using (var bob = new NpgsqlConnection($"{_proxy.ConnectionString};Pooling=false;Username=bob;Password=bob-password"))
                await bob.OpenAsync();

            await open[0].CloseAsync();
            for (var isIn = false; !isIn;)
            {
                try
                {
                    await using var again = await _proxy.OpenAsync();
                    isIn = true;
                }
                catch (PostgresException e) when (e.SqlState == "53300")
                {
                    // The one that left is still being cleaned up.
                }
            }
        }
        finally
        {
            foreach (var connection in open)
                await connection.DisposeAsync();
        }
    }

    [Test]
    public async Task Size_cap_ends_the_result_and_names_itself()
    {
        const string Statement = "SELECT repeat('x', 40000), id FROM customers WHERE id <= 3";
        await _proxy.GrantAsync(Statement);
        var run = await _proxy.PsqlAsync("-At", "-c", Statement);
        Assert.That(run.Error, Does.Contain("limits.result_size is 65536"), run.Text);
    }

    [Test]
    public async Task Million_rows_pass_in_little_memory()
    {
        const string Statement = "SELECT a.id, a.ssn, b.id, c.note FROM customers a, customers b, orders c, orders d, orders e, orders f, orders g LIMIT 1000000";
        await _proxy.GrantAsync(Statement, new(Export: true));
        await using var client = await WireClient.ConnectAsync(_proxy.Port);
        await client.Query("SELECT 1").RunAsync();
        var before = ReadMemory(_proxy.ProcessId);
        Assert.That(await CountRowsAsync(client, Statement), Is.EqualTo(1_000_000));
        Assert.That(ReadMemory(_proxy.ProcessId) - before, Is.LessThan(64 * Mebibyte));
    }

    [Test]
    public async Task Row_of_a_hundred_megabytes_passes_in_little_memory()
    {
        await Shop.RunAsync(Shared.Server, "app", "INSERT INTO large VALUES (1, 'CANARY in front', repeat('x', 100000000), 'CANARY behind')");
        const string Statement = "SELECT id, secret, body, behind FROM large";
        await _proxy.GrantAsync(Statement, new(Export: true));
        await using var client = await WireClient.ConnectAsync(_proxy.Port);
        await client.Query("SELECT 1").RunAsync();
        var before = ReadMemory(_proxy.ProcessId);
        var answers = await client.Query(Statement).RunAsync();
        Assert.That(string.Concat(answers.Select(static m => (char)m.Tag)), Is.EqualTo("TDCZ"));
        var row = answers[1].Body;
        Assert.That(row, Has.Length.GreaterThan(100_000_000));
        Assert.That(row.AsSpan().IndexOf("CANARY"u8), Is.Negative);
        Assert.That(row[^6..], Is.EqualTo("******"u8.ToArray()));
        Assert.That(ReadMemory(_proxy.ProcessId) - before, Is.LessThan(64 * Mebibyte));
    }

    private static async Task<int> CountRowsAsync(WireClient client, string statement)
    {
        await client.Query(statement).SendAsync();
        var rows = 0;
        while (await client.ReadAsync() is { } message && message.Tag != (byte)PgServerTag.ReadyForQuery)
        {
            Assert.That(message.Tag, Is.Not.EqualTo((byte)PgServerTag.ErrorResponse), () => WireClient.Show(message));
            if (message.Tag == (byte)PgServerTag.DataRow)
                rows++;
        }

        return rows;
    }

    // The most that the process has ever held: what it took and gave back counts, too.
    private static long ReadMemory(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
