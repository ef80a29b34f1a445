using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

internal sealed class AuditQueryTests
{
    private TrailFixture _fixture = null!;
    private List<AuditRecord> _all = null!;

    // Many blocks and several buckets of the index.
    [OneTimeSetUp]
    public void Write()
    {
        _fixture = new TrailFixture(new AuditOptions { CommitInterval = TimeSpan.FromMilliseconds(1) });
        var contexts = Enumerable.Range(0, 12)
            .Select(number => TrailFixture.Context($"user{number % 4}", number % 3 + 1, $"select {number}", $"shop/db{number % 2}"))
            .ToList();
        for (var index = 0; index < 6000; index++)
        {
            _fixture.Run(contexts[index % contexts.Count]);
            if (index % 100 == 0)
                _fixture.Record(new AuditRecord { Event = AuditEvent.Denied, User = "mallory", Database = "shop/db0", Statement = $"drop {index}" });
            if (index % 500 == 0)
                _fixture.Flush();
        }

        _fixture.Run(TrailFixture.Context("rare", 99, "select 99", "shop/rare"));
        _all = [.. _fixture.Trail.Query(new AuditFilter())];
        Assert.That(_all, Has.Count.EqualTo(12_062));
        Assert.That(_fixture.Read<long>("SELECT count(*) FROM audit_block"), Is.GreaterThan(10));
    }

    [OneTimeTearDown]
    public void Remove() => _fixture.Dispose();

    private static IEnumerable<TestCaseData> Filters()
    {
        yield return Case("user", new AuditFilter { User = "user2" }, record => record.User == "user2");
        yield return Case("rare user", new AuditFilter { User = "rare" }, record => record.User == "rare");
        yield return Case("nobody", new AuditFilter { User = "nobody" }, _ => false);
        yield return Case("grant", new AuditFilter { Grant = 3 }, record => record.Grant == 3);
        yield return Case("database", new AuditFilter { Database = "shop/db1" }, record => record.Database == "shop/db1");
        yield return Case("denied", new AuditFilter { Events = [AuditEvent.Denied] }, record => record.Event == AuditEvent.Denied);
        yield return Case("two events", new AuditFilter { Events = [AuditEvent.Denied, AuditEvent.Finished] }, record => record.Event is AuditEvent.Denied or AuditEvent.Finished);
        yield return Case(
            "all at once",
            new AuditFilter { User = "user1", Grant = 2, Database = "shop/db1", Events = [AuditEvent.Authorized] },
            record => record is { User: "user1", Grant: 2, Database: "shop/db1", Event: AuditEvent.Authorized });
        yield return Case("after", new AuditFilter { AfterSeq = 12_000 }, record => record.Seq > 12_000);
        yield return Case("after the end", new AuditFilter { AfterSeq = long.MaxValue - 1 }, _ => false);
        yield return Case("number", new AuditFilter { Seq = 4711 }, record => record.Seq == 4711);
        yield return Case("number of another", new AuditFilter { Seq = 1, User = "nobody" }, _ => false);

        static TestCaseData Case(string name, AuditFilter filter, Func<AuditRecord, bool> wanted) => new TestCaseData(filter, wanted).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Filters))]
    public void A_filter_finds_what_it_says(AuditFilter filter, Func<AuditRecord, bool> wanted)
    {
        var expected = _all.Where(wanted).Select(record => (record.Seq, record.Hash)).ToList();

        Assert.That(_fixture.Trail.Query(filter).Select(record => (record.Seq, record.Hash)), Is.EqualTo(expected));
        Assert.That(_fixture.Trail.Query(filter with { Descending = true }).Select(record => (record.Seq, record.Hash)), Is.EqualTo(expected.AsEnumerable().Reverse()));
        Assert.That(_fixture.Trail.Query(filter with { Limit = 5 }).Select(record => (record.Seq, record.Hash)), Is.EqualTo(expected.Take(5)));
        Assert.That(_fixture.Trail.Query(filter with { Limit = 5, Descending = true }).Select(record => record.Seq), Is.EqualTo(expected.AsEnumerable().Reverse().Take(5).Select(record => record.Seq)));
    }

    [TestCase(0.0, 0.3)]
    [TestCase(0.3, 0.6)]
    [TestCase(0.6, 1.0)]
    public void A_stretch_of_time_is_found(double from, double to)
    {
        var since = _all[(int)(from * (_all.Count - 1))].At;
        var until = _all[(int)(to * (_all.Count - 1))].At;
        var expected = _all.Where(record => record.At >= since && record.At < until).Select(record => record.Seq);

        Assert.That(_fixture.Trail.Query(new AuditFilter { Since = since, Until = until }).Select(record => record.Seq), Is.EqualTo(expected));
    }

    [Test]
    public void Each_record_is_read_once_however_many_blocks_there_are([Values(1, 15, 16, 17, 32, 33)] int blocks)
    {
        using var fixture = new TrailFixture(new AuditOptions { CommitInterval = TimeSpan.FromMinutes(1), IdleLimit = TimeSpan.FromMinutes(1) });
        for (var block = 0; block < blocks; block++)
        {
            fixture.Record(new AuditRecord { Event = AuditEvent.Login });
            fixture.Record(new AuditRecord { Event = AuditEvent.Logout });
            fixture.Flush();
        }

        // The writer may find the first record of a pair alone.
        Assert.That(fixture.Read<long>("SELECT count(*) FROM audit_block"), Is.AtLeast(blocks));
        var seqs = Enumerable.Range(1, 2 * blocks).Select(seq => (long)seq).ToList();
        Assert.That(fixture.Trail.Query(new AuditFilter()).Select(record => record.Seq), Is.EqualTo(seqs));
        Assert.That(fixture.Trail.Query(new AuditFilter { Descending = true }).Select(record => record.Seq), Is.EqualTo(seqs.AsEnumerable().Reverse()));
        Assert.That(fixture.Trail.Query(new AuditFilter { AfterSeq = 2 * blocks }), Is.Empty);
        Assert.That(fixture.Trail.Verify().Why, Is.Null);
    }

    [Test]
    public void A_record_is_found_right_after_it_was_written()
    {
        var seq = _fixture.Record(new AuditRecord { Event = AuditEvent.Logout, User = "late" });
        Assert.That(_fixture.Trail.Query(new AuditFilter { User = "late" }).Select(record => record.Seq), Is.EqualTo(new[] { seq }));
    }

    [Test]
    public void Names_of_events_are_read_as_they_are_written()
    {
        foreach (var happened in Enum.GetValues<AuditEvent>().Where(happened => happened != AuditEvent.None))
        {
            Assert.That(AuditNames.TryParse(AuditNames.Of(happened), out var parsed), Is.True);
            Assert.That(parsed, Is.EqualTo(happened));
        }

        Assert.That(AuditNames.TryParse("none", out _), Is.False);
    }
}
