using System.Security.Cryptography;
using System.Text;
using JitProxy.Policy.Redaction;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

internal sealed class AuditTrailTests
{
    [Test]
    public void An_execution_is_read_back_as_it_was_written()
    {
        using var fixture = new TrailFixture();
        using var parameters = new ParameterEncoder(KeptAs.Clear, default);
        parameters.AddText("42"u8);
        parameters.AddNull();
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

        fixture.Begin(TrailFixture.Context(statement: "select 'a\nb\0c'"), parameters.Encoded).Finish(new ExecutionOutcome
        {
            Outcome = AuditOutcome.Error,
            Rows = 7,
            Bytes = 70_000_000_000,
            Masked = ["ssn", "e-mail"],
            SqlState = "22012",
            Error = "division by zero",
        });

        var records = fixture.Trail.Query(new AuditFilter()).ToList();
        Assert.That(records, Has.Count.EqualTo(2));
        var begun = records[0];
        var ended = records[1];
        Assert.Multiple(() =>
        {
            Assert.That(begun.Seq, Is.EqualTo(1));
            Assert.That(begun.Event, Is.EqualTo(AuditEvent.Authorized));
            Assert.That(begun.At, Is.InRange(before, TimeProvider.System.GetUtcNow()));
            Assert.That(begun.User, Is.EqualTo("alice"));
            Assert.That(begun.Client, Is.EqualTo("10.0.0.1:5555"));
            Assert.That(begun.Server, Is.EqualTo("shop"));
            Assert.That(begun.Database, Is.EqualTo("shop/app"));
            Assert.That(begun.Grant, Is.EqualTo(12));
            Assert.That(begun.Statement, Is.EqualTo("select 'a\nb\0c'"));
            Assert.That(begun.Digest, Has.Length.EqualTo(64));
            Assert.That(begun.Parameters, Is.EqualTo(new string?[] { "42", null }));
            Assert.That(begun.Outcome, Is.EqualTo(AuditOutcome.None));
            Assert.That(begun.Hash, Has.Length.EqualTo(64));
            Assert.That(ended.Seq, Is.EqualTo(2));
            Assert.That(ended.Event, Is.EqualTo(AuditEvent.Finished));
            Assert.That(ended.Execution, Is.EqualTo(1));
            Assert.That(ended.Statement, Is.EqualTo(begun.Statement));
            Assert.That(ended.Rows, Is.EqualTo(7));
            Assert.That(ended.Bytes, Is.EqualTo(70_000_000_000));
            Assert.That(ended.Masked, Is.EqualTo(new[] { "ssn", "e-mail" }));
            Assert.That(ended.Outcome, Is.EqualTo(AuditOutcome.Error));
            Assert.That(ended.Error, Is.EqualTo("22012 division by zero"));
            Assert.That(ended.DurationMicroseconds, Is.GreaterThanOrEqualTo(0));
            Assert.That(ended.Hash, Is.Not.EqualTo(begun.Hash));
        });
    }

    [Test]
    public void Housekeeping_needs_no_grant_and_says_so()
    {
        using var fixture = new TrailFixture();

        fixture.Run(StatementContext.ForHousekeeping("alice", "10.0.0.1:1", "shop", "shop/app", "show all"u8));

        var begun = fixture.Trail.Query(new AuditFilter()).First();
        Assert.That((begun.Event, begun.Grant, begun.Statement), Is.EqualTo((AuditEvent.Housekeeping, (long?)null, "show all")));
    }

    [Test]
    public void A_denied_statement_is_found_by_its_number()
    {
        using var fixture = new TrailFixture();
        fixture.Run(TrailFixture.Context(), times: 3);

        var seq = fixture.Record(new AuditRecord { Event = AuditEvent.Denied, User = "bob", Statement = "drop table x", Error = "no grant" });
        fixture.Run(TrailFixture.Context(), times: 3);

        var denied = fixture.Trail.Query(new AuditFilter { Seq = seq }).Single();
        Assert.That((denied.Seq, denied.Statement, denied.Error), Is.EqualTo((7L, "drop table x", "no grant")));
    }

    [Test]
    public void A_refused_statement_too_large_for_the_journal_is_cut_and_says_so()
    {
        using var fixture = new TrailFixture(new AuditOptions { JournalSize = JournalFile.SizeMin });
        var statement = string.Concat(Enumerable.Repeat("\u4e2d\u00e9x", 30_000));

        var seq = fixture.Record(new AuditRecord { Event = AuditEvent.Denied, Statement = statement });

        var denied = fixture.Trail.Query(new AuditFilter { Seq = seq }).Single();
        Assert.That(denied.IsStatementCut, Is.True);
        Assert.That(denied.Statement, Has.Length.InRange(2000, 89_999).And.EqualTo(statement[..denied.Statement!.Length]));
        Assert.That(denied.Digest, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(statement)))));
    }

    [Test]
    public void An_execution_too_large_for_the_journal_is_refused_and_the_next_is_not()
    {
        using var fixture = new TrailFixture(new AuditOptions { JournalSize = JournalFile.SizeMin });

        var isBegun = fixture.Trail.TryBegin(TrailFixture.Context(statement: new string('x', 100_000)), [], out _, out var fault);

        Assert.That((isBegun, fault), Is.EqualTo((false, fault)));
        Assert.That(fault, Does.Contain("too large"));
        fixture.Run(TrailFixture.Context());
    }

    [Test]
    public void An_execution_ends_once()
    {
        using var fixture = new TrailFixture();
        var execution = fixture.Begin(TrailFixture.Context());

        execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok });
        execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Unknown });

        var ends = fixture.Trail.Query(new AuditFilter { Events = [AuditEvent.Finished] }).ToList();
        Assert.That(ends.Select(end => end.Outcome), Is.EqualTo(new[] { AuditOutcome.Ok }));
    }

    [Test]
    public void The_statement_of_an_end_is_known_although_its_beginning_is_laps_away()
    {
        using var fixture = new TrailFixture(new AuditOptions { JournalSize = 128 * 1024 });
        var statement = "select '" + new string('y', 5000) + "'";
        var execution = fixture.Begin(TrailFixture.Context(user: "carol", statement: statement));
        for (var index = 0; index < 40; index++)
        {
            fixture.Run(TrailFixture.Context(statement: new string('z', 4000)));
            fixture.Flush();
        }

        execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok });

        var end = fixture.Trail.Query(new AuditFilter { User = "carol", Events = [AuditEvent.Finished] }).Single();
        Assert.That((end.Execution, end.Statement), Is.EqualTo(((long?)execution.Seq, statement)));
        Assert.That(fixture.Trail.Verify().IsIntact, Is.True);
    }

    [Test]
    public void Every_parallel_record_is_numbered_and_chained()
    {
        using var fixture = new TrailFixture(new AuditOptions { JournalSize = 256 * 1024, CommitInterval = TimeSpan.FromMilliseconds(2) });
        const int Threads = 8;
        const int Executions = 2000;
        var begun = new List<long>[Threads];
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            var mine = begun[number] = [];
            var context = TrailFixture.Context(user: $"user{number}", grant: number + 1, statement: $"select {number}");
            while (mine.Count < Executions)
            {
                // A full journal refuses; the writer makes room.
                if (!fixture.Trail.TryBegin(context, Encoding.UTF8.GetBytes($"\u0001\u0001{number}"), out var execution, out _))
                {
                    Thread.Yield();
                    continue;
                }

                mine.Add(execution.Seq);
                execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok, Rows = number });
            }
        })).ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        var records = fixture.Trail.Query(new AuditFilter()).ToList();
        Assert.That(records.Select(record => record.Seq), Is.EqualTo(Enumerable.Range(1, Threads * Executions * 2).Select(seq => (long)seq)));
        for (var number = 0; number < Threads; number++)
        {
            var mine = records.Where(record => record.Event == AuditEvent.Authorized && record.User == $"user{number}").ToList();
            Assert.That(mine.Select(record => record.Seq), Is.EqualTo(begun[number]));
            Assert.That(mine, Has.All.Matches<AuditRecord>(record => record.Parameters.Single() == $"{number}"));
        }

        var ends = records.Where(record => record.Event == AuditEvent.Finished).Select(record => record.Execution!.Value);
        Assert.That(ends, Is.EquivalentTo(begun.SelectMany(seqs => seqs)));
        var verdict = fixture.Trail.Verify();
        Assert.That((verdict.Why, verdict.Records, verdict.LastSeq), Is.EqualTo(((string?)null, 32_000L, 32_000L)));
        Assert.That(Enumerable.Range(1, Threads).Select(grant => fixture.Trail.CountByGrant(grant)), Has.All.EqualTo(Executions));
    }

    [Test]
    public void Counts_by_grant_survive_a_restart()
    {
        using var fixture = new TrailFixture();
        fixture.Run(TrailFixture.Context(grant: 3), times: 5);
        fixture.Reopen();
        fixture.Run(TrailFixture.Context(grant: 3), times: 2);

        Assert.That((fixture.Trail.CountByGrant(3), fixture.Trail.CountByGrant(4)), Is.EqualTo((7L, 0L)));
    }

    [Test]
    public void A_second_process_cannot_open_the_trail()
    {
        using var fixture = new TrailFixture();

        Assert.That(() => fixture.Open(), Throws.TypeOf<StoreException>().With.Message.Contains("-journal-audit"));
    }

    [Test]
    public void A_file_that_is_no_database_is_named()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "this is certainly no database, it is only a text that is long enough to be looked at by the library");

        Assert.That(() => AuditTrail.Open(path, new AuditOptions(), TimeProvider.System),
            Throws.TypeOf<StoreException>().With.Property(nameof(StoreException.File)).EqualTo(path));
        File.Delete(path);
    }

    [Test]
    public void A_journal_without_its_database_is_not_thrown_away()
    {
        using var fixture = new TrailFixture();
        fixture.Run(TrailFixture.Context());
        fixture.Trail.Dispose();
        File.Delete(fixture.Path);

        Assert.That(() => fixture.Open(), Throws.TypeOf<StoreException>().With.Message.Contains("belongs to another database"));
    }

    [Test]
    public async Task A_follower_is_told_of_the_next_record()
    {
        using var fixture = new TrailFixture();
        var next = fixture.Trail.WaitForAsync(1, CancellationToken.None);
        Assert.That(next.IsCompleted, Is.False);

        fixture.Run(TrailFixture.Context());

        await next.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That(fixture.Trail.CommittedSeq, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task A_closed_trail_refuses()
    {
        using var fixture = new TrailFixture();
        var execution = fixture.Begin(TrailFixture.Context());
        fixture.Trail.Dispose();

        execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok });

        Assert.That(fixture.Trail.TryBegin(TrailFixture.Context(), [], out _, out var fault), Is.False);
        Assert.That(fault, Does.Contain("closed"));
        Assert.That(await fixture.Trail.WaitForAsync(99, CancellationToken.None), Is.False);
        Assert.That(await fixture.Trail.FlushAsync(), Is.Null);
    }
}
