using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>Which records to read. Everything set must hold; nothing set means all.</summary>
public sealed record AuditFilter
{
    /// <summary>Records of this person.</summary>
    public string? User { get; init; }

    /// <summary>Records of this database, as <c>server/database</c>.</summary>
    public string? Database { get; init; }

    /// <summary>Records of this grant.</summary>
    public long? Grant { get; init; }

    /// <summary>Records of any of these events; default or empty means of every event.</summary>
    public ImmutableArray<AuditEvent> Events { get; init; }

    /// <summary>Records of this moment or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Records before this moment.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Records with a greater number: where a follower left off.</summary>
    public long? AfterSeq { get; init; }

    /// <summary>The one record with this number.</summary>
    public long? Seq { get; init; }

    /// <summary>At most this many records.</summary>
    public int? Limit { get; init; }

    /// <summary>Newest first.</summary>
    public bool Descending { get; init; }
}
