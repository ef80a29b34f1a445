using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>Which records to read. Everything set must hold; nothing set means all.</summary>
public sealed record AuditFilter
{
    /// <summary>Records of this person.</summary>
    public string? User { get; init; }

    /// <summary>Records of what this one did, where that is not the person concerned.</summary>
    public string? Actor { get; init; }

    /// <summary>Records of this client: an address, with or without its port.</summary>
    public string? Client { get; init; }

    /// <summary>Records of this server, by its name in the configuration.</summary>
    public string? Server { get; init; }

    /// <summary>Records of this database, as <c>server/database</c>.</summary>
    public string? Database { get; init; }

    /// <summary>Records of this grant.</summary>
    public long? Grant { get; init; }

    /// <summary>Records of the execution that this record began: itself, its end, and what tells of it in between.</summary>
    public long? Execution { get; init; }

    /// <summary>Records whose statement holds this text; upper and lower case of ASCII letters are the same.</summary>
    public string? Text { get; init; }

    /// <summary>Records whose statement has this digest, in hexadecimal.</summary>
    public string? Digest { get; init; }

    /// <summary>Records whose error holds this text; upper and lower case of ASCII letters are the same.</summary>
    public string? Error { get; init; }

    /// <summary>Records whose detail holds this text; upper and lower case of ASCII letters are the same.</summary>
    public string? Detail { get; init; }

    /// <summary>Records with a parameter that is, as it is shown, exactly this.</summary>
    public string? Parameter { get; init; }

    /// <summary>Records of any of these events; default or empty means of every event.</summary>
    public ImmutableArray<AuditEvent> Events { get; init; }

    /// <summary>Records with any of these outcomes; default or empty means with any or none.</summary>
    public ImmutableArray<AuditOutcome> Outcomes { get; init; }

    /// <summary>Executions in whose result a column of this name was masked.</summary>
    public string? MaskedColumn { get; init; }

    /// <summary>True: executions with masked columns. False: executions without.</summary>
    public bool? IsMasked { get; init; }

    /// <summary>At least and at most so many rows; records that do not tell are not among them.</summary>
    public AuditRange Rows { get; init; }

    /// <summary>At least and at most so many bytes.</summary>
    public AuditRange Bytes { get; init; }

    /// <summary>At least and at most so many microseconds.</summary>
    public AuditRange Duration { get; init; }

    /// <summary>Records of this moment or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Records before this moment.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Records with a greater number: where a follower left off.</summary>
    public long? AfterSeq { get; init; }

    /// <summary>Records with a smaller number.</summary>
    public long? BeforeSeq { get; init; }

    /// <summary>The one record with this number.</summary>
    public long? Seq { get; init; }

    /// <summary>Only what this reader may see; null for everything.</summary>
    public AuditScope? Scope { get; init; }

    /// <summary>At most this many records.</summary>
    public int? Limit { get; init; }

    /// <summary>Newest first.</summary>
    public bool Descending { get; init; }
}

/// <summary>A range of numbers; default is every number, and none.</summary>
/// <param name="Min">The least; null for no bound.</param>
/// <param name="Max">The most; null for no bound.</param>
public readonly record struct AuditRange(long? Min, long? Max)
{
    /// <summary>True when it restricts nothing.</summary>
    public bool IsOpen => Min is null && Max is null;

    internal bool Holds(long value) => IsOpen || (value >= Math.Max(0, Min ?? 0) && value <= (Max ?? long.MaxValue));
}

/// <summary>What a reader may see: their own records, and those of some databases.</summary>
/// <param name="User">The reader.</param>
/// <param name="Covers">Whether the records of a database, as <c>server/database</c>, may be seen. Always the same answer for the same name.</param>
public sealed record AuditScope(string User, Predicate<string> Covers);
