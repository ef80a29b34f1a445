using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>What is left after old records were removed proves itself, and what was removed otherwise is noticed.</summary>
internal sealed class AuditRetentionTests
{
    private TrailFixture _fixture = null!;

    [SetUp]
    public void Write()
    {
        _fixture = new TrailFixture();
        _fixture.Trail.Dispose();
        TrailSeed.Records(_fixture.Path, 30_000);
        _fixture.Reopen();
    }

    [TearDown]
    public void Remove() => _fixture.Dispose();

    [Test]
    public void Records_before_the_moment_go_and_the_rest_is_verified_from_the_anchor_on()
    {
        var middle = _fixture.Trail.Query(new AuditFilter { Seq = 15_000 }).Single();
        var kept = _fixture.Trail.Query(new AuditFilter { AfterSeq = 16_999 }).Select(static r => (r.Seq, r.Hash)).ToList();

        Assert.That(_fixture.Trail.Prune(middle.At, null, long.MaxValue, CancellationToken.None), Is.Null);

        var verdict = _fixture.Trail.Verify();
        var first = _fixture.Trail.Query(new AuditFilter { Limit = 1 }).Single();
        Assert.That(verdict.Why, Is.Null);
        Assert.That(verdict.Anchor, Is.EqualTo(first.Seq - 1));
        Assert.That(first.Seq, Is.InRange(13_000, 15_000), "whole blocks go, and none with a younger record");
        Assert.That(_fixture.Trail.Query(new AuditFilter { AfterSeq = 16_999 }).Take(kept.Count).Select(static r => (r.Seq, r.Hash)), Is.EqualTo(kept));
        Assert.That(_fixture.Trail.Query(new AuditFilter { Events = [AuditEvent.Pruned] }).Select(static r => r.Rows), Has.Some.EqualTo(verdict.Anchor));
        Assert.That(_fixture.Trail.Query(new AuditFilter { User = "user7" }).Select(static r => r.Seq), Is.All.GreaterThan(verdict.Anchor));
        Assert.That(_fixture.Trail.ReadPage(new AuditFilter { Text = "customers", Descending = true, Limit = 10 }, TimeSpan.FromMinutes(1)).Records, Has.Length.EqualTo(10));

        // Again after a restart, and again after more was written and removed.
        _fixture.Reopen();
        _fixture.Run(TrailFixture.Context(), 100);
        Assert.That(_fixture.Trail.Verify().Why, Is.Null);
        Assert.That(_fixture.Trail.Prune(_fixture.Trail.Query(new AuditFilter { Seq = 25_000 }).Single().At, null, long.MaxValue, CancellationToken.None), Is.Null);
        Assert.That((_fixture.Trail.Verify().Why, _fixture.Trail.Verify().Anchor > verdict.Anchor), Is.EqualTo(((string?)null, true)));
        _fixture.Trail.Dispose();
        Assert.That(AuditTrail.VerifyFile(_fixture.Path).Why, Is.Null);
    }

    [Test]
    public void The_oldest_go_until_the_rest_is_small_enough()
    {
        var size = _fixture.Read<long>("SELECT sum(length(body)) FROM audit_block");

        Assert.That(_fixture.Trail.Prune(null, size / 2, long.MaxValue, CancellationToken.None), Is.Null);

        Assert.That(_fixture.Read<long>("SELECT sum(length(body)) FROM audit_block"), Is.LessThanOrEqualTo((size / 2) + 70_000).And.GreaterThan(size / 4));
        Assert.That(_fixture.Trail.Verify().Why, Is.Null);
    }

    [Test]
    public void Nothing_goes_that_is_young_enough_or_still_needed()
    {
        Assert.That(_fixture.Trail.Prune(DateTimeOffset.UnixEpoch, long.MaxValue, long.MaxValue, CancellationToken.None), Is.Null);
        Assert.That(_fixture.Trail.Verify().Anchor, Is.Null);
        Assert.That(_fixture.Trail.Prune(DateTimeOffset.MaxValue.AddDays(-1), null, 10_000, CancellationToken.None), Is.Null);
        Assert.That(_fixture.Trail.Verify().Anchor, Is.LessThanOrEqualTo(10_000));
        Assert.That(_fixture.Trail.Query(new AuditFilter { Seq = 10_001 }).Count(), Is.EqualTo(1));
    }

    [TestCase("DELETE FROM audit_block WHERE last_seq < 5000", AuditDamage.Missing)]
    [TestCase("DELETE FROM audit_anchor", AuditDamage.Missing)]
    [TestCase("UPDATE audit_anchor SET hash = zeroblob(32)", AuditDamage.Altered)]
    [TestCase("UPDATE audit_anchor SET seq = seq - 1", AuditDamage.Missing)]
    public void What_retention_did_not_remove_is_missed(string tampering, AuditDamage damage)
    {
        if (tampering.Contains("anchor", StringComparison.Ordinal))
            Assert.That(_fixture.Trail.Prune(_fixture.Trail.Query(new AuditFilter { Seq = 9000 }).Single().At, null, long.MaxValue, CancellationToken.None), Is.Null);
        _fixture.Trail.Dispose();
        Assert.That(AuditTrail.VerifyFile(_fixture.Path).Why, Is.Null);

        _fixture.Sql(tampering);

        Assert.That(AuditTrail.VerifyFile(_fixture.Path).Damage, Is.EqualTo(damage));
    }

    [Test]
    public void An_anchor_that_no_record_vouches_for_is_a_hole()
    {
        _fixture.Trail.Dispose();

        // The careful thief: removes the beginning, and puts the right anchor in its place.
        _fixture.Sql("""
            INSERT INTO audit_anchor (id, seq, hash) SELECT 1, last_seq, last_hash FROM audit_block WHERE last_seq < 5000 ORDER BY last_seq DESC LIMIT 1;
            DELETE FROM audit_block WHERE last_seq < 5000;
            """);

        var verdict = AuditTrail.VerifyFile(_fixture.Path);
        Assert.That((verdict.Damage, verdict.FirstBroken), Is.EqualTo((AuditDamage.Missing, 1L)));
        Assert.That(verdict.Why, Does.Contain("no record says"));
    }

    [Test]
    public async Task Statements_run_while_old_records_go()
    {
        var worst = TimeSpan.Zero;
        var work = Task.Run(() => _fixture.Trail.Prune(DateTimeOffset.MaxValue.AddDays(-1), null, 25_000, CancellationToken.None));
        for (var index = 0; index < 200 || !work.IsCompleted; index++)
        {
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            _fixture.Run(TrailFixture.Context());
            worst = TimeSpan.FromTicks(Math.Max(worst.Ticks, System.Diagnostics.Stopwatch.GetElapsedTime(started).Ticks));

            // On a busy machine the writer may get no turn while this loop does.
            if (index % 500 == 499)
                Assert.That(await _fixture.Trail.FlushAsync(), Is.Null);
        }

        Assert.That(_fixture.Trail.Fault, Is.Null);
        Assert.That(_fixture.Trail.Verify().Why, Is.Null);
        TestContext.Out.WriteLine($"the slowest of them took {worst.TotalMilliseconds:0.0} ms");
    }
}
