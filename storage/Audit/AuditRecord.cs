using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>One record of the audit trail. Texts are as they came (control characters are data); whoever prints them escapes.</summary>
public sealed record AuditRecord
{
    /// <summary>The record's number: 1, 2, 3 and so on without a gap. The trail sets it.</summary>
    public long Seq { get; init; }

    /// <summary>When it happened, UTC, to the microsecond. The trail sets it.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What happened.</summary>
    public required AuditEvent Event { get; init; }

    /// <summary>For <see cref="AuditEvent.Finished"/>: the number of the record that began the execution.</summary>
    public long? Execution { get; init; }

    /// <summary>The person concerned.</summary>
    public string? User { get; init; }

    /// <summary>Who did it, where that is not <see cref="User"/>: the approver, or an administrator acting as somebody.</summary>
    public string? Actor { get; init; }

    /// <summary>The client's address, as in <c>10.1.2.3:51234</c>.</summary>
    public string? Client { get; init; }

    /// <summary>The server's name in the configuration.</summary>
    public string? Server { get; init; }

    /// <summary>The database as <c>server/database</c>.</summary>
    public string? Database { get; init; }

    /// <summary>The grant that let it happen, or that it is about.</summary>
    public long? Grant { get; init; }

    /// <summary>The statement, whole unless <see cref="IsStatementCut"/>.</summary>
    public string? Statement { get; init; }

    /// <summary>True when the statement was too large for the trail and only its beginning is kept (refused statements alone).</summary>
    public bool IsStatementCut { get; init; }

    /// <summary>True when literals were taken out of the statement, by the rules of the configuration.</summary>
    public bool IsStatementRedacted { get; init; }

    /// <summary>
    /// Digest of the statement as it ran, lower-case hexadecimal: SHA-256 of its text, or, where that could be used to guess what was taken out,
    /// HMAC-SHA-256 under a key that the store keeps.
    /// </summary>
    public string? Digest { get; init; }

    /// <summary>The parameters as the policy keeps them; a null element is SQL NULL. Default when there were none.</summary>
    public ImmutableArray<string?> Parameters { get; init; }

    /// <summary>Rows sent to the client, or affected.</summary>
    public long? Rows { get; init; }

    /// <summary>Bytes of result sent to the client.</summary>
    public long? Bytes { get; init; }

    /// <summary>Names of the result's columns that were masked. Default for records other than <see cref="AuditEvent.Finished"/>.</summary>
    public ImmutableArray<string> Masked { get; init; }

    /// <summary>How the execution ended.</summary>
    public AuditOutcome Outcome { get; init; }

    /// <summary>Why it failed or was refused: SQLSTATE first where there is one. May hold data: protect it as the data.</summary>
    public string? Error { get; init; }

    /// <summary>Text for people: a reason, a comment, a setting.</summary>
    public string? Detail { get; init; }

    /// <summary>Microseconds from the beginning to the end of the execution.</summary>
    public long? DurationMicroseconds { get; init; }

    /// <summary>SHA-256 over this and every earlier record, lower-case hexadecimal. The trail sets it.</summary>
    public string? Hash { get; init; }
}
