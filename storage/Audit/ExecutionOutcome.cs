using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>How an execution ended, for its <see cref="AuditEvent.Finished"/> record.</summary>
public readonly record struct ExecutionOutcome
{
    /// <summary>How it ended.</summary>
    public required AuditOutcome Outcome { get; init; }

    /// <summary>Rows sent to the client, or affected.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of result sent to the client.</summary>
    public long Bytes { get; init; }

    /// <summary>Names of the result's masked columns; default when none.</summary>
    public ImmutableArray<string> Masked { get; init; }

    /// <summary>The five characters of the error; null when none.</summary>
    public string? SqlState { get; init; }

    /// <summary>The error's text, unredacted; null when none.</summary>
    public string? Error { get; init; }
}
