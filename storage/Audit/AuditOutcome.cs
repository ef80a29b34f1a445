namespace JitProxy.Storage.Audit;

/// <summary>How an execution ended. The numbers are stored: append, never renumber.</summary>
public enum AuditOutcome : byte
{
    /// <summary>The record has no outcome.</summary>
    None = 0,

    /// <summary>The server ran it to its end.</summary>
    Ok = 1,

    /// <summary>The server answered with an error.</summary>
    Error = 2,

    /// <summary>It was cancelled by the client, by expiry or by revocation.</summary>
    Canceled = 3,

    /// <summary>The proxy refused it before or while it ran.</summary>
    Refused = 4,

    /// <summary>The server skipped it, as an earlier statement of the same batch failed.</summary>
    Skipped = 5,

    /// <summary>The connection broke; it may have run.</summary>
    Unknown = 6,
}
