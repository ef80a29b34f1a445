using JitProxy.Storage.Audit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>What happens when the database cannot be written: nothing begins, nothing is lost, and it goes on by itself.</summary>
internal sealed class AuditFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task A_full_disk_refuses_and_the_trail_goes_on_once_there_is_room()
    {
        using var fixture = new TrailFixture(Steady());
        fixture.Run(TrailFixture.Context());
        fixture.Flush();
        var isFull = true;
        fixture.Trail.Sink.BeforeCommit = connection =>
            AuditSchema.Run(connection, $"PRAGMA max_page_count = {(Volatile.Read(ref isFull) ? 1 : 1_000_000)}");

        // Larger than the free space in the pages there are.
        var open = fixture.Begin(TrailFixture.Context(statement: new string('x', 50_000)));
        var fault = await fixture.Trail.FlushAsync();
        var isBegun = fixture.Trail.TryBegin(TrailFixture.Context(), [], out _, out var refusal);
        open.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok, Rows = 3 });

        Assert.That(fault, Does.Contain("full"));
        Assert.That((isBegun, refusal), Is.EqualTo((false, fault)));
        Assert.That(fixture.Trail.Fault, Is.EqualTo(fault));

        Volatile.Write(ref isFull, false);
        await fixture.Trail.WaitForAsync(open.Seq + 1, CancellationToken.None).WaitAsync(Patience);
        Assert.That(fixture.Trail.Fault, Is.Null);
        fixture.Run(TrailFixture.Context());
        AssertWhole(fixture, expected: 6);
    }

    [Test]
    public async Task After_a_pause_an_execution_waits_until_the_database_proves_itself()
    {
        using var fixture = new TrailFixture(Steady() with { IdleLimit = TimeSpan.Zero });

        Execution execution;
        string? fault;
        lock (fixture.Trail.Sink.Gate)
        {
            execution = fixture.Begin(TrailFixture.Context());
            Assert.That((execution.MayForwardNow, execution.IsDurableNow), Is.EqualTo((false, false)));
        }

        fault = await execution.WhenDurable();
        Assert.That((fault, execution.MayForwardNow, execution.IsDurableNow), Is.EqualTo(((string?)null, true, true)));
        Assert.That(fixture.Trail.CommittedSeq, Is.EqualTo(execution.Seq));
    }

    [Test]
    public void Under_steady_load_an_execution_does_not_wait()
    {
        using var fixture = new TrailFixture(Steady());
        fixture.Run(TrailFixture.Context());
        fixture.Flush();

        lock (fixture.Trail.Sink.Gate)
        {
            var execution = fixture.Begin(TrailFixture.Context());
            Assert.That((execution.MayForwardNow, execution.IsDurableNow), Is.EqualTo((true, true)));
            Assert.That(execution.WhenDurable().IsCompletedSuccessfully, Is.True);
        }
    }

    [Test]
    public async Task A_writer_that_is_at_work_makes_nobody_wait_however_long_ago_its_last_commit_was()
    {
        using var fixture = new TrailFixture(Steady() with { IdleLimit = TimeSpan.Zero, CommitInterval = TimeSpan.FromMinutes(1) });
        var first = fixture.Begin(TrailFixture.Context());
        Assert.That(await first.WhenDurable().WaitAsync(Patience), Is.Null);

        // It gathers records now, and has not slept.
        var second = fixture.Begin(TrailFixture.Context());

        Assert.That((first.MayForwardNow, second.MayForwardNow, second.IsDurableNow), Is.EqualTo((true, true, true)));
        Assert.That(fixture.Trail.CommittedSeq, Is.EqualTo(first.Seq));
    }

    [Test]
    public async Task An_execution_that_cannot_be_proven_is_told_why_and_both_its_records_are_kept()
    {
        using var fixture = new TrailFixture(Steady() with { IdleLimit = TimeSpan.Zero });
        fixture.Trail.Sink.BeforeCommit = _ => throw new SqliteException("disk I/O error", 10);

        var execution = fixture.Begin(TrailFixture.Context());
        var fault = await execution.WhenDurable();
        execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Refused, Error = fault });
        Assert.That(fault, Does.Contain("disk I/O error"));
        Assert.That(execution.IsDurableNow, Is.False);

        fixture.Trail.Sink.BeforeCommit = null;
        await fixture.Trail.WaitForAsync(2, CancellationToken.None).WaitAsync(Patience);
        var end = fixture.Trail.Query(new AuditFilter { Seq = 2 }).Single();
        Assert.That((end.Outcome, end.Error), Is.EqualTo((AuditOutcome.Refused, fault)));
    }

    [Test]
    public async Task A_commit_that_does_not_return_refuses_until_it_does()
    {
        using var fixture = new TrailFixture(Steady() with { StallLimit = TimeSpan.FromMilliseconds(100), IdleLimit = TimeSpan.Zero });
        using var release = new ManualResetEventSlim();
        fixture.Trail.Sink.BeforeCommit = _ => release.Wait(Patience);

        var execution = fixture.Begin(TrailFixture.Context());
        var fault = await execution.WhenDurable().WaitAsync(Patience);

        Assert.That(fault, Does.Contain("does not answer"));
        Assert.That(fixture.Trail.TryBegin(TrailFixture.Context(), [], out _, out var refusal), Is.False);
        Assert.That(refusal, Is.EqualTo(fault));
        release.Set();
        await fixture.Trail.WaitForAsync(execution.Seq, CancellationToken.None).WaitAsync(Patience);
        Assert.That(fixture.Trail.Fault, Is.Null);
    }

    [Test]
    public async Task A_locked_database_refuses_until_the_lock_is_gone()
    {
        using var fixture = new TrailFixture(Steady());
        fixture.Run(TrailFixture.Context());
        fixture.Flush();
        using (var other = fixture.Connect())
        {
            using var transaction = other.BeginTransaction();
            AuditSchema.Run(other, "CREATE TABLE in_the_way (x)");
            fixture.Run(TrailFixture.Context());
            Assert.That(await fixture.Trail.FlushAsync(), Does.Contain("locked"));
            Assert.That(fixture.Trail.TryBegin(TrailFixture.Context(), [], out _, out _), Is.False);
        }

        await fixture.Trail.WaitForAsync(4, CancellationToken.None).WaitAsync(Patience);
        fixture.Run(TrailFixture.Context());
        AssertWhole(fixture, expected: 6);
    }

    [Test]
    public async Task A_database_file_that_is_gone_refuses()
    {
        using var fixture = new TrailFixture(Steady());
        fixture.Run(TrailFixture.Context());
        fixture.Flush();
        File.Delete(fixture.Path);

        fixture.Run(TrailFixture.Context());

        Assert.That(await fixture.Trail.FlushAsync(), Does.Contain("gone"));
        Assert.That(fixture.Trail.TryBegin(TrailFixture.Context(), [], out _, out _), Is.False);
        Assert.That(File.Exists(fixture.Path), Is.False, "a new database would hide that the old one is gone");
    }

    [Test]
    public void A_full_journal_refuses_beginnings_and_takes_every_end([Values(1, 2, 3, 4, 5, 6, 7, 8)] int seed)
    {
        using var fixture = new TrailFixture(Steady() with { JournalSize = 128 * 1024, StallLimit = Patience });
        fixture.Run(TrailFixture.Context());
        fixture.Flush();
        var random = new Random(seed);
        var contexts = Enumerable.Range(0, 20)
            .Select(number => TrailFixture.Context(user: new string('u', random.Next(1, 200)), statement: $"select {number} '" + new string('x', random.Next(3000))))
            .ToList();
        var open = new List<Execution>();
        var closed = 0;
        string? fault = null;
        lock (fixture.Trail.Sink.Gate)
        {
            while (fault is null)
            {
                if (fixture.Trail.TryBegin(contexts[random.Next(contexts.Count)], new byte[random.Next(300)], out var execution, out fault))
                    open.Add(execution);
                if (open.Count > 0 && random.Next(4) == 0)
                {
                    var index = random.Next(open.Count);
                    open[index].Finish(Outcome(random));
                    open.RemoveAt(index);
                    closed++;
                }
            }

            Assert.That(fault, Does.Contain("is full"));
            Assert.That(open, Is.Not.Empty);
            foreach (var execution in open)
                execution.Finish(Outcome(random));
        }

        fixture.Flush();
        Assert.That(fixture.Trail.Verify().Why, Is.Null);
        AssertEnded(fixture, begun: open.Count + closed + 1);
    }

    [Test]
    public async Task In_durability_disk_rows_wait_for_the_commit_and_the_statement_does_not()
    {
        using var fixture = new TrailFixture(Steady() with { Durability = AuditDurability.Disk });
        fixture.Run(TrailFixture.Context());
        fixture.Flush();

        Execution execution;
        lock (fixture.Trail.Sink.Gate)
        {
            execution = fixture.Begin(TrailFixture.Context());
            Assert.That((execution.MayForwardNow, execution.IsDurableNow, execution.WhenDurable().IsCompleted), Is.EqualTo((true, false, false)));
        }

        Assert.That(await execution.WhenDurable().WaitAsync(Patience), Is.Null);
        Assert.That(execution.IsDurableNow, Is.True);
    }

    [Test]
    public async Task In_durability_disk_many_share_a_commit()
    {
        using var fixture = new TrailFixture(Steady() with { Durability = AuditDurability.Disk });
        fixture.Run(TrailFixture.Context());
        fixture.Flush();
        List<Execution> executions;
        lock (fixture.Trail.Sink.Gate)
            executions = [.. Enumerable.Range(0, 200).Select(_ => fixture.Begin(TrailFixture.Context()))];

        var faults = await Task.WhenAll(executions.Select(execution => execution.WhenDurable())).WaitAsync(Patience);

        Assert.That(faults, Has.All.Null);
        Assert.That(fixture.Read<long>("SELECT count(*) FROM audit_block"), Is.LessThanOrEqualTo(5));
    }

    // No pause ever, so that the tests say when the trail has to prove itself.
    private static AuditOptions Steady() => new() { IdleLimit = TimeSpan.FromMinutes(1), JournalSize = 1024 * 1024 };

    private static ExecutionOutcome Outcome(Random random) => new()
    {
        Outcome = AuditOutcome.Error,
        Rows = random.NextInt64(long.MaxValue),
        Bytes = random.NextInt64(long.MaxValue),
        Masked = [.. Enumerable.Range(0, random.Next(30)).Select(number => $"column {number} \u00e9\u4e2d")],
        SqlState = "42P01",
        Error = new string('\u4e2d', random.Next(500)),
    };

    private static void AssertWhole(TrailFixture fixture, int expected)
    {
        Assert.That(fixture.Trail.Query(new AuditFilter()).Select(record => record.Seq), Is.EqualTo(Enumerable.Range(1, expected).Select(seq => (long)seq)));
        Assert.That(fixture.Trail.Verify().Why, Is.Null);
    }

    private static void AssertEnded(TrailFixture fixture, int begun)
    {
        var records = fixture.Trail.Query(new AuditFilter()).ToList();
        var seqs = records.Where(record => record.Event == AuditEvent.Authorized).Select(record => record.Seq).ToList();
        Assert.That(seqs, Has.Count.EqualTo(begun));
        Assert.That(records.Where(record => record.Event == AuditEvent.Finished).Select(record => record.Execution!.Value), Is.EquivalentTo(seqs));
    }
}
