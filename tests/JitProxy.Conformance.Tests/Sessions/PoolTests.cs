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

    [OneTimeSetUp]
    public Task GrantAsync() => Shared.Proxy.GrantAsync(Pid);

    [Test]
    public async Task Next_session_has_the_same_connection_and_none_of_its_settings_and_statements()
    {
        var sessions = new NamedSessions();
        int first;
        await using (var connection = await sessions.OpenAsync())
        {
            first = await PidAsync(connection);
            await NamedSessions.RunAsync(connection, "SET DateStyle = 'German'");
            await NamedSessions.RunAsync(connection, "SET statement_timeout = 1234");
            await using var prepared = new NpgsqlCommand("SELECT count(*) FROM pg_catalog.pg_class WHERE relname = $1", connection) { Parameters = { new() { Value = "x" } } };
            await prepared.PrepareAsync();
            await prepared.ExecuteScalarAsync();
        }

        await UntilResetAsync(sessions);
        await using var next = await sessions.OpenAsync();
        Assert.That(await NamedSessions.RunAsync(next, "SHOW DateStyle"), Is.EqualTo("ISO, MDY"));
        Assert.That(await NamedSessions.RunAsync(next, "SHOW statement_timeout"), Is.Not.EqualTo("1234ms"));
        Assert.That(await NamedSessions.RunAsync(next, "SHOW default_transaction_read_only"), Is.EqualTo("on"));
        Assert.That(await NamedSessions.RunAsync(next, "SHOW search_path"), Does.EndWith("pg_temp").IgnoreCase.Or.EndsWith("\"pg_temp\""));
        Assert.That(await PidAsync(next), Is.EqualTo(first), "it is the same connection");
        var left = await Shop.RunAsync(Shared.Server, "app", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
        Assert.That(left, Is.Zero);
    }

    [Test]
    public async Task Session_that_leaves_in_a_transaction_leaves_no_connection()
    {
        var sessions = new NamedSessions();
        int first;
        await using (var connection = await sessions.OpenAsync())
        {
            first = await PidAsync(connection);
            await NamedSessions.RunAsync(connection, "BEGIN");
            await NamedSessions.RunAsync(connection, Pid);
        }

        await NamedSessions.UntilGoneAsync(first);
        await using var next = await sessions.OpenAsync();
        Assert.That(await PidAsync(next), Is.Not.EqualTo(first));
    }

    [Test]
    public async Task Cancelled_session_leaves_no_connection_and_its_key_cancels_nobody()
    {
        const string Slow = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k";
        await Shared.Proxy.GrantAsync(Slow);
        var sessions = new NamedSessions();
        int first;
        await using (var connection = await sessions.OpenAsync())
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

        await NamedSessions.UntilGoneAsync(first);
        await using var next = await sessions.OpenAsync();
        Assert.That(await PidAsync(next), Is.Not.EqualTo(first));
        for (var i = 0; i < 20; i++)
            await PidAsync(next);
    }

    [Test]
    public async Task Other_settings_have_other_connections()
    {
        var sessions = new NamedSessions();
        int first;
        await using (var connection = await sessions.OpenAsync())
            first = await PidAsync(connection);

        await UntilResetAsync(sessions);
        await using var other = await sessions.OpenAsync("Timezone=Asia/Tokyo");
        Assert.That(await PidAsync(other), Is.Not.EqualTo(first));
        Assert.That(await NamedSessions.RunAsync(other, "SHOW timezone"), Is.EqualTo("Asia/Tokyo"));
        await using var same = await sessions.OpenAsync();
        Assert.That(await PidAsync(same), Is.EqualTo(first));
    }

    [Test]
    public async Task Connection_that_the_server_closed_is_not_handed_out()
    {
        var sessions = new NamedSessions();
        int first;
        await using (var connection = await sessions.OpenAsync())
            first = await PidAsync(connection);

        await UntilResetAsync(sessions);
        await Shop.RunAsync(Shared.Server, "app", string.Create(CultureInfo.InvariantCulture, $"SELECT pg_terminate_backend({first})"));
        await NamedSessions.UntilGoneAsync(first);
        await using var next = await sessions.OpenAsync();
        Assert.That(await PidAsync(next), Is.Not.EqualTo(first));
    }

    private static async Task<int> PidAsync(NpgsqlConnection connection) => (int)(await NamedSessions.RunAsync(connection, Pid))!;

    private static Task UntilResetAsync(NamedSessions sessions) => sessions.UntilCountAsync(NamedSessions.Waits, 1);
}
