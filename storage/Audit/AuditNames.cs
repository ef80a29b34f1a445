using System.Collections.Frozen;

namespace JitProxy.Storage.Audit;

/// <summary>The words of the audit contract for events and outcomes, as the CLI and the API print and accept them.</summary>
public static class AuditNames
{
    private static readonly FrozenDictionary<string, AuditEvent> EventsByName =
        Enum.GetValues<AuditEvent>().Where(value => value != AuditEvent.None).ToFrozenDictionary(Of, StringComparer.Ordinal);

    /// <summary>The name of an event, as in <c>login_refused</c>.</summary>
    public static string Of(AuditEvent value) => value switch
    {
        AuditEvent.None => "none",
        AuditEvent.Authorized => "authorized",
        AuditEvent.Finished => "finished",
        AuditEvent.Denied => "denied",
        AuditEvent.Login => "login",
        AuditEvent.LoginRefused => "login_refused",
        AuditEvent.Logout => "logout",
        AuditEvent.Housekeeping => "housekeeping",
        AuditEvent.GrantRequested => "grant_requested",
        AuditEvent.GrantApproved => "grant_approved",
        AuditEvent.GrantRejected => "grant_rejected",
        AuditEvent.GrantCanceled => "grant_canceled",
        AuditEvent.GrantRevoked => "grant_revoked",
        AuditEvent.GrantExtended => "grant_extended",
        AuditEvent.UserAdded => "user_added",
        AuditEvent.UserRemoved => "user_removed",
        AuditEvent.PasswordChanged => "password_changed",
        AuditEvent.TokenCreated => "token_created",
        AuditEvent.TokenRevoked => "token_revoked",
        AuditEvent.ConfigurationLoaded => "configuration_loaded",
        AuditEvent.ConfigurationRefused => "configuration_refused",
        AuditEvent.TlsInjection => "tls_injection",
        AuditEvent.Started => "started",
        AuditEvent.Stopped => "stopped",
        AuditEvent.Lost => "lost",
        AuditEvent.GrantReviewed => "grant_reviewed",
        AuditEvent.MessageRefused => "message_refused",
        AuditEvent.ExportStarted => "export_started",
        AuditEvent.Exported => "exported",
        AuditEvent.Pruned => "pruned",
    };

    /// <summary>The name of an outcome; null for a record that has none.</summary>
    public static string? Of(AuditOutcome value) => value switch
    {
        AuditOutcome.None => null,
        AuditOutcome.Ok => "ok",
        AuditOutcome.Error => "error",
        AuditOutcome.Canceled => "canceled",
        AuditOutcome.Refused => "refused",
        AuditOutcome.Skipped => "skipped",
        AuditOutcome.Unknown => "unknown",
    };

    /// <summary>Finds the event of a name; false when there is none.</summary>
    public static bool TryParse(string name, out AuditEvent value) => EventsByName.TryGetValue(name, out value);
}
