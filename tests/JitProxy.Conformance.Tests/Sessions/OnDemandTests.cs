using System.Diagnostics;
using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Sessions that have a connection to the server only while they need one, and cannot tell.</summary>
[TestFixture]
internal sealed class OnDemandTests
{
    private const string Plain = "SELECT count(*) FROM orders WHERE note <> 'on demand'";
    private const string Pid = "SELECT pg_backend_pid(), count(*) FROM orders WHERE note <> 'on demand'";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static int _names;

    [OneTimeSetUp]
    public async Task GrantAsync()
    {
        await Shared.Proxy.GrantAsync(Plain);
        await Shared.Proxy.GrantAsync(Pid);
    }

    [Test]
    public async Task Idle_sessions_have_no_connection_to_the_server()
    {
        var name = NewName();
        var sessions = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < 20; i++)
                sessions.Add(await OpenAsync(name));

            // The first one asked the server what it is like; nobody after it did.
            Assert.That(await CountAsync($"application_name = '{name}'"), Is.EqualTo(1));
            Assert.That(await Task.WhenAll(sessions.Select(session => RunAsync(session, Plain))), Is.All.EqualTo(await RunAsync(sessions[0], Plain)));
            await UntilLeftAsync(name);
        }
        finally
        {
            foreach (var session in sessions)
                await session.DisposeAsync();
        }
    }

    [Test]
    public async Task Sessions_outside_of_a_transaction_leave_their_connections_and_their_prepared_statements_live_on()
    {
        var name = NewName();
        await using var one = await OpenAsync(name);
        await using var two = await OpenAsync(name);
        await using var mine = new NpgsqlCommand(Plain, one);
        await mine.PrepareAsync();
        await using var theirs = new NpgsqlCommand("SELECT relname FROM pg_catalog.pg_class WHERE relname = $1", two) { Parameters = { new() { Value = "orders" } } };
        await theirs.PrepareAsync();
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(TransactAsync(one), TransactAsync(two));
            await UntilLeftAsync(name);
            Assert.That(await mine.ExecuteScalarAsync(), Is.Not.Null);
            Assert.That(await theirs.ExecuteScalarAsync(), Is.EqualTo("orders"));
        }
    }

    [Test]
    public async Task Session_with_anything_of_its_own_on_the_connection_keeps_it()
    {
        var name = NewName();
        await using var asked = await OpenAsync(name);
        await using var set = await OpenAsync(name);
        await using var configured = await OpenAsync(name);
        await using var transaction = await OpenAsync(name);
        var pid = await RunAsync(asked, Pid);
        await RunAsync(set, "SET timezone = 'Asia/Tokyo'");
        await RunAsync(configured, "SELECT set_config('timezone', 'Asia/Tokyo', false)");
        await RunAsync(transaction, "BEGIN");
        await RunAsync(transaction, Plain);
        await using (var other = await OpenAsync(name))
        {
            await TransactAsync(other);

            // Once this one is left, the looks that leave connections have passed over all.
            await UntilAsync($"application_name = '{name}' AND query = 'DISCARD ALL' AND state = 'idle'", 1);
            await TransactAsync(other);
            await UntilAsync($"application_name = '{name}' AND query = 'DISCARD ALL' AND state = 'idle'", 1);
        }

        Assert.That(await CountAsync($"application_name = '{name}' AND query <> 'DISCARD ALL'"), Is.EqualTo(4));
        Assert.That(await RunAsync(asked, Pid), Is.EqualTo(pid));
        Assert.That(await RunAsync(set, "SHOW timezone"), Is.EqualTo("Asia/Tokyo"));
        Assert.That(await RunAsync(configured, "SHOW timezone"), Is.EqualTo("Asia/Tokyo"));
        Assert.That(await RunAsync(transaction, "SELECT now() = statement_timestamp()"), Is.False, "the transaction is the one that was begun");
        await RunAsync(transaction, "COMMIT");
    }

    private static string NewName() => string.Create(CultureInfo.InvariantCulture, $"demand-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}");

    private static Task<NpgsqlConnection> OpenAsync(string name) => Shared.Proxy.OpenAsync($"Application Name={name};");

    private static async Task TransactAsync(NpgsqlConnection connection)
    {
        await RunAsync(connection, "BEGIN");
        await RunAsync(connection, Plain);
        await RunAsync(connection, "COMMIT");
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<long> CountAsync(string condition) =>
        (long)(await Shop.RunAsync(Shared.Server, "app", $"SELECT count(*) FROM pg_stat_activity WHERE {condition}"))!;

    // Whatever connection there still is waits in the pool, reset.
    private static Task UntilLeftAsync(string name) => UntilAsync($"application_name = '{name}' AND NOT (query = 'DISCARD ALL' AND state = 'idle')", 0);

    private static async Task UntilAsync(string condition, long count)
    {
        var clock = Stopwatch.StartNew();
        while (await CountAsync(condition) != count)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), condition);
    }
}
