using System.Security.Cryptography;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>Each trail has a block of record 1, then four of ten executions each: records 2 to 21, 22 to 41, 42 to 61, 62 to 81.</summary>
internal sealed class AuditVerifierTests
{
    private TrailFixture _fixture = null!;

    [SetUp]
    public void Write()
    {
        // Blocks are made when the test asks, not by the clock.
        _fixture = new TrailFixture(new AuditOptions { CommitInterval = TimeSpan.FromMinutes(1), IdleLimit = TimeSpan.FromMinutes(1) });
        _fixture.Record(new AuditRecord { Event = AuditEvent.Login, User = "alice" });
        _fixture.Flush();
        for (var block = 0; block < 4; block++)
        {
            _fixture.Run(TrailFixture.Context(user: $"user{block}"), times: 10);
            _fixture.Flush();
        }

        _fixture.Trail.Dispose();
        Assert.That(_fixture.Read<long>("SELECT count(*) FROM audit_block"), Is.EqualTo(5), "the blocks that the tests speak of");
    }

    [TearDown]
    public void Remove() => _fixture.Dispose();

    [Test]
    public void An_untouched_trail_is_intact()
    {
        var seen = new List<AuditProgress>();

        var verdict = AuditTrail.VerifyFile(_fixture.Path, new Progress(seen.Add));

        Assert.That((verdict.Why, verdict.Records, verdict.Lost, verdict.LastSeq), Is.EqualTo(((string?)null, 81L, 0L, 81L)));
        Assert.That(verdict.LastHash, Is.EqualTo(Convert.ToHexStringLower(_fixture.Read<byte[]>("SELECT last_hash FROM audit_head"))));
        Assert.That(seen, Is.EqualTo(new AuditProgress[] { new(1, 81), new(21, 81), new(41, 81), new(61, 81), new(81, 81) }));
    }

    [Test]
    public void The_hash_of_the_last_record_is_the_head()
    {
        _fixture.Reopen();

        var last = _fixture.Trail.Query(new AuditFilter { Seq = 81 }).Single();

        Assert.That(last.Hash, Is.EqualTo(_fixture.Trail.Verify().LastHash));
    }

    [TestCase(22)]
    [TestCase(31)]
    [TestCase(41)]
    public void A_changed_byte_names_the_record(int seq)
    {
        Rewrite(22, body => body[OffsetOf(body, seq) + Entry.HeaderSize + 2] ^= 1);

        AssertBroken(AuditDamage.Altered, seq, "checksum");
    }

    [Test]
    public void Every_changed_byte_of_a_block_is_noticed()
    {
        var body = _fixture.Read<byte[]>("SELECT body FROM audit_block WHERE first_seq = 22");
        for (var offset = 0; offset < body.Length; offset += 7)
        {
            body[offset] ^= 0x20;
            Store(22, body);
            Assert.That(AuditTrail.VerifyFile(_fixture.Path).FirstBroken, Is.InRange(22, 41), $"byte {offset}");
            body[offset] ^= 0x20;
        }
    }

    [Test]
    public void A_change_with_its_checksum_put_right_names_the_block()
    {
        Rewrite(22, body => Forge(body, 31));

        AssertBroken(AuditDamage.Altered, 22, "22 to 41 was altered with care");
    }

    [Test]
    public void A_change_with_checksum_and_block_hash_put_right_names_the_next_block()
    {
        Rewrite(22, body => Forge(body, 31));
        var hash = SHA256.HashData([.. _fixture.Read<byte[]>("SELECT last_hash FROM audit_block WHERE first_seq = 2"), .. _fixture.Read<byte[]>("SELECT body FROM audit_block WHERE first_seq = 22")]);
        _fixture.Sql($"UPDATE audit_block SET last_hash = x'{Convert.ToHexString(hash)}' WHERE first_seq = 22");

        AssertBroken(AuditDamage.Altered, 42, "hash before record 42");
    }

    [Test]
    public void A_changed_last_block_with_all_hashes_put_right_differs_from_the_head()
    {
        Rewrite(62, body => Forge(body, 70));
        var hash = SHA256.HashData([.. _fixture.Read<byte[]>("SELECT last_hash FROM audit_block WHERE first_seq = 42"), .. _fixture.Read<byte[]>("SELECT body FROM audit_block WHERE first_seq = 62")]);
        _fixture.Sql($"UPDATE audit_block SET last_hash = x'{Convert.ToHexString(hash)}' WHERE first_seq = 62");

        AssertBroken(AuditDamage.Altered, 81, "another hash");
    }

    [Test]
    public void A_removed_record_names_itself()
    {
        var body = _fixture.Read<byte[]>("SELECT body FROM audit_block WHERE first_seq = 22");
        var start = OffsetOf(body, 31);
        Assert.That(Entry.TryRead(body.AsSpan(start), out var entry), Is.True);
        Store(22, [.. body[..start], .. body[(start + entry.Size)..]]);

        AssertBroken(AuditDamage.Missing, 31, "record 32 stands where record 31 belongs");
    }

    [Test]
    public void A_removed_block_names_its_records()
    {
        _fixture.Sql("DELETE FROM audit_block WHERE first_seq = 42");

        AssertBroken(AuditDamage.Missing, 42, "records 42 to 61 are missing");
    }

    [Test]
    public void Swapped_records_are_named()
    {
        var body = _fixture.Read<byte[]>("SELECT body FROM audit_block WHERE first_seq = 22");
        var first = OffsetOf(body, 23);
        var second = OffsetOf(body, 25);
        var size = second - first;
        Store(22, [.. body[..first], .. body[second..(second + size)], .. body[first..second], .. body[(second + size)..]]);

        AssertBroken(AuditDamage.Missing, 23, "record 25 stands where record 23 belongs");
    }

    [Test]
    public void Swapped_blocks_are_named()
    {
        _fixture.Sql("""
            UPDATE audit_block SET first_seq = -1 WHERE first_seq = 22;
            UPDATE audit_block SET first_seq = 22 WHERE first_seq = 42;
            UPDATE audit_block SET first_seq = 42 WHERE first_seq = -1;
            """);

        AssertBroken(AuditDamage.Missing, 22, "record 42 stands where record 22 belongs");
    }

    [Test]
    public void A_removed_end_is_noticed()
    {
        _fixture.Sql("DELETE FROM audit_block WHERE first_seq = 62");

        AssertBroken(AuditDamage.Truncated, 62, "records 62 to 81 are missing at the end");
    }

    [Test]
    public void A_removed_end_is_noticed_by_the_running_proxy_although_the_head_was_changed()
    {
        _fixture.Reopen();
        _fixture.Sql("""
            UPDATE audit_head SET last_seq = 61, last_hash = (SELECT last_hash FROM audit_block WHERE first_seq = 42);
            DELETE FROM audit_block WHERE first_seq = 62;
            """);

        var verdict = _fixture.Trail.Verify();

        Assert.That((verdict.Damage, verdict.FirstBroken), Is.EqualTo((AuditDamage.Truncated, 62L)));
    }

    [Test]
    public void The_running_proxy_adds_nothing_to_a_trail_that_was_cut()
    {
        _fixture.Reopen();
        _fixture.Sql("UPDATE audit_head SET last_seq = 61, last_hash = (SELECT last_hash FROM audit_block WHERE first_seq = 42); DELETE FROM audit_block WHERE first_seq = 62");

        _fixture.Begin(TrailFixture.Context());

        Assert.That(_fixture.Trail.FlushAsync().GetAwaiter().GetResult(), Does.Contain("audit verify"));
        Assert.That(_fixture.Trail.TryBegin(TrailFixture.Context(), [], out _, out _), Is.False);
    }

    [Test]
    public void A_head_set_back_is_noticed()
    {
        _fixture.Sql("UPDATE audit_head SET last_seq = 61, last_hash = (SELECT last_hash FROM audit_block WHERE first_seq = 42)");

        AssertBroken(AuditDamage.Altered, 62, "the head says");
    }

    [Test]
    public void A_person_struck_from_the_index_is_noticed()
    {
        _fixture.Sql("DELETE FROM audit_index WHERE value = 'user1'");

        AssertBroken(AuditDamage.Unlisted, 22, "user1");
    }

    [Test]
    public void A_query_that_meets_damage_says_so()
    {
        Rewrite(22, body => body[OffsetOf(body, 31) + Entry.HeaderSize] ^= 1);
        _fixture.Reopen();

        Assert.That(() => _fixture.Trail.Query(new AuditFilter()).Count(), Throws.TypeOf<StoreException>().With.Message.Contains("22 to 41"));
    }

    private static int OffsetOf(byte[] body, long seq)
    {
        var offset = 0;
        while (Entry.TryRead(body.AsSpan(offset), out var entry))
        {
            if (entry.Seq == seq)
                return offset;
            offset += entry.Size;
        }

        throw new ArgumentOutOfRangeException(nameof(seq), seq, "The block does not hold it.");
    }

    // Changes the time of a record and makes its checksum fit.
    private static void Forge(byte[] body, long seq)
    {
        var offset = OffsetOf(body, seq);
        Assert.That(Entry.TryRead(body.AsSpan(offset), out var entry), Is.True);
        var (size, context) = (entry.Size, entry.Context);
        body[offset + Entry.HeaderSize] ^= 1;
        var whole = body.AsSpan(offset, size);
        Entry.Seal(whole, Entry.BodyChecksum(whole), seq, context);
    }

    private void Rewrite(long firstSeq, Action<byte[]> change)
    {
        var body = _fixture.Read<byte[]>($"SELECT body FROM audit_block WHERE first_seq = {firstSeq}");
        change(body);
        Store(firstSeq, body);
    }

    private void Store(long firstSeq, byte[] body) =>
        _fixture.Sql($"UPDATE audit_block SET body = x'{Convert.ToHexString(body)}' WHERE first_seq = {firstSeq}");

    private void AssertBroken(AuditDamage damage, long seq, string why)
    {
        var verdict = AuditTrail.VerifyFile(_fixture.Path);
        Assert.That((verdict.Damage, verdict.FirstBroken), Is.EqualTo((damage, seq)), verdict.Why);
        Assert.That(verdict.Why, Does.Contain(why));
    }

    private sealed class Progress(Action<AuditProgress> report) : IProgress<AuditProgress>
    {
        public void Report(AuditProgress value) => report(value);
    }
}
