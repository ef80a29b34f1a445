using System.Diagnostics;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

internal sealed class AuditRecoveryTests
{
    [Test]
    public void A_killed_process_leaves_a_record_of_every_execution_that_it_began()
    {
        using var fixture = new TrailFixture(new AuditOptions { JournalSize = AuditChild.JournalSize });
        fixture.Trail.Dispose();
        var told = new HashSet<long>();
        var random = new Random();
        for (var round = 0; round < 3; round++)
        {
            using var child = AuditChild.Start(fixture.Path);
            var enough = told.Count + random.Next(500, 20_000);
            while (told.Count < enough && child.StandardOutput.ReadLine() is { } line)
                told.Add(long.Parse(line));
            child.Kill();

            // What it told before it died, cut short where it died.
            var rest = child.StandardOutput.ReadToEnd();
            foreach (var line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
                told.Add(long.Parse(line));
            child.WaitForExit();
            Assert.That(told, Has.Count.GreaterThanOrEqualTo(enough), child.StandardError.ReadToEnd());

            using var trail = fixture.Open();
            var verdict = trail.Verify();
            Assert.That((verdict.Why, verdict.Lost), Is.EqualTo(((string?)null, 0L)));
            var begun = trail.Query(new AuditFilter { Events = [AuditEvent.Authorized] }).ToList();
            Assert.That(told.Except(begun.Select(record => record.Seq)), Is.Empty, "executions that began without a record");
            Assert.That(begun, Has.All.Matches<AuditRecord>(record => record.Statement == AuditChild.Statement(record.User!)));
        }
    }

    [Test]
    public void What_the_database_has_not_taken_over_comes_from_the_journal()
    {
        using var fixture = new TrailFixture(Lazy());
        fixture.Record(new AuditRecord { Event = AuditEvent.Login, User = "alice" });
        fixture.Flush();
        fixture.Run(TrailFixture.Context(grant: 9), times: 50);
        using var copy = new TrailCopy(fixture);
        Assert.That(copy.CommittedSeq, Is.EqualTo(1));

        using var trail = copy.Open();

        Assert.That(trail.CommittedSeq, Is.EqualTo(101));
        Assert.That(trail.Verify().Why, Is.Null);
        Assert.That(trail.CountByGrant(9), Is.EqualTo(50));
        Assert.That(trail.Query(new AuditFilter { Grant = 9 }).Count(), Is.EqualTo(100));
    }

    [Test]
    public void A_torn_last_record_ends_the_journal_there_and_its_number_is_used_again()
    {
        using var fixture = new TrailFixture(Lazy());
        fixture.Record(new AuditRecord { Event = AuditEvent.Login, User = "alice" });
        fixture.Flush();
        fixture.Run(TrailFixture.Context(), times: 5);
        using var whole = new TrailCopy(fixture);
        var (start, end) = whole.LastEntry();
        Assert.That(end - start, Is.GreaterThanOrEqualTo(Entry.HeaderSize));
        for (var cut = start; cut < end; cut++)
        {
            using var copy = new TrailCopy(fixture);
            copy.TearJournal(cut);

            using var trail = copy.Open();

            Assert.That(trail.LastSeq, Is.EqualTo(10), $"cut at {cut - start} of {end - start}");
            Assert.That(trail.TryRecord(new AuditRecord { Event = AuditEvent.Started }, out var seq, out _), Is.True);
            Assert.That(seq, Is.EqualTo(11));
            Assert.That(trail.Verify().Why, Is.Null);
        }
    }

    [Test]
    public void Records_that_are_lost_are_recorded_as_lost()
    {
        using var fixture = new TrailFixture(Lazy() with { JournalSize = JournalFile.SizeMin });
        fixture.Record(new AuditRecord { Event = AuditEvent.Login, User = "alice" });
        fixture.Flush();
        using var old = new TrailCopy(fixture);
        for (var index = 0; index < 30; index++)
        {
            fixture.Run(TrailFixture.Context(statement: new string('x', 5000)));
            fixture.Flush();
        }

        // The database as it was before, the journal as it is now: as if the disk had forgotten the commits between.
        old.TakeJournal(fixture);
        using var trail = old.Open();

        var verdict = trail.Verify();
        var lost = trail.Query(new AuditFilter { Events = [AuditEvent.Lost] }).Single();
        Assert.That((verdict.Why, verdict.LastSeq), Is.EqualTo(((string?)null, 61L)));
        Assert.That((lost.Seq, lost.Rows), Is.EqualTo((2L, (long?)verdict.Lost)));
        Assert.That(verdict.Lost, Is.GreaterThan(0));
        Assert.That(trail.Query(new AuditFilter()).Select(record => record.Seq), Is.EqualTo(new long[] { 1, 2 }.Concat(Enumerable.Range(2 + (int)verdict.Lost, 60 - (int)verdict.Lost).Select(seq => (long)seq))));
    }

    [Test]
    public void A_journal_of_another_size_is_emptied_and_made_anew()
    {
        using var fixture = new TrailFixture(Lazy());
        fixture.Run(TrailFixture.Context(), times: 5);
        using var copy = new TrailCopy(fixture);

        using var trail = copy.Open(new AuditOptions { JournalSize = 256 * 1024 });

        Assert.That(trail.LastSeq, Is.EqualTo(10));
        Assert.That(new FileInfo(AuditTrail.JournalPath(copy.Path)).Length, Is.InRange(200 * 1024, 256 * 1024));
    }

    [Test]
    public void A_damaged_journal_is_named_and_kept()
    {
        using var fixture = new TrailFixture();
        fixture.Run(TrailFixture.Context());
        fixture.Trail.Dispose();
        var path = AuditTrail.JournalPath(fixture.Path);
        File.WriteAllBytes(path, [.. File.ReadAllBytes(path).Select((value, index) => index < 8 ? (byte)'x' : value)]);
        var before = File.ReadAllBytes(path);

        Assert.That(() => fixture.Open(), Throws.TypeOf<StoreException>().With.Message.Contains("damaged"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
    }

    [Test]
    public void The_journal_has_its_room_on_the_disk_from_the_start()
    {
        using var fixture = new TrailFixture(new AuditOptions { JournalSize = 1024 * 1024 });
        using var du = Process.Start(new ProcessStartInfo("du", ["-k", AuditTrail.JournalPath(fixture.Path)]) { RedirectStandardOutput = true })!;

        var blocks = long.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0]);

        Assert.That(blocks, Is.GreaterThanOrEqualTo(1000));
    }

    // Commits only when asked: the records stay in the journal.
    private static AuditOptions Lazy() =>
        new() { JournalSize = 1024 * 1024, CommitInterval = TimeSpan.FromMinutes(1), IdleLimit = TimeSpan.FromMinutes(1) };
}
