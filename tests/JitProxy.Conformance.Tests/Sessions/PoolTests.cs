using System.Diagnostics;
using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Sessions that take over a connection to the server from an earlier one: nothing of the earlier one is left there.</summary>
[TestFixture]
internal sealed class PoolTests
{
    private const string Pid = "SELECT pg_backend_pid(), count(*) FROM orders WHERE note <> 'pool'";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static int _names;

    [OneTimeSetUp]
    public Task GrantAsync() => Shared.Proxy.GrantAsync(Pid);

    [Test]
    public async Task Next_session_has_the_same_connection_and_none_of_its_settings_and_statements()
    {
        var name = NewName();
        int first;
        await using (var connection = await OpenAsync(name))
        {
            first = await PidAsync(connection);
            await RunAsync(connection, "SET DateStyle = 'German'");
            await RunAsync(connection, "SET statement_timeout = 1234");
            await using var prepared = new NpgsqlCommand("SELECT count(*) FROM pg_catalog.pg_class WHERE relname = $1", connection) { Parameters = { new() { Value = "x" } } };
            await prepared.PrepareAsync();
            await prepared.ExecuteScalarAsync();
        }

        await UntilResetAsync(name);
        await using var next = await OpenAsync(name);
        Assert.That(await RunAsync(next, "SHOW DateStyle"), Is.EqualTo("ISO, MDY"));
        Assert.That(await RunAsync(next, "SHOW statement_timeout"), Is.Not.EqualTo("1234ms"));
        Assert.That(await RunAsync(next, "SHOW default_transaction_read_only"), Is.EqualTo("on"));
        Assert.That(await RunAsync(next, "SHOW search_path"), Does.EndWith("pg_temp").IgnoreCase.Or.EndsWith("\"pg_temp\""));
        Assert.That(await PidAsync(next), Is.EqualTo(first), "it is the same connection");
        var left = await Shop.RunAsync(Shared.Server, "app", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
        Assert.That(left, Is.Zero);
    }

    [Test]
    public async Task Session_that_leaves_in_a_transaction_leaves_no_connection()
    {
        var name = NewName();
        int first;
        await using (var connection = await OpenAsync(name))
        {
            first = await PidAsync(connection);
            await RunAsync(connection, "BEGIN");
            await RunAsync(connection, Pid);
        }

        await UntilGoneAsync(first);
        await using var next = await OpenAsync(name);
        Assert.That(await PidAsync(next), Is.Not.EqualTo(first));
    }

    [Test]
    public async Task Cancelled_session_leaves_no_connection_and_its_key_cancels_nobody()
    {
        const string Slow = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k";
        await Shared.Proxy.GrantAsync(Slow);
        var name = NewName();
        int first;
        await using (var connection = await OpenAsync(name))
        {
            first = await PidAsync(connection);
            await using var command = new NpgsqlCommand(Slow, connection);
            var running = command.ExecuteScalarAsync();
            while (!running.IsCompleted)
            {
                command.Cancel();
                await Task.WhenAny(running, Task.Delay(100));
            }

            Assert.That(() => running, Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("57014").Or.InstanceOf<OperationCanceledException>());
        }

        await UntilGoneAsync(first);
        await using var next = await OpenAsync(name);
        Assert.That(await PidAsync(next), Is.Not.EqualTo(first));
        for (var i = 0; i < 20; i++)
            await PidAsync(next);
    }

    [Test]
    public async Task Other_settings_have_other_connections()
    {
        var name = NewName();
        int first;
        await using (var connection = await OpenAsync(name))
            first = await PidAsync(connection);

        await UntilResetAsync(name);
        await using var other = await OpenAsync(name, "Timezone=Asia/Tokyo");
        Assert.That(await PidAsync(other), Is.Not.EqualTo(first));
        Assert.That(await RunAsync(other, "SHOW timezone"), Is.EqualTo("Asia/Tokyo"));
        await using var same = await OpenAsync(name);
        Assert.That(await PidAsync(same), Is.EqualTo(first));
    }

    [Test]
    public async Task Connection_that_the_server_closed_is_not_handed_out()
    {
        var name = NewName();
        int first;
        await using (var connection = await OpenAsync(name))
            first = await PidAsync(connection);

        await UntilResetAsync(name);
        await Shop.RunAsync(Shared.Server, "app", string.Create(CultureInfo.InvariantCulture, $"SELECT pg_terminate_backend({first})"));
        await UntilGoneAsync(first);
        await using var next = await OpenAsync(name);
        Assert.That(await PidAsync(next), Is.Not.EqualTo(first));
    }

    private static string NewName() => string.Create(CultureInfo.InvariantCulture, $"pool-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}");

    private static Task<NpgsqlConnection> OpenAsync(string name, string options = "") => Shared.Proxy.OpenAsync($"Application Name={name};{options}");

    private static async Task<int> PidAsync(NpgsqlConnection connection) => (int)(await RunAsync(connection, Pid))!;

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }

    private static Task UntilResetAsync(string name) =>
        UntilAsync($"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND query = 'DISCARD ALL' AND state = 'idle'", 1);

    private static Task UntilGoneAsync(int pid) =>
        UntilAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"), 0);

    private static async Task UntilAsync(string question, long answer)
    {
        var clock = Stopwatch.StartNew();
        while ((long)(await Shop.RunAsync(Shared.Server, "app", question))! != answer)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), question);
    }
}
