using JitProxy.Server.Decide;
using JitProxy.Server.Sessions;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Orders from outside of a session, and what its client is told of refusals.</summary>
internal sealed class SessionEndTests
{
    private const string Approved = "SELECT id, note FROM orders";

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"));

    [Test]
    public async Task A_removed_user_is_told_and_put_out()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.Client.Query("SELECT 1").RunAsync();
        Assert.That(f.Users.Remove("alice", Actor.Administrator), Is.Null);

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(28000) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.Evicted));
    }

    [Test]
    public async Task A_proxy_that_stops_says_so_and_cancels_what_runs()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Approved);
        await f.Client.Query(Approved).SendAsync();
        await f.Upstream.HearAsync("Sync");
        f.Stop();

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(57P01) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ProxyStopped));
        Assert.That(f.Cancels, Is.Positive);
        Assert.That(await f.RecordedAsync(), Has.Member("Unknown 0"));
    }

    [Test]
    public async Task A_session_that_is_over_is_not_looked_at()
    {
        var f = await new SessionFixture().StartAsync(Model());
        await f.Client.Raw('X').SendAsync();
        await f.EndAsync();
        Assert.That(f.CancelByClient, Throws.Nothing);
        Assert.That(f.Watch.LookAtAll, Throws.Nothing);
        Assert.That(f.Cancels, Is.Zero);
        await f.DisposeAsync();
    }

    [Test]
    public async Task A_cancel_of_the_clients_reaches_the_server_while_something_is_owed()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Approved);
        f.CancelByClient();
        Assert.That(f.Cancels, Is.Zero);
        await f.Client.Query(Approved).SendAsync();
        await f.Upstream.HearAsync("Sync");
        f.CancelByClient();
        Assert.That(f.Cancels, Is.EqualTo(1));
    }

    [Test]
    public async Task While_the_trail_cannot_be_written_nothing_goes_upstream()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Query("SELECT 1").RunAsync();
        await f.Trail.FlushAsync();
        f.Upstream.Forget();
        using (var blocker = new SqliteConnection($"Data Source={f.Configuration.Storage.Location};Pooling=False"))
        {
            blocker.Open();
            using var begin = blocker.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            begin.ExecuteNonQuery();
            var failing = f.Trail.FlushAsync();
            await f.Client.Query("SELECT 1").RunAsync();
            await f.Trail.FlushAsync().WaitAsync(Frames.Soon);
            Assert.That(f.Trail.Fault, Is.Not.Null);
            f.Upstream.Forget();

            Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("ERROR(58030) Ready(I)"));
            Assert.That(f.Upstream.Heard, Is.Empty);
            begin.CommandText = "ROLLBACK";
            begin.ExecuteNonQuery();
        }

        using var slow = new CancellationTokenSource(Frames.Soon);
        while (f.Trail.Fault is not null)
            await Task.Delay(10, slow.Token);

        Assert.That(await f.Client.Query(Approved).RunAsync(), Does.EndWith("Done(SELECT 1) Ready(I)"));
    }

    [Test]
    public async Task A_pending_grant_says_where_to_look()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Approved, approve: false);

        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("waiting for approval").And.Contain($"jitproxy grant {grant.Id}"));
    }

    [TestCase("SELECT id, note FROM orders WHERE id = 2", "exactly this text")]
    [TestCase("drop table orders", "no active grant")]
    [TestCase("select 'x", "cannot be read")]
    [TestCase("set search_path = x", "setting may not")]
    [TestCase("select pg_read_file('x')", "")]
    public async Task A_refusal_says_why(string statement, string why)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync("SELECT id, note FROM orders WHERE id = 1");

        Assert.That(await f.Client.Query(statement).RunAsync(), Does.Match(@"^ERROR\((42501|42601)\) Ready\(I\)$"));
        Assert.That(f.Client.LastError, Does.Contain(why));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [Test]
    public async Task A_grant_that_expired_or_was_revoked_is_named_as_such()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        f.Revoke(await f.GrantAsync(Approved));
        await f.Client.Query(Approved).RunAsync();
        Assert.That(f.Client.LastError, Does.Contain("was revoked"));

        await f.GrantAsync(Approved);
        f.Clock.Now += TimeSpan.FromDays(3);
        await f.Client.Query(Approved).RunAsync();
        Assert.That(f.Client.LastError, Does.Contain("has expired"));
    }
}
