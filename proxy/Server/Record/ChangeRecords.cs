using System.Collections.Immutable;
using System.Text;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Record;

/// <summary>Changes of grants and users as records of the audit trail.</summary>
internal static class ChangeRecords
{
    /// <summary>Writes changes of grants into this trail.</summary>
    public static ChangeRecorder ForGrants(AuditTrail trail, Redactor redactor) =>
        change => trail.TryRecord(ToRecord(change, redactor), out _, out var fault) ? null : fault;

    /// <summary>Writes changes of users into this trail.</summary>
    public static UserRecorder ForUsers(AuditTrail trail) => change => trail.TryRecord(ToRecord(change), out _, out var fault) ? null : fault;

    /// <summary>The record of a grant's change.</summary>
    public static AuditRecord ToRecord(GrantChange change, Redactor redactor)
    {
        var record = new AuditRecord
        {
            Event = EventOf(change.Kind),
            User = change.Grant.User,
            Actor = change.By.RecordedName,
            Database = string.Join(", ", change.Grant.Databases),
            Grant = change.Grant.Id,
            Statement = change.Grant.Statement,
            Detail = Describe(change, redactor.ParametersOf(change.Grant)),
        };
        if (change.Grant.Statement is not { } statement)
            return record;

        var (redacted, digest) = redactor.Redact(Encoding.UTF8.GetBytes(statement), change.Grant.User, change.Grant.Dialect, redactor.Decide(change.Grant));
        return redacted is null
            ? record
            : record with { Statement = Encoding.UTF8.GetString(redacted), IsStatementRedacted = true, Digest = Convert.ToHexStringLower(digest!) };
    }

    /// <summary>The record of a user's change.</summary>
    public static AuditRecord ToRecord(UserChange change) => new()
    {
        Event = EventOf(change.Kind),
        User = change.User,
        Actor = change.By.RecordedName,
        Detail = change.Detail,
    };

    private static AuditEvent EventOf(GrantChangeKind kind) => kind switch
    {
        GrantChangeKind.Requested => AuditEvent.GrantRequested,
        GrantChangeKind.Extended => AuditEvent.GrantExtended,
        GrantChangeKind.Approved => AuditEvent.GrantApproved,
        GrantChangeKind.Rejected or GrantChangeKind.SentBack => AuditEvent.GrantRejected,
        GrantChangeKind.Canceled => AuditEvent.GrantCanceled,
        GrantChangeKind.Revoked => AuditEvent.GrantRevoked,
        GrantChangeKind.Reviewed => AuditEvent.GrantReviewed,
    };

    private static AuditEvent EventOf(UserChangeKind kind) => kind switch
    {
        UserChangeKind.Added => AuditEvent.UserAdded,
        UserChangeKind.Removed => AuditEvent.UserRemoved,
        UserChangeKind.PasswordChanged => AuditEvent.PasswordChanged,
        UserChangeKind.TokenCreated => AuditEvent.TokenCreated,
        UserChangeKind.TokenRevoked => AuditEvent.TokenRevoked,
    };

    // Everything that the act settled: the trail is read when the store may be gone.
    private static string Describe(GrantChange change, ImmutableArray<string> parameters)
    {
        var grant = change.Grant;
        var parts = new List<string>();
        if (grant.Role is { } role)
            parts.Add($"role {role}");
        if (grant.Request.BreakGlass)
            parts.Add("break-glass");
        if (grant.Unmask)
            parts.Add("unmask");
        if (grant.Export)
            parts.Add("export");
        if (grant.ExecutionsMax is { } max)
            parts.Add($"executions {max}");
        if (grant.Request.Extends is { } extended)
            parts.Add($"extends grant {extended}");
        if (grant.Request.Again is { } again)
            parts.Add($"again after grant {again}");
        if (!parameters.IsEmpty)
            parts.Add($"parameters {string.Join(", ", parameters)}");
        if (!grant.Request.Networks.IsEmpty)
            parts.Add($"from {string.Join(", ", grant.Request.Networks)}");

        parts.Add($"for {Configuration.Units.Format(grant.Duration)}");
        if (change.Kind is GrantChangeKind.Requested or GrantChangeKind.Extended or GrantChangeKind.Approved)
            parts.Add(grant.NextStep is { } next ? $"waits for {next.Role}" : $"active until {grant.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        if (change.Kind == GrantChangeKind.SentBack)
            parts.Add("sent back");
        if (!string.IsNullOrWhiteSpace(change.Comment))
            parts.Add(change.Comment);

        return string.Join("; ", parts);
    }
}
