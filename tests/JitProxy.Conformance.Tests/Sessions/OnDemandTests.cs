using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Sessions that have a connection to the server only while they need one, and cannot tell.</summary>
[TestFixture]
internal sealed class OnDemandTests
{
    private const string Plain = "SELECT count(*) FROM orders WHERE note <> 'on demand'";
    private const string Pid = "SELECT pg_backend_pid(), count(*) FROM orders WHERE note <> 'on demand'";

    [OneTimeSetUp]
    public async Task GrantAsync()
    {
        await Shared.Proxy.GrantAsync(Plain);
        await Shared.Proxy.GrantAsync(Pid);
    }

    [Test]
    public async Task Idle_sessions_have_no_connection_to_the_server()
    {
        var named = new NamedSessions();
        var sessions = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < 20; i++)
                sessions.Add(await named.OpenAsync());

            // The first one asked the server what it is like; nobody after it did.
            Assert.That(await named.CountAsync(), Is.EqualTo(1));
            Assert.That(await Task.WhenAll(sessions.Select(session => NamedSessions.RunAsync(session, Plain))), Is.All.EqualTo(await NamedSessions.RunAsync(sessions[0], Plain)));
            await UntilLeftAsync(named);
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
        var named = new NamedSessions();
        await using var one = await named.OpenAsync();
        await using var two = await named.OpenAsync();
        await using var mine = new NpgsqlCommand(Plain, one);
        await mine.PrepareAsync();
        await using var theirs = new NpgsqlCommand("SELECT relname FROM pg_catalog.pg_class WHERE relname = $1", two) { Parameters = { new() { Value = "orders" } } };
        await theirs.PrepareAsync();
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(TransactAsync(one), TransactAsync(two));
            await UntilLeftAsync(named);
            Assert.That(await mine.ExecuteScalarAsync(), Is.Not.Null);
            Assert.That(await theirs.ExecuteScalarAsync(), Is.EqualTo("orders"));
        }
    }

    [Test]
    public async Task Session_with_anything_of_its_own_on_the_connection_keeps_it()
    {
        var named = new NamedSessions();
        await using var asked = await named.OpenAsync();
        await using var set = await named.OpenAsync();
        await using var configured = await named.OpenAsync();
        await using var transaction = await named.OpenAsync();
        var pid = await NamedSessions.RunAsync(asked, Pid);
        await NamedSessions.RunAsync(set, "SET timezone = 'Asia/Tokyo'");
        await NamedSessions.RunAsync(configured, "SELECT set_config('timezone', 'Asia/Tokyo', false)");
        await NamedSessions.RunAsync(transaction, "BEGIN");
        await NamedSessions.RunAsync(transaction, Plain);
        await using (var other = await named.OpenAsync())
        {
            await TransactAsync(other);

            // Once this one is left, the looks that leave connections have passed over all.
            await named.UntilCountAsync(NamedSessions.Waits, 1);
            await TransactAsync(other);
            await named.UntilCountAsync(NamedSessions.Waits, 1);
        }

        Assert.That(await named.CountAsync("query <> 'DISCARD ALL'"), Is.EqualTo(4));
        Assert.That(await NamedSessions.RunAsync(asked, Pid), Is.EqualTo(pid));
        Assert.That(await NamedSessions.RunAsync(set, "SHOW timezone"), Is.EqualTo("Asia/Tokyo"));
        Assert.That(await NamedSessions.RunAsync(configured, "SHOW timezone"), Is.EqualTo("Asia/Tokyo"));
        Assert.That(await NamedSessions.RunAsync(transaction, "SELECT now() = statement_timestamp()"), Is.False, "the transaction is the one that was begun");
        await NamedSessions.RunAsync(transaction, "COMMIT");
    }

    private static async Task TransactAsync(NpgsqlConnection connection)
    {
        await NamedSessions.RunAsync(connection, "BEGIN");
        await NamedSessions.RunAsync(connection, Plain);
        await NamedSessions.RunAsync(connection, "COMMIT");
    }

    // Whatever connection there still is waits in the pool, reset.
    private static Task UntilLeftAsync(NamedSessions named) => named.UntilCountAsync($"NOT ({NamedSessions.Waits})", 0);
}
