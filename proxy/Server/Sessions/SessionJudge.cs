using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>The gate as one session uses it: with its identity, the grant that it asked for, and what it decided lately.</summary>
internal sealed class SessionJudge(Gate gate, Recorder recorder, SessionIdentity who)
{
    private readonly RecentStatements _recent = new();
    private readonly RecentStatements _recentParsed = new();
    private long? _askedGrant = who.StartGrant;

    /// <summary>True once the client asked to change a setting of its session.</summary>
    public bool HasOwnSettings { get; private set; }

    /// <summary>The time that decisions are made at.</summary>
    public DateTimeOffset Now => gate.Now;

    /// <summary>Decides a statement; a refusal is in the audit trail by the time it is returned.</summary>
    public Ruling Decide(ReadOnlySpan<byte> text)
    {
        var ruling = gate.Decide(text, who, _askedGrant);
        HasOwnSettings |= ruling is { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.Set or HousekeepingAction.Other };
        return ruling.Refusal is null ? ruling : Ruling.Refused(recorder.Denied(who, ruling.Refusal, text));
    }

    /// <summary>A statement of the client with the decision about it.</summary>
    public ClientStatement Capture(ReadOnlySpan<byte> text, uint[] parameterTypes, Ruling ruling) =>
        new(text.ToArray(), parameterTypes, ruling) { AskedGrant = _askedGrant };

    /// <summary>A granted statement of exactly this text whose decision still holds.</summary>
    public bool TryRecall(ReadOnlySpan<byte> text, out ClientStatement statement) =>
        _recent.TryGet(text, out statement) && gate.IsStillGood(statement.Ruling, who);

    /// <summary>The same for a Parse, whose parameter types the caller has to compare.</summary>
    public bool TryRecallParsed(ReadOnlySpan<byte> text, out ClientStatement statement) =>
        _recentParsed.TryGet(text, out statement) && gate.IsStillGood(statement.Ruling, who);

    /// <summary>True if a granted statement may run by the decision that was made about it.</summary>
    public bool IsStillGood(ClientStatement statement) =>
        statement.Ruling.Kind == RulingKind.Granted && statement.AskedGrant == _askedGrant && gate.IsStillGood(statement.Ruling, who);

    /// <summary>Keeps a granted statement for the next Parse of its text.</summary>
    public void RememberParsed(ReadOnlySpan<byte> text, ClientStatement statement) => _recentParsed.Add(text, statement);

    /// <summary>Keeps a granted statement for the next time that its text comes.</summary>
    public void Remember(ReadOnlySpan<byte> text, ClientStatement statement) => _recent.Add(text, statement);

    /// <summary>Decides a prepared statement again if its decision no longer holds; an answer is why it may not run now.</summary>
    public Refusal? Recheck(ClientStatement statement)
    {
        if (statement.AskedGrant == _askedGrant && gate.IsStillGood(statement.Ruling, who))
            return null;

        statement.AskedGrant = _askedGrant;
        var before = statement.Ruling;
        statement.Ruling = Decide(statement.Text);

        // The new grant may hold the same statement in another spelling; what is prepared upstream is the old one's.
        if (statement.Ruling.Grant != before.Grant)
            statement.Upstream = null;

        return statement.Ruling.Refusal;
    }

    /// <summary>An answer is why a bound portal may not run, or not run on.</summary>
    public Refusal? RecheckPortal(Portal portal)
    {
        if (portal.Running?.Abort is { } aborted)
            return aborted;

        if (gate.IsStillGood(portal.Ruling, who))
            return null;

        var now = Decide(portal.Statement.Text);

        if (now.Refusal is { } refusal)
            return refusal;

        // A portal was bound to the text of one grant; another grant needs another Bind.
        if (now.Grant != portal.Ruling.Grant)
            return Denied(DenyReason.GrantRevoked, portal.Statement.Text, "The grants changed after Bind; bind the statement again.", null);

        portal.Renew(now);
        return null;
    }

    /// <summary>Records a refusal that no decision about text made, and words it.</summary>
    public Refusal Denied(DenyReason reason, ReadOnlySpan<byte> text, string? detail, string? hint) =>
        recorder.Denied(who, reason, text, detail, hint, null);

    /// <summary>The refusal of a text that cannot be split into statements.</summary>
    public Refusal Unreadable(ReadOnlySpan<byte> text, TextFault fault, int offset) =>
        recorder.Denied(who, Gate.Unreadable(who, fault, offset), text);

    /// <summary>True if the statement, once the server carried it out, takes back what the proxy knows of the session.</summary>
    public static bool Resets(ClientStatement statement) => statement.Ruling is { Kind: RulingKind.Housekeeping, Verdict: var verdict }
        && (verdict.Action == HousekeepingAction.Discard || verdict is { Action: HousekeepingAction.Set, Setting: HousekeepingVerdict.AllSettings });

    /// <summary>The server has carried out a statement that <see cref="Resets"/>.</summary>
    public void Reset(ClientStatement statement, StatementPreparer preparer, LocalAnswers local)
    {
        var verdict = statement.Ruling.Verdict;
        if (verdict.Action == HousekeepingAction.Discard)
        {
            preparer.Forget();
            local.ForgetStatements();
        }

        AskFor(verdict.Setting == HousekeepingVerdict.AllSettings ? who.StartGrant : _askedGrant);
    }

    /// <summary>What a statement that the proxy answers itself changes in the session.</summary>
    public void Apply(ClientStatement statement)
    {
        if (statement.Ruling.Verdict is not { Action: HousekeepingAction.Set, Setting: AllowedSettings.Grant } verdict)
            return;

        var grant = who.StartGrant;
        if (verdict.Value is { } value)
            AllowedSettings.TryReadGrant(value, out grant);

        AskFor(grant);
    }

    private void AskFor(long? grant)
    {
        _askedGrant = grant;
        _recent.Clear();
        _recentParsed.Clear();
    }
}
