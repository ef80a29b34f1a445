namespace JitProxy.Storage.Audit;

/// <summary>What an authorised record has to survive before a row leaves.</summary>
public enum AuditDurability : byte
{
    /// <summary>The death of the process (kill -9): the record is in the mapped journal.</summary>
    Process,

    /// <summary>A power cut: the record is in the database and flushed to the disk.</summary>
    Disk,
}

/// <summary>How the trail works.</summary>
public sealed record AuditOptions
{
    /// <summary>What an authorised record has to survive.</summary>
    public AuditDurability Durability { get; init; } = AuditDurability.Process;

    /// <summary>Bytes of the journal file, allocated when it is made. A quarter of it, less a little, is the largest statement.</summary>
    public int JournalSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long records may gather before they are committed, when nobody waits for them.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>After this long without a commit the next execution waits for its record to be committed.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon a failed commit is tried again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A commit that takes longer counts as failed until it ends.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(2);
}
