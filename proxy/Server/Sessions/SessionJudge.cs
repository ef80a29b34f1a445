using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;
using JitProxy.Server.Share;

namespace JitProxy.Server.Sessions;

/// <summary>The gate as one session uses it: with its identity, and with the grant that it asked for.</summary>
internal sealed class SessionJudge(Gate gate, Recorder recorder, SessionIdentity who)
{
    private readonly SessionReminders _reminders = new(gate.Reminders);
    private string? _lastRefused;

    /// <summary>Who asks, and in which database.</summary>
    public SessionIdentity Who { get; set; } = who;

    /// <summary>The grant that the session asks for; null for none.</summary>
    public long? AskedGrant { get; private set; } = who.StartGrant;

    /// <summary>True once the client asked to change a setting of its session.</summary>
    public bool HasOwnSettings { get; private set; }

    /// <summary>True once a statement was let through that may have left something on the server's side that a reset does not take back.</summary>
    public bool LeavesTraces { get; private set; }

    /// <summary>True once a statement was let through that leaves something on its connection to the server, or tells something about it.</summary>
    public bool IsBoundToConnection { get; private set; }

    /// <summary>The time that decisions are made at.</summary>
    public DateTimeOffset Now => gate.Now;

    /// <summary>Decides a statement; a refusal is in the audit trail by the time it is returned.</summary>
    public Ruling Decide(ReadOnlySpan<byte> text) => Decide(text, Who);

    /// <summary>Decides a statement if a grant holds it. Anything else is not recorded yet, and left to <see cref="Decide(ReadOnlySpan{byte})"/>.</summary>
    public bool TryGrant(ReadOnlySpan<byte> text, out Ruling ruling)
    {
        ruling = gate.Decide(text, Who, AskedGrant);
        if (ruling.Kind != RulingKind.Granted)
            return false;

        Note(ruling, Who);
        return true;
    }

    /// <summary>True if what was decided about a statement would be decided again.</summary>
    public bool IsStillGood(CapturedStatement statement) => statement.AskedGrant == AskedGrant && gate.IsStillGood(statement.Ruling, statement.Who);

    /// <summary>Decides a prepared statement again if its decision no longer holds; an answer is why it may not run now.</summary>
    public Refusal? Recheck(CapturedStatement statement)
    {
        if (IsStillGood(statement))
            return null;

        statement.AskedGrant = AskedGrant;
        statement.Ruling = Decide(statement.Text, statement.Who);
        return statement.Ruling.Refusal;
    }

    /// <summary>Decides a bound statement anew, for the same parameters.</summary>
    /// <param name="bound">The statement.</param>
    /// <param name="renewed">The new decision, of the same grant; null if the one that it was bound under still holds.</param>
    /// <returns>Why it may not run, or not run on; null if it may.</returns>
    public Refusal? RecheckBound(BoundStatement bound, out Ruling? renewed)
    {
        renewed = null;
        if (bound.Running?.Abort is { } aborted)
            return aborted;

        var captured = bound.Captured;
        if (gate.IsStillGood(bound.Ruling, captured.Who))
            return null;

        var now = Decide(captured.Text, captured.Who);
        if (now.Refusal is { } refusal)
            return refusal;

        // It was bound to the text of one grant; another grant needs another binding.
        if (now.Grant != bound.Ruling.Grant)
            return Denied(DenyReason.GrantRevoked, captured.Text, "The grants changed after Bind; bind the statement again.", null, bound.Ruling.Grant);

        renewed = now;
        return null;
    }

    /// <summary>What the client is to be told with a statement that runs: that its role ends soon. Null if nothing, or nothing new.</summary>
    public string? FindReminder(Ruling ruling) => _reminders.Find(ruling);

    /// <summary>The role grant under which a transaction that begins now may write; null if none lets it.</summary>
    public long? FindWriter() => gate.Writers.Find(Who, AskedGrant);

    /// <summary>Why what was changed under this grant may not be kept any more; null if it may. A refusal is in the audit trail.</summary>
    public Refusal? FindEndOf(long writer) => gate.Writers.FindEndOf(writer, Who) is { } refusal ? recorder.Denied(Who, refusal, default, writer) : null;

    /// <summary>Refuses to write in a transaction that only reads.</summary>
    public Refusal TransactionForbids(bool isCutShort) => recorder.Denied(Who, Writers.ReadOnly(Who, isCutShort), default);

    /// <summary>Refuses to run under another grant in a transaction that writes.</summary>
    public Refusal TransactionBelongsTo(long writer) => recorder.Denied(Who, Writers.BelongsTo(Who, writer), default);

    /// <summary>Has the names of the database read again.</summary>
    public Task LearnNamesAsync(CancellationToken stop) => gate.LearnNamesAsync(Who, stop);

    /// <summary>Records a refusal that no decision about text made, and words it.</summary>
    public Refusal Denied(DenyReason reason, ReadOnlySpan<byte> text, string? detail, string? hint, long? grant = null) =>
        recorder.Denied(Who, reason, text, detail, hint, grant);

    /// <summary>The refusal of a text that cannot be split into statements.</summary>
    public Refusal Unreadable(ReadOnlySpan<byte> text, TextFault fault, int offset) =>
        recorder.Denied(Who, Gate.Unreadable(Who, fault, offset), text);

    /// <summary>True if the statement, once the server carried it out, takes back what the proxy knows of the session.</summary>
    public static bool Resets(CapturedStatement statement) => statement.Ruling is { Kind: RulingKind.Housekeeping, Verdict: var verdict }
        && (verdict.Action == HousekeepingAction.Discard || verdict is { Action: HousekeepingAction.Set, Setting: HousekeepingVerdict.AllSettings });

    /// <summary>The server has carried out a statement that <see cref="Resets"/>.</summary>
    public void Reset(in HousekeepingVerdict verdict)
    {
        if (verdict.Setting == HousekeepingVerdict.AllSettings)
            Reset();
    }

    /// <summary>The session is as new.</summary>
    public void Reset() => AskedGrant = Who.StartGrant;

    /// <summary>What a statement that the proxy answers itself changes in the session.</summary>
    public void Apply(in HousekeepingVerdict verdict)
    {
        if (verdict is not { Action: HousekeepingAction.Set, Setting: AllowedSettings.Grant })
            return;

        var grant = Who.StartGrant;
        if (verdict.Value is { } value)
            AllowedSettings.TryReadGrant(value, out grant);

        AskedGrant = grant;
    }

    /// <summary>Carries out a command to the proxy itself.</summary>
    public ValueTask<JitAnswer> TellAsync(JitCommand command, CancellationToken stop) =>
        gate.Console.RunAsync(command, Who, AskedGrant, _lastRefused, stop);

    private Ruling Decide(ReadOnlySpan<byte> text, SessionIdentity by)
    {
        var ruling = gate.Decide(text, by, AskedGrant);
        Note(ruling, by);
        if (ruling.Refusal is null)
            return ruling;

        if (Recorder.IsWorthAsking(ruling.Refusal.Reason))
            _lastRefused = Encoding.UTF8.GetString(text);

        return Ruling.Refused(recorder.Denied(by, ruling.Refusal, text));
    }

    private void Note(Ruling ruling, SessionIdentity by)
    {
        if (ruling.Refusal is null)
            ruling.Recording = recorder.Redactor.Decide(ruling.Text, by, ruling.Analyzed?.Analysis);

        HasOwnSettings |= ruling is { Kind: RulingKind.Housekeeping, Verdict: var verdict }
            && (verdict.Action is HousekeepingAction.Set or HousekeepingAction.Other || verdict is { Action: HousekeepingAction.Read, Setting: not null });
        IsBoundToConnection |= !Shareable.IsFreeOfConnection(ruling);
        LeavesTraces |= ruling.Analyzed is { Analysis: var analysis } && (analysis.RunsForeignCode || analysis.Functions.Any(IsSeed));
    }

    // The server keeps the state of its random numbers with the connection, whatever is reset.
    private static bool IsSeed(string function) => function.AsSpan(function.LastIndexOf('.') + 1).Equals("setseed", StringComparison.OrdinalIgnoreCase);
}
