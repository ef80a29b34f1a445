// Task: check every record, and name the first that is not as it was written.
//
// The checksum of an entry finds careless changes to the record; the chain of hashes finds the careful ones, to the block;
// the numbers find what is missing or in another place; the head finds a shortened end.
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

internal sealed class AuditVerifier
{
    private readonly HashSet<IndexKey> _listed = [];
    private readonly SqliteCommand _isListed;
    private readonly SqliteCommand _summary;
    private readonly bool _hasSummaries;
    private readonly AuditHead? _anchor;
    private bool _isAnchored;
    private BucketSummary? _open;
    private long _bucket = -1;
    private long _expected = 1;
    private long _records;
    private long _lost;
    private byte[] _hash = new byte[Block.HashSize];
    private AuditDamage _damage;
    private long _firstBroken;
    private string? _why;

    private AuditVerifier(SqliteConnection connection)
    {
        _isListed = connection.CreateCommand();
        _isListed.CommandText = "SELECT EXISTS (SELECT 1 FROM audit_index WHERE kind = $kind AND value = $value AND bucket = $bucket)";
        foreach (var name in (ReadOnlySpan<string>)["$kind", "$value", "$bucket"])
            _isListed.Parameters.Add(new SqliteParameter { ParameterName = name });
        _summary = connection.CreateCommand();
        _summary.CommandText = """
            SELECT first_at, last_at, events, outcomes, rows_max, bytes_max, duration_max, elsewhere, signature FROM audit_summary WHERE bucket = $bucket
            """;
        _summary.Parameters.Add(new SqliteParameter { ParameterName = "$bucket" });
        using var format = connection.CreateCommand();
        format.CommandText = "SELECT format FROM audit_head WHERE id = 1";
        _anchor = AuditPruner.ReadAnchor(connection);
        _isAnchored = _anchor is null;
        if (_anchor is not null)
            (_expected, _hash) = (_anchor.Seq + 1, _anchor.Hash);
        _hasSummaries = format.ExecuteScalar() is AuditSchema.Format;
    }

    // `known`: the end of the chain as the running trail knows it; null to trust the one in the database.
    public static AuditVerdict Verify(AuditReader reader, AuditHead? known, IProgress<AuditProgress>? progress)
    {
        using var connection = reader.OpenConnection();
        var head = known ?? ReadHead(connection);
        var verifier = new AuditVerifier(connection);
        foreach (var block in reader.Blocks(1, known?.Seq ?? long.MaxValue, isDescending: false))
        {
            if (!verifier.TryAccept(block))
                break;
            progress?.Report(new AuditProgress(Math.Min(block.LastSeq, head.Seq), head.Seq));
        }

        verifier.CheckEnd(head);
        return verifier.Conclude();
    }

    private static AuditHead ReadHead(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT last_seq, last_hash FROM audit_head WHERE id = 1";
        using var reader = command.ExecuteReader();
        return reader.Read() ? new AuditHead(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : new AuditHead(0, new byte[Block.HashSize]);
    }

    private bool TryAccept(StoredBlock block)
    {
        if (block.FirstSeq > _expected)
            return Broken(AuditDamage.Missing, _expected, $"records {_expected} to {block.FirstSeq - 1} are missing");
        if (block.FirstSeq < _expected)
            return Broken(AuditDamage.Reordered, _expected, $"a block that begins with record {block.FirstSeq} stands where record {_expected} belongs");
        var before = _records;
        if (!TryWalk(block))
            return false;
        if (block.LastSeq != _expected - 1)
            return Broken(
                AuditDamage.Altered, block.FirstSeq, $"the block of record {block.FirstSeq} ends with {_expected - 1}, not with {block.LastSeq}");
        if (!block.PreviousHash.AsSpan().SequenceEqual(_hash))
            return Broken(AuditDamage.Altered, block.FirstSeq, $"the hash before record {block.FirstSeq} is not the one that the records before it have");
        var hash = SHA256.HashData([.. _hash, .. block.Body]);
        if (!block.LastHash.AsSpan().SequenceEqual(hash))
        {
            _records = before;
            return Broken(
                AuditDamage.Altered,
                block.FirstSeq,
                $"one of the records {block.FirstSeq} to {block.LastSeq} was altered with care: their hash differs");
        }

        _hash = hash;
        var notes = new RecordNotes();
        return !BlockWalk.TryNote(block, 0, long.MaxValue, notes) || notes.Buckets.TrueForAll(IsSummarized);
    }

    // A summary that says less than the records do hides them from filters. The newest bucket has none yet.
    private bool IsSummarized(BucketSummary added)
    {
        var full = _open is not null && _open.Bucket != added.Bucket ? _open : null;
        _open = _open?.Bucket == added.Bucket ? _open.Plus(added) : added;

        // Of the bucket that the anchor cuts only the rest is here.
        if (full is null || !_hasSummaries || full.Bucket * IndexKey.BucketSize <= _anchor?.Seq)
            return true;
        var (from, to) = (Math.Max(1, full.Bucket * IndexKey.BucketSize), ((full.Bucket + 1) * IndexKey.BucketSize) - 1);
        _summary.Parameters[0].Value = full.Bucket;
        using var reader = _summary.ExecuteReader();
        return (reader.Read() && full.IsSame(BucketSummary.Read(full.Bucket, reader)))
            || Broken(AuditDamage.Unlisted, from, $"the summary of records {from} to {to} is not what they hold: filters may leave records out");
    }

    private bool TryWalk(StoredBlock block)
    {
        var contexts = new Dictionary<uint, ContextTexts>();
        var body = block.Body.AsSpan();
        while (!body.IsEmpty)
        {
            if (!Entry.TryRead(body, out var entry))
                return Broken(AuditDamage.Altered, _expected, $"record {_expected} is altered: its checksum differs");
            body = body[entry.Size..];
            if (entry.IsDefinition)
            {
                if (!ContextTexts.TryRead(entry, isWhole: false, out var texts))
                    return Broken(AuditDamage.Altered, _expected, $"the texts of record {_expected} are altered");
                contexts[entry.Context] = texts;
                continue;
            }

            if (entry.Seq != _expected)
            {
                var damage = entry.Seq > _expected && body.Length > 0 ? AuditDamage.Missing : AuditDamage.Reordered;
                return Broken(damage, _expected, $"record {entry.Seq} stands where record {_expected} belongs");
            }

            if (!TryFind(entry, contexts.GetValueOrDefault(entry.Context)))
                return false;
            Count(entry);
        }

        return true;
    }

    private void Count(EntryView entry)
    {
        var fields = new FieldReader(entry.Body);
        if (entry.Event == AuditEvent.Lost && fields.TryMicroseconds(out _) && fields.TryNumber(out var lost) && lost > 0)
        {
            _lost += lost;
            _expected += lost;
            return;
        }

        if (entry.Event == AuditEvent.Pruned && _anchor is not null && RecordSpans.TryRead(entry, out var pruned))
            _isAnchored |= AuditPruner.Vouches(_anchor, pruned.Rows, pruned.Detail);
        _records++;
        _expected++;
    }

    private bool TryFind(EntryView entry, ContextTexts? texts)
    {
        var bucket = IndexKey.BucketOf(entry.Seq);
        if (bucket != _bucket)
            _listed.Clear();
        _bucket = bucket;
        return TryFind(entry.Seq, new IndexKey(IndexKind.Event, null, (long)entry.Event))
            && (texts?.User is null || TryFind(entry.Seq, new IndexKey(IndexKind.User, texts.User, 0)))
            && (texts?.Database is null || TryFind(entry.Seq, new IndexKey(IndexKind.Database, texts.Database, 0)))
            && (texts?.Grant is not { } grant || TryFind(entry.Seq, new IndexKey(IndexKind.Grant, null, grant)));
    }

    private bool TryFind(long seq, IndexKey key)
    {
        if (!_listed.Add(key))
            return true;
        _isListed.Parameters[0].Value = (long)key.Kind;
        _isListed.Parameters[1].Value = key.Value;
        _isListed.Parameters[2].Value = _bucket;
        return _isListed.ExecuteScalar() is 1L
            || Broken(AuditDamage.Unlisted, seq, $"record {seq} is not listed under {key.Kind} {key.Value}: filters by it leave records out");
    }

    private void CheckEnd(AuditHead head)
    {
        if (_damage != AuditDamage.None)
            return;
        if (!_isAnchored)
            Broken(AuditDamage.Missing, 1, $"records 1 to {_anchor!.Seq} are gone, and no record says that they were removed as too old");
        else if (_expected - 1 < head.Seq)
            Broken(AuditDamage.Truncated, _expected, $"records {_expected} to {head.Seq} are missing at the end");
        else if (_expected - 1 > head.Seq)
            Broken(AuditDamage.Altered, head.Seq + 1, $"the head says that the trail ends with record {head.Seq}, but there are more");
        else if (!head.Hash.AsSpan().SequenceEqual(_hash))
            Broken(AuditDamage.Altered, head.Seq, $"the trail's end is not the one that the proxy wrote: record {head.Seq} has another hash");
    }

    private bool Broken(AuditDamage damage, long seq, string why)
    {
        (_damage, _firstBroken, _why) = (damage, seq, why);
        return false;
    }

    private AuditVerdict Conclude() =>
        new(_damage, _firstBroken, _why, _records, _lost, _records == 0 ? 0 : _expected - 1, Convert.ToHexStringLower(_hash)) { Anchor = _anchor?.Seq };
}
