namespace JitProxy.Storage.Audit;

/// <summary>What is wrong with a trail.</summary>
public enum AuditDamage : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A record does not read as it was written.</summary>
    Altered,

    /// <summary>Records are missing between others.</summary>
    Missing,

    /// <summary>A record stands where another belongs.</summary>
    Reordered,

    /// <summary>The newest records are missing.</summary>
    Truncated,

    /// <summary>The records are whole, but the index that filters use does not list them.</summary>
    Unlisted,
}

/// <summary>The result of checking a trail.</summary>
/// <param name="Damage">What is wrong; None when every record is as it was written.</param>
/// <param name="FirstBroken">The first record concerned; 0 when there is none.</param>
/// <param name="Why">For people: what was found, and where. Null when nothing is wrong.</param>
/// <param name="Records">Records found whole.</param>
/// <param name="Lost">Records that the trail itself says it lost, in a power cut.</param>
/// <param name="LastSeq">Number of the last record found whole.</param>
/// <param name="LastHash">Its hash. Kept elsewhere it proves later that nothing up to it was changed.</param>
public sealed record AuditVerdict(
    AuditDamage Damage, long FirstBroken, string? Why, long Records, long Lost, long LastSeq, string LastHash)
{
    /// <summary>Number of the last record that the retention removed: the check is of what follows it. Null when nothing was removed.</summary>
    public long? Anchor { get; init; }

    /// <summary>True when every record is as it was written.</summary>
    public bool IsIntact => Damage == AuditDamage.None;
}

/// <summary>How far a check has come.</summary>
/// <param name="Seq">The last record checked.</param>
/// <param name="LastSeq">The last record there is.</param>
public readonly record struct AuditProgress(long Seq, long LastSeq);
