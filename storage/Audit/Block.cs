using System.Security.Cryptography;

namespace JitProxy.Storage.Audit;

/// <summary>Records that lie in one row of the database, with the definitions that they use.</summary>
internal sealed class Block(long firstSeq, byte[] previousHash)
{
    public const int HashSize = SHA256.HashSizeInBytes;

    public long FirstSeq { get; } = firstSeq;

    public long LastSeq { get; set; }

    /// <summary>Earliest and latest time, in microseconds since 1970: the clock may step back.</summary>
    public long FirstAt { get; set; } = long.MaxValue;

    public long LastAt { get; set; }

    public byte[] PreviousHash { get; } = previousHash;

    public byte[] Body { get; private set; } = [];

    /// <summary>SHA-256 over the previous block's hash and the body.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>What the index lists the block under.</summary>
    public HashSet<IndexKey> Keys { get; private set; } = [];

    /// <summary>Executions begun, per grant.</summary>
    public Dictionary<long, long> Executions { get; private set; } = [];

    /// <summary>What the block adds to the summaries of buckets, in order.</summary>
    public List<BucketSummary> Buckets { get; private set; } = [];

    /// <summary>What the block adds to the counts for plots.</summary>
    public Dictionary<TallyKey, TallySums> Tallies { get; private set; } = [];

    /// <summary>Executions that ended, by their duration, and values that were masked.</summary>
    public (long[] Durations, long MaskedCells) Measured { get; private set; } = ([], 0);

    public void Seal(ReadOnlySpan<byte> previousHashAndBody, RecordNotes notes)
    {
        notes.Close();
        (Keys, Executions, Buckets, Tallies) = (notes.Keys, notes.Executions, notes.Buckets, notes.Tallies);
        Measured = (notes.Durations, notes.MaskedCells);
        Body = previousHashAndBody[HashSize..].ToArray();
        Hash = SHA256.HashData(previousHashAndBody);
    }
}

/// <summary>What filters ask by.</summary>
internal enum IndexKind : byte
{
    User = 1,
    Database = 2,
    Grant = 3,
    Event = 4,
}

/// <summary>One value that filters ask by: a text for people and databases, a number for grants and events.</summary>
internal readonly record struct IndexKey(IndexKind Kind, string? Text, long Number)
{
    /// <summary>The index lists values for so many records at a time.</summary>
    public const int BucketSize = 4096;

    public object Value => (object?)Text ?? Number;

    public static long BucketOf(long seq) => seq / BucketSize;
}
