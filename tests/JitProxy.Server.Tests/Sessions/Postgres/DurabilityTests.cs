using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>When rows may leave, by <c>audit.durability</c>. Whoever holds the trail's database keeps it from being written.</summary>
internal sealed class DurabilityTests
{
    private const string Approved = "SELECT id, note FROM orders";
    private const string Answered = "Shape(id,note) Row(1,a) Done(SELECT 1) Ready(I)";

    private static readonly AuditOptions Patient = new() { StallLimit = TimeSpan.FromMinutes(1), IdleLimit = TimeSpan.FromMinutes(1) };

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"));

    [Test]
    public async Task With_disk_the_statement_runs_at_once_and_its_rows_wait_for_the_commit()
    {
        await using var f = await new SessionFixture(audit: "{ durability: disk }", trail: Patient).StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Query(Approved).RunAsync();
        await f.Trail.FlushAsync();
        f.Upstream.Forget();

        Task<string> heard;
        using (f.HoldTrail())
        {
            heard = f.Client.Query(Approved).RunAsync();
            await UntilAsync(() => f.Upstream.LastAnswered == "Sync");
            Assert.That(heard.IsCompleted, Is.False, "a row left before its record was on the disk");
        }

        Assert.That(await heard, Is.EqualTo(Answered));
    }

    [Test]
    public async Task With_disk_no_row_leaves_if_the_commit_does_not_come()
    {
        await using var f = await new SessionFixture(audit: "{ durability: disk }").StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Query(Approved).RunAsync();
        await f.Trail.FlushAsync();

        using (f.HoldTrail())
        {
            var heard = await f.Client.Query(Approved).RunAsync();
            Assert.That(heard, Does.Contain("ERROR(58030)").And.EndWith("Ready(I)"));
            Assert.That(heard, Does.Not.Contain("Row("));
        }

        Assert.That(await AnsweredAgainAsync(f), Is.EqualTo(Answered));
    }

    [Test]
    public async Task With_process_rows_do_not_wait_for_the_commit()
    {
        await using var f = await new SessionFixture(audit: "{ durability: process }", trail: Patient).StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Query(Approved).RunAsync();
        await f.Trail.FlushAsync();

        string heard;
        using (f.HoldTrail())
            heard = await f.Client.Query(Approved).RunAsync();

        Assert.That(heard, Is.EqualTo(Answered));
    }

    private static async Task<string> AnsweredAgainAsync(SessionFixture f)
    {
        var heard = "";
        await UntilAsync(() => (heard = f.Client.Query(Approved).RunAsync().GetAwaiter().GetResult()) == Answered);
        return heard;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var slow = new CancellationTokenSource(Frames.Soon);
        while (!condition())
            await Task.Delay(5, slow.Token);
    }
}
