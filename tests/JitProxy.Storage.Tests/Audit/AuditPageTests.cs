using JitProxy.Storage.Audit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>Pages and filters over a seeded trail of several buckets, against plain predicates over all of its records.</summary>
internal sealed class AuditPageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jitproxy-audit-");
    private AuditTrail _trail = null!;
    private List<AuditRecord> _all = null!;

    private string Path => System.IO.Path.Combine(_folder.FullName, "jitproxy.db");

    [OneTimeSetUp]
    public void Write()
    {
        TrailSeed.Records(Path, 40_000);
        _trail = AuditTrail.Open(Path, new AuditOptions { JournalSize = 1024 * 1024 }, TimeProvider.System);
        var statement = "SELECT 1 /* " + new string('x', 2000) + " Tail of a Long statement */";
        var context = TrailFixture.Context("olga", 77, statement, "server0/long");
        Assert.That(_trail.TryBegin(context, default, out var execution, out _), Is.True);
        for (var index = 0; index < 9000; index++)
            Assert.That(_trail.TryRecord(new AuditRecord { Event = AuditEvent.Logout, User = "user1", Actor = index % 100 == 0 ? "root" : null }, out _, out _), Is.True);
        execution!.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok, Rows = 5, Masked = ["ssn"] });
        _all = [.. _trail.Query(new AuditFilter())];
        Assert.That(_all, Has.Count.GreaterThan(49_000));
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _trail.Dispose();
        _folder.Delete(recursive: true);
    }

    private static IEnumerable<TestCaseData> Filters()
    {
        yield return Case("actor", new() { Actor = "root" }, r => r.Actor == "root");
        yield return Case("client with port", new() { Client = "10.0.3.3:40003" }, r => r.Client == "10.0.3.3:40003");
        yield return Case("client without port", new() { Client = "10.0.3.3" }, r => r.Client?.StartsWith("10.0.3.3:", StringComparison.Ordinal) == true);
        yield return Case("beginning of a client", new() { Client = "10.0.3" }, _ => false);
        yield return Case("server", new() { Server = "server2" }, r => r.Server == "server2");
        yield return Case("text", new() { Text = "customers_7 where REGION" }, r => r.Statement?.Contains("customers_7 where region", StringComparison.OrdinalIgnoreCase) == true);
        yield return Case("text of two letters", new() { Text = "id" }, r => r.Statement?.Contains("id", StringComparison.OrdinalIgnoreCase) == true);
        yield return Case("text of a literal", new() { Text = "id = 2019" }, r => r.Statement?.Contains("id = 2019", StringComparison.Ordinal) == true);
        yield return Case("text that is nowhere", new() { Text = "drop table" }, _ => false);
        yield return Case("text kept with the beginning", new() { Text = "tail of a long" }, r => r.User == "olga");
        yield return Case("error", new() { Error = "DEADLOCK" }, r => r.Error?.Contains("deadlock", StringComparison.Ordinal) == true);
        yield return Case("outcome", new() { Outcomes = [AuditOutcome.Error, AuditOutcome.Refused] }, r => r.Outcome is AuditOutcome.Error or AuditOutcome.Refused);
        yield return Case("masked column", new() { MaskedColumn = "email" }, r => !r.Masked.IsDefault && r.Masked.Contains("email"));
        yield return Case("masked", new() { IsMasked = true }, r => !r.Masked.IsDefaultOrEmpty);
        yield return Case("not masked", new() { IsMasked = false }, r => r.Masked is { IsDefault: false, Length: 0 });
        yield return Case("record that began no execution", new() { Execution = 45_000 }, _ => false);
        yield return Case("many rows", new() { Rows = new(1000, null) }, r => r.Rows >= 1000);
        yield return Case("few rows", new() { Rows = new(null, 2) }, r => r.Rows <= 2);
        yield return Case("bytes", new() { Bytes = new(400, 800) }, r => r.Bytes is >= 400 and <= 800);
        yield return Case("duration", new() { Duration = new(0, long.MaxValue) }, r => r.DurationMicroseconds >= 0);
        yield return Case("before", new() { BeforeSeq = 100 }, r => r.Seq < 100);
        yield return Case("between", new() { AfterSeq = 4000, BeforeSeq = 4200 }, r => r.Seq is > 4000 and < 4200);
        yield return Case("scope", new() { Scope = new("user3", static d => d == "server1/db4") }, r => r.User == "user3" || r.Database == "server1/db4");
        yield return Case("scope of nobody", new() { Scope = new("nobody", static _ => false) }, _ => false);
        yield return Case("scope and grant", new() { Grant = 5, Scope = new("nobody", static d => d.StartsWith("server1", StringComparison.Ordinal)) }, r => r.Grant == 5 && r.Database!.StartsWith("server1", StringComparison.Ordinal));
        yield return Case(
            "everything at once",
            new() { User = "user7", Server = "server1", Text = "customers", Outcomes = [AuditOutcome.Ok], Events = [AuditEvent.Finished], Rows = new(1, 50) },
            r => r is { User: "user7", Server: "server1", Outcome: AuditOutcome.Ok, Event: AuditEvent.Finished, Rows: >= 1 and <= 50 } && r.Statement!.Contains("customers", StringComparison.Ordinal));

        static TestCaseData Case(string name, AuditFilter filter, Func<AuditRecord, bool> wanted) => new TestCaseData(filter, wanted).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Filters))]
    public void Every_field_can_be_filtered_by_and_paged_in_both_directions(AuditFilter filter, Func<AuditRecord, bool> wanted)
    {
        var expected = _all.Where(wanted).Select(static r => (r.Seq, r.Hash, r.Statement)).ToList();

        Assert.That(_trail.Query(filter).Select(static r => (r.Seq, r.Hash, r.Statement)), Is.EqualTo(expected));
        var limit = Math.Max(1, expected.Count / 3);
        Assert.That(Pages(filter with { Limit = limit }, Patience).Select(static r => (r.Seq, r.Hash, r.Statement)), Is.EqualTo(expected));
        expected.Reverse();
        Assert.That(Pages(filter with { Limit = limit, Descending = true }, Patience).Select(static r => (r.Seq, r.Hash, r.Statement)), Is.EqualTo(expected));
    }

    [Test]
    public void An_execution_is_found_whole_however_far_apart_its_ends_are([Values] bool isLong, [Values] bool isDescending, [Values] bool isByGrant)
    {
        var begun = _all.FindLast(r => r.Event == AuditEvent.Authorized && r.User == "olga" == isLong)!;
        var ended = _all.Find(r => r.Event == AuditEvent.Finished && r.Execution == begun.Seq)!;
        Assert.That(ended.Seq - begun.Seq, isLong ? Is.EqualTo(9001) : Is.LessThan(100));

        var found = _trail.Query(new AuditFilter { Execution = begun.Seq, Descending = isDescending, Grant = isByGrant ? begun.Grant : null }).Select(static r => r.Seq);
        Assert.That(found, Is.EqualTo(isDescending ? new[] { ended.Seq, begun.Seq } : [begun.Seq, ended.Seq]));
    }

    // What a page costs then does not grow with the trail; no time is measured.
    [TestCaseSource(nameof(Filters))]
    public void Pages_are_looked_up_and_never_read_from_end_to_end(AuditFilter filter, Func<AuditRecord, bool> wanted)
    {
        _ = wanted;
        using var connection = new SqliteConnection($"Data Source={Path};Mode=ReadOnly;Pooling=false");
        connection.Open();
        foreach (var sql in (string[])[new BucketScan(connection, filter, new(filter)).Sql, AuditReader.SqlOf(true), AuditReader.SqlOf(false)])
        {
            using var command = connection.CreateCommand();
            command.CommandText = "EXPLAIN QUERY PLAN " + sql;
            foreach (var name in sql.Split(' ', '\n', '(', ')', ',').Where(static word => word.StartsWith('$')).Distinct())
                command.Parameters.AddWithValue(name, 1);

            using var reader = command.ExecuteReader();
            while (reader.Read())
                Assert.That(reader.GetString(3), Does.Not.StartWith("SCAN").And.Not.Contain("TEMP B-TREE"), sql);
        }
    }

    [Test]
    public void A_page_out_of_time_says_where_to_go_on_and_nothing_is_left_out([Values] bool isDescending)
    {
        var filter = new AuditFilter { Text = "id", Rows = new(7, 7), Limit = 100_000, Descending = isDescending };
        Assert.That(_trail.ReadPage(filter, TimeSpan.Zero), Has.Property(nameof(AuditPage.IsCutShort)).True);
        Assert.That(Pages(filter, TimeSpan.Zero).Select(static r => r.Seq), Is.EqualTo(_trail.Query(filter).Select(static r => r.Seq)).And.Not.Empty);
    }

    [Test]
    public void A_last_page_that_is_just_full_has_no_next()
    {
        var page = _trail.ReadPage(new AuditFilter { BeforeSeq = 11, Limit = 10 }, Patience);
        Assert.That((page.Records.Length, page.Reached, page.IsCutShort), Is.EqualTo((10, (long?)null, false)));
    }

    [Test]
    public void Hours_are_counted_for_all_and_for_each_person_and_database_and_survive_a_restart()
    {
        using var fixture = new TrailFixture();
        fixture.Run(TrailFixture.Context("alice"), times: 3);
        fixture.Run(TrailFixture.Context("bob", database: "shop/other"), times: 2);
        fixture.Record(new AuditRecord { Event = AuditEvent.Denied, User = "bob", Outcome = AuditOutcome.Refused });
        var before = Tallies(fixture.Trail, new());

        Assert.That(before, Is.EquivalentTo(new[] { ("authorized", 5L, 0L), ("finished", 5L, 4L), ("denied", 1L, 0L) }));
        Assert.That(Tallies(fixture.Trail, new(User: "bob")), Is.EquivalentTo(new[] { ("authorized", 2L, 0L), ("finished", 2L, 1L), ("denied", 1L, 0L) }));
        Assert.That(Tallies(fixture.Trail, new(Database: "shop/app")), Is.EquivalentTo(new[] { ("authorized", 3L, 0L), ("finished", 3L, 3L) }));
        Assert.That(Tallies(fixture.Trail, new(User: "nobody")), Is.Empty);
        fixture.Reopen();
        Assert.That(Tallies(fixture.Trail, new()), Is.EquivalentTo(before));
        fixture.Trail.Dispose();

        // As after a crash: nothing was counted yet.
        fixture.Sql("DELETE FROM audit_tally; DELETE FROM audit_count; UPDATE audit_head SET counted_seq = 0");
        fixture.Reopen();
        Assert.That(Tallies(fixture.Trail, new()), Is.EquivalentTo(before));
        Assert.That(fixture.Trail.CountByGrant(12), Is.EqualTo(5));
    }

    [Test]
    public void A_store_from_before_there_were_summaries_gets_them()
    {
        using var fixture = new TrailFixture();
        fixture.Trail.Dispose();
        TrailSeed.Records(fixture.Path, 20_000);
        fixture.Reopen();
        var expected = fixture.Trail.Query(new AuditFilter { Text = "customers_7", Descending = true }).Select(static r => r.Seq).ToList();
        var tallies = Tallies(fixture.Trail, new());
        fixture.Trail.Dispose();
        fixture.Sql("DROP TABLE audit_summary; DROP TABLE audit_tally; UPDATE audit_head SET format = 1");

        Assert.That(AuditTrail.VerifyFile(fixture.Path).Why, Is.Null, "an old file is verified as it is");
        fixture.Reopen();

        Assert.That(fixture.Trail.Verify().Why, Is.Null);
        Assert.That(fixture.Read<long>("SELECT count(*) FROM audit_summary"), Is.GreaterThanOrEqualTo(4));
        Assert.That(expected, Is.Not.Empty);
        Assert.That(fixture.Trail.Query(new AuditFilter { Text = "customers_7", Descending = true }).Select(static r => r.Seq), Is.EqualTo(expected));
        Assert.That(Tallies(fixture.Trail, new()), Is.EquivalentTo(tallies));
        Assert.That(fixture.Trail.Query(new AuditFilter()).Count(), Is.EqualTo(fixture.Trail.LastSeq));
    }

    [Test]
    public void A_store_whose_summaries_know_less_gets_new_ones()
    {
        using var fixture = new TrailFixture();
        var context = TrailFixture.Context("olga");
        Assert.That(fixture.Trail.TryBegin(context, default, out var execution, out _), Is.True);
        for (var index = 0; index < 9000; index++)
            fixture.Record(new AuditRecord { Event = AuditEvent.Logout, User = "user1" });
        execution!.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok });
        for (var index = 0; index < 4000; index++)
            fixture.Record(new AuditRecord { Event = AuditEvent.Logout, User = "user1" });
        fixture.Trail.Dispose();
        fixture.Sql("UPDATE audit_summary SET signature = zeroblob(4096); UPDATE audit_head SET format = 2");

        Assert.That(AuditTrail.VerifyFile(fixture.Path).Why, Is.Null, "an old file is verified as it is");
        fixture.Reopen();
        Assert.That(fixture.Trail.Verify().Why, Is.Null);
        Assert.That(fixture.Trail.Query(new AuditFilter { Execution = execution.Seq }).Select(static r => r.Event), Is.EqualTo(new[] { AuditEvent.Authorized, AuditEvent.Finished }));
    }

    [TestCase("DELETE FROM audit_summary WHERE bucket = 1")]
    [TestCase("UPDATE audit_summary SET events = 0 WHERE bucket = 1")]
    [TestCase("UPDATE audit_summary SET rows_max = 3 WHERE bucket = 1")]
    [TestCase("UPDATE audit_summary SET signature = zeroblob(4096) WHERE bucket = 1")]
    public void A_summary_that_hides_records_is_noticed(string tampering)
    {
        using var fixture = new TrailFixture();
        fixture.Trail.Dispose();
        TrailSeed.Records(fixture.Path, 20_000);
        Assert.That(AuditTrail.VerifyFile(fixture.Path).Why, Is.Null);

        fixture.Sql(tampering);

        var verdict = AuditTrail.VerifyFile(fixture.Path);
        Assert.That((verdict.Damage, verdict.FirstBroken), Is.EqualTo((AuditDamage.Unlisted, 4096L)));
        Assert.That(verdict.Why, Does.Contain("4096 to 8191"));
    }

    private static List<(string Event, long Records, long Rows)> Tallies(AuditTrail trail, AuditTallyScope scope) =>
        [.. trail.Tally(scope, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1))
            .GroupBy(static t => t.Event)
            .Select(static g => (AuditNames.Of(g.Key), g.Sum(static t => t.Records), g.Sum(static t => t.Rows)))];

    private List<AuditRecord> Pages(AuditFilter filter, TimeSpan patience)
    {
        var records = new List<AuditRecord>();
        for (var page = _trail.ReadPage(filter, patience); ; page = _trail.ReadPage(filter, patience))
        {
            records.AddRange(page.Records);
            Assert.That(page.Records.Length, Is.LessThanOrEqualTo(filter.Limit!.Value));
            if (page.Reached is not { } reached)
                return records;
            filter = filter.Descending ? filter with { BeforeSeq = reached } : filter with { AfterSeq = reached };
        }
    }
}
