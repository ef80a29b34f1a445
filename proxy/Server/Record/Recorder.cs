using System.Diagnostics.CodeAnalysis;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Record;

/// <summary>Writes what sessions do into the audit trail.</summary>
/// <param name="trail">The trail.</param>
/// <param name="redactor">Says what is recorded of values.</param>
/// <param name="console">Where people may ask for what was refused, in a browser; null if nowhere.</param>
internal sealed class Recorder(AuditTrail trail, Redactor redactor, Func<Uri?>? console = null)
{
    private readonly long[] _refusals = new long[(int)Enum.GetValues<DenyReason>().Max() + 1];

    /// <summary>Says what is recorded of values.</summary>
    public Redactor Redactor => redactor;

    /// <summary>The refused statements that the trail does not hold whole.</summary>
    public RefusedTexts Refused { get; } = new();

    /// <summary>Statements refused since the start, by reason; reasons without any are left out.</summary>
    public IEnumerable<(DenyReason Reason, long Count)> CountByReason() => Enum.GetValues<DenyReason>()
        .Select(reason => (reason, Volatile.Read(ref _refusals[(int)reason])))
        .Where(static pair => pair.Item2 > 0);

    /// <summary>Begins an execution; its record is in the trail when this returns true.</summary>
    public bool TryBegin(BoundStatement bound, RunningSet running, out BegunExecution begun, [NotNullWhen(false)] out Refusal? refusal)
    {
        if (!trail.TryBegin(bound.Captured.ContextFor(bound.Ruling, redactor), bound.RecordedParameters, out var execution, out var fault))
        {
            begun = default;
            refusal = TrailUnavailable(fault);
            return false;
        }

        begun = new(execution, new(execution, bound.Ruling.Permit, running)
        {
            IsExport = bound.Ruling.Copy is not null || bound.Captured.Who.NeedsExport,
            HidesQuotes = (bound.Ruling.Recording ?? Recording.Undecided).Redaction.HidesQuotes,
        });
        refusal = null;
        return true;
    }

    /// <summary>Records a refusal; if it does not say what to do next, that is added, with the number of the record where it helps.</summary>
    public Refusal Denied(SessionIdentity who, Refusal refusal, ReadOnlySpan<byte> statement, long? grant = null)
    {
        Interlocked.Increment(ref _refusals[(int)refusal.Reason]);
        var recording = redactor.Decide(statement, who);
        var (redacted, digest) = redactor.Redact(statement, who.User, who.Dialect, recording);
        var record = new AuditRecord
        {
            Event = AuditEvent.Denied,
            User = who.User,
            Client = who.Client,
            Server = who.Server,
            Database = who.QualifiedDatabase,
            Grant = grant ?? refusal.Grant,
            Statement = Encoding.UTF8.GetString(redacted ?? statement),
            IsStatementRedacted = redacted is not null,
            Digest = digest is null ? null : Convert.ToHexStringLower(digest),
            Outcome = AuditOutcome.Refused,
            Error = refusal.ToRecord(recording.Redaction.HidesQuotes),
        };
        if (!trail.TryRecord(record, out var seq, out var fault))
            return TrailUnavailable(fault);

        if (redacted is not null && IsWorthAsking(refusal.Reason))
            Refused.Keep(seq, Encoding.UTF8.GetString(statement));

        if (refusal.Hint is not null)
            return refusal;

        var hint = IsWorthAsking(refusal.Reason)
            ? Refusal.RequestHint(seq, console?.Invoke(), needsExport: refusal.Reason == DenyReason.ExportNotGranted)
            : Refusal.NextStep(refusal.Reason);
        return refusal with { Hint = hint };
    }

    /// <summary>Records a refusal that no text decided.</summary>
    public Refusal Denied(SessionIdentity who, DenyReason reason, ReadOnlySpan<byte> statement, string? detail, string? hint, long? grant) =>
        Denied(who, Refusal.Statement(reason, who.User, who.QualifiedDatabase, detail, hint), statement, grant);

    /// <summary>Records an export; an answer is why it cannot be.</summary>
    public Refusal? Export(AuditRecord record) => trail.TryRecord(record, out _, out var fault) ? null : TrailUnavailable(fault);

    /// <summary>Records something that is not about a statement.</summary>
    public void Note(AuditEvent what, SessionIdentity who, string? detail) =>
        trail.TryRecord(
            new() { Event = what, User = who.User, Client = who.Client, Server = who.Server, Database = who.QualifiedDatabase, Detail = detail }, out _, out _);

    /// <summary>What a client is told while the trail cannot be written.</summary>
    public static Refusal TrailUnavailable(string fault) =>
        new(
            DenyReason.TrailUnavailable,
            "58030",
            "the audit trail cannot be written, so nothing runs",
            fault,
            Refusal.NextStep(DenyReason.TrailUnavailable));

    /// <summary>True if a request for the statement could change the answer.</summary>
    public static bool IsWorthAsking(DenyReason reason) => reason is DenyReason.NoGrant or DenyReason.StatementDiffers or DenyReason.GrantExpired
        or DenyReason.GrantRevoked or DenyReason.GrantSpent or DenyReason.RoleNotEnough
        or DenyReason.WrongNetwork or DenyReason.ExportNotGranted;
}
