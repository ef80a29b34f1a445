using System.Collections.Concurrent;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Server.Capture;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Decide;

/// <summary>Decides statements: by grant, else by rule, else not. The snapshots it looks at are swapped whole from outside.</summary>
/// <remarks>Deciding a known statement takes a hash and a look-up; analysing one is done once per grant and catalogue.</remarks>
internal sealed class Gate(GrantDesk desk, Func<long, bool> spend, CatalogueCache catalogues, PolicySnapshots policies, TimeProvider clock)
{
    private const int AnalysesMax = 4096;
    private readonly ConcurrentDictionary<(long Grant, string Database, StatementKey Role), AnalyzedStatement> _analyses = new();

    /// <summary>The time that decisions are made at.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>How much an execution may return under this permit, or by rule: a catalogue may have any number of rows.</summary>
    public RowLimits LimitsOf(Permit? permit) => permit switch
    {
        not null when ProjectRules.AllowsExport(policies.Current.Configuration, permit.Grant) => RowLimits.None,
        null => RowLimits.None with { Bytes = policies.Current.Limits.ResultSize },
        _ => new(policies.Current.Limits.Rows, policies.Current.Limits.ResultSize),
    };

    /// <summary>Carries out commands to the proxy itself.</summary>
    public JitDesk Console { get; } = new(desk, clock);

    /// <summary>Says which role grants end soon.</summary>
    public Reminders Reminders => desk.Reminders;

    /// <summary>Says which transactions may write.</summary>
    public Writers Writers { get; } = new(desk, policies, clock);

    /// <summary>Has the names of a database read again, after they were changed by a statement that ran.</summary>
    public Task LearnNamesAsync(SessionIdentity who, CancellationToken stop) => catalogues.ReadAgainAsync(who.QualifiedDatabase, stop);

    /// <summary>What becomes of a statement.</summary>
    public Ruling Decide(ReadOnlySpan<byte> text, SessionIdentity who, long? askedGrant)
    {
        if (catalogues.Find(who.QualifiedDatabase) is not { } catalogue)
            return Ruling.Refused(Refuse(who, DenyReason.Unspecified, "The catalogue of the database is not loaded.", "Connect again in a moment."));

        if (who.SearchPath is { } path && path != catalogue.EffectiveSchema)
        {
            var elsewhere = $"Names mean something else since this session began: they are looked up in {catalogue.EffectiveSchema}.";
            return Ruling.Refused(Refuse(who, DenyReason.Unspecified, elsewhere, "Connect again."));
        }

        if (!NormalForm.TryCreate(text, catalogue.Dialect, out var form, out var fault, out var offset))
            return DecideUnreadable(text, fault, offset, who, catalogue);

        if (form.IsEmpty)
            return Ruling.ByRule(new(HousekeepingAction.Empty, default, null, null, null), [], catalogue);

        if (JitCommand.IsOne(form))
            return DecideCommand(form, who);

        var needsExport = who.NeedsExport && ProjectRules.NeedsExport(policies.Current.Configuration, who.Server, who.Database);
        var plea = new StatementPlea(
            catalogue.Dialect, who.User, who.QualifiedDatabase, catalogue.EffectiveSchema, form, askedGrant, needsExport, ComesFrom: who.IsFrom);
        var decision = Judge.Decide(plea, desk.Book, Now);
        if (decision.TryGetPermit(out var permit))
        {
            if (FindProjectObjection(who, permit, who.NeedsExport) is { } closed)
                return Ruling.Refused(closed);

            var analyzed = AnalysisFor(permit, who, catalogue);
            return FindObjection(who, permit, analyzed) is { } objection ? Ruling.Refused(objection) : Ruling.Granted(permit, analyzed);
        }

        var verdict = Housekeeping.Judge(text, catalogue);
        return verdict.Action switch
        {
            HousekeepingAction.NotHousekeeping =>
                DecideByRole(text, plea, who, catalogue, decision.Objection!) ?? Ruling.Refused(Worded(decision.Objection!, who)),
            HousekeepingAction.Refuse when verdict is { Setting: HousekeepingVerdict.ReadWrite, Value: "BEGIN" } && Writers.Find(who, askedGrant) is not null =>
                Ruling.ByRule(new(HousekeepingAction.Transaction, default, null, "BEGIN", HousekeepingVerdict.ReadWrite), text.ToArray(), catalogue),
            HousekeepingAction.Refuse when who.Dialect == SqlDialect.PostgreSql && CopyReader.IsCopy(text) => DecideCopy(text, who, askedGrant),
            _ => DecideByRule(verdict, text, who, catalogue),
        };
    }

    // Tools put code into comments for the versions of servers; without them it may be a statement that a rule knows, and that one runs.
    private static Ruling DecideUnreadable(ReadOnlySpan<byte> text, TextFault fault, int offset, SessionIdentity who, Catalogue catalogue)
    {
        if (fault == TextFault.ExecutableComment && VersionComments.TryResolve(text, catalogue, out var plain)
            && Housekeeping.Judge(plain, catalogue) is { Action: not HousekeepingAction.NotHousekeeping } verdict)
        {
            return DecideByRule(verdict, plain, who, catalogue);
        }

        return Ruling.Refused(Unreadable(who, fault, offset));
    }

    private static Ruling DecideByRule(in HousekeepingVerdict verdict, ReadOnlySpan<byte> text, SessionIdentity who, Catalogue catalogue)
    {
        return verdict.Action switch
        {
            HousekeepingAction.NotHousekeeping or HousekeepingAction.Refuse =>
                Ruling.Refused(Refusal.Statement(verdict.Reason, who.User, who.QualifiedDatabase, verdict.Why, null)),
            HousekeepingAction.Deallocate or HousekeepingAction.UseDatabase or HousekeepingAction.Kill => Ruling.AnsweredHere(verdict),

            // GRANT is a reserved word: PostgreSQL itself cannot read this setting's name.
            HousekeepingAction.Set when verdict is { Setting: AllowedSettings.Grant, Value: { } value } && !AllowedSettings.TryReadGrant(value, out _) =>
                Ruling.Refused(Refusal.NoGrantNumber(value)),
            HousekeepingAction.Set when verdict.Setting == AllowedSettings.Grant => Ruling.AnsweredHere(verdict),
            HousekeepingAction.Empty or HousekeepingAction.Read or HousekeepingAction.Set or HousekeepingAction.Transaction or HousekeepingAction.Discard
                or HousekeepingAction.ShowWarnings or HousekeepingAction.Other => Ruling.ByRule(verdict, text.ToArray(), catalogue),
        };
    }

    /// <summary>True if what was decided before would be decided again: the grant stands and neither catalogue nor masking policy was replaced.</summary>
    public bool IsStillGood(Ruling ruling, SessionIdentity who)
    {
        if (ruling.Permit is not { } permit)
        {
            return ruling.Kind == RulingKind.Local
                || (ruling.Kind == RulingKind.Housekeeping && ReferenceEquals(ruling.Catalogue, catalogues.Find(who.QualifiedDatabase))
                    && ReferenceEquals(ruling.Recording?.Policy, policies.Current.Configuration.Audit.Redaction));
        }

        // Every reading of the configuration makes another masking policy: what projects forbid is decided again with it.
        var now = Now;
        return ruling.Analyzed!.IsCurrent(catalogues.Find(permit.Database), policies.Current.Masking, now) && permit.Recheck(desk.Book, now, out _);
    }

    /// <summary>Takes one execution of a grant that has a number of them; false if none is left. Blocks on the store.</summary>
    public bool TrySpend(Permit permit) => spend(permit.Grant.Id);

    /// <summary>For whom, where and when a result is masked.</summary>
    public MaskSubject SubjectOf(SessionIdentity who, Permit permit, DateTimeOffset now) => policies.Current.SubjectOf(who, permit.Unmask, now);

    /// <summary>The refusal of a result whose columns are not those that were analysed; the catalogue is read again meanwhile.</summary>
    public Refusal ShapeChanged(SessionIdentity who, string? detail)
    {
        catalogues.RefreshSoon(who.QualifiedDatabase);
        return Refuse(who, DenyReason.ShapeChanged, detail, "The catalogue is being read again; run the statement once more in a moment.");
    }

    private Ruling DecideCommand(NormalForm form, SessionIdentity who)
    {
        if (!JitCommand.TryParse(form, out var command, out var fault))
            return Ruling.Refused(new(DenyReason.Unspecified, "42601", fault, null, "A statement that begins with JIT is a command to JitProxy itself."));

        if (command.Verb != JitVerb.Run)
            return Ruling.Told(command);

        // From here on as if the client had sent the grant's statement, and asked for that grant.
        return Console.FindStatement(command.Grant, who, out var refusal) is { } statement
            ? Decide(Encoding.UTF8.GetBytes(statement), who, command.Grant)
            : Ruling.Refused(refusal!);
    }

    /// <summary>The refusal to send more of a result.</summary>
    public static Refusal LimitHit(SessionIdentity who, DenyReason reason, string limit) =>
        Refuse(who, reason, limit, Refusal.NextStep(reason));

    /// <summary>The refusal of a text that the lexer cannot read.</summary>
    public static Refusal Unreadable(SessionIdentity who, TextFault fault, int offset) =>
        Refusal.Statement(DenyReason.Unreadable, who.User, who.QualifiedDatabase, $"the statement {fault.Describe()} (at byte {offset})", null);

    /// <summary>Why a statement under way may not go on; null if it may.</summary>
    public Refusal? FindObjection(SessionIdentity who, Permit permit, bool isExport) => permit.RecheckRunning(desk.Book, Now, out var reason)
        ? FindProjectObjection(who, permit, isExport)
        : Refuse(who, reason, GrantWords.StandingOf(desk.Book.Find(permit.Grant.Id) ?? permit.Grant, Now), null) with { Grant = permit.Grant.Id };

    // Null if the user has no role here that is worth speaking of.
    private Ruling? DecideByRole(ReadOnlySpan<byte> text, in StatementPlea plea, SessionIdentity who, Catalogue catalogue, Objection otherwise)
    {
        if (!desk.Book.Roles(who.User, who.QualifiedDatabase).Any())
            return null;

        var analysis = StatementAnalyzer.Analyze(text, catalogue);
        var configuration = policies.Current.Configuration;
        var decision = Judge.DecideByRole(
            plea, text.ToArray(), grant => RoleRules.FindObjection(configuration, grant, analysis, catalogue) is null, desk.Book, Now);
        if (decision.TryGetPermit(out var permit))
        {
            if (FindProjectObjection(who, permit, who.NeedsExport) is { } closed)
                return Ruling.Refused(closed);

            var analyzed = AnalysisFor(permit, who, catalogue, plea.Key);
            return FindObjection(who, permit, analyzed) is { } objection
                ? Ruling.Refused(objection)
                : Ruling.Granted(permit, analyzed, RoleRules.MayWrite(configuration, permit.Grant.Role!));
        }

        return decision.Objection switch
        {
            { Reason: DenyReason.RoleNotEnough, Grant: { } near } => Ruling.Refused(
                Refuse(who, DenyReason.RoleNotEnough, near.Id, RoleRules.FindObjection(configuration, near, analysis, catalogue) ?? "", null)),
            { Reason: DenyReason.ExportNotGranted } objection => Ruling.Refused(Worded(objection, who)),

            // A role that would do is not in force: that says more than that no grant holds the text.
            { Grant: not null } lapsed when otherwise.Reason is DenyReason.NoGrant or DenyReason.GrantNotApplicable => Ruling.Refused(Worded(lapsed, who)),
            _ => null,
        };
    }

    private AnalyzedStatement AnalysisFor(Permit permit, SessionIdentity who, Catalogue catalogue, StatementKey role = default)
    {
        var key = (permit.Grant.Id, who.QualifiedDatabase, role);
        var current = policies.Current;
        var policy = current.Masking;
        var now = Now;
        if (_analyses.TryGetValue(key, out var known) && known.IsCurrent(catalogue, policy, now))
            return known;

        var analysis = current.Analyze(permit.ApprovedText, catalogue, who);
        // It is kept: no exemption that ends may count.
        var preview = MaskPlanner.Preview(analysis, catalogue, policy, SubjectOf(who, permit, DateTimeOffset.MaxValue));
        if (_analyses.Count >= AnalysesMax)
            _analyses.Clear();

        var predicates = MaskPlanner.JudgePredicates(analysis, catalogue, policy, SubjectOf(who, permit, now));
        return _analyses[key] = new(analysis, catalogue, policy, preview.TouchesMasked, predicates, permit.Grant.Kind == GrantKind.Role)
        {
            StoredMask = analysis.Changes.IsEmpty ? null : MaskPlanner.FindStoredMask(analysis, catalogue, policy, SubjectOf(who, permit, now)),
        };
    }

    // What may have changed since the grant was approved: the names in it, and the policy.
    private static Refusal? FindObjection(SessionIdentity who, Permit permit, AnalyzedStatement analyzed)
    {
        // A role was held against what it writes a moment ago; a statement grant never writes.
        var mayWrite = permit.Grant.Kind == GrantKind.Role && !analyzed.Analysis.Changes.IsEmpty;
        if ((mayWrite ? analyzed.Analysis.WriteObjection : analyzed.Analysis.ReadOnlyObjection) is { } objection)
            return Refuse(who, DenyReason.NotReadOnly, permit.Grant.Id, objection, null);

        if (DatabaseReach.FindElsewhere(permit.Grant.Databases, analyzed.Analysis, analyzed.Catalogue) is { } beside)
            return Refuse(who, DenyReason.ProjectForbids, $"grant {permit.Grant.Id}: it is not for the database {beside}", null);

        if (analyzed.StoredMask is { } stored)
            return Refuse(who, DenyReason.MaskedWrite, permit.Grant.Id, stored, null);

        const string Hint = "Ask for the statement with --unmask, or for one without that column.";
        return analyzed.Denial is { } denial ? Refuse(who, DenyReason.MaskedPredicate, permit.Grant.Id, $"{denial}", Hint) : null;
    }

    // What its project's settings say about a permit now.
    private Refusal? FindProjectObjection(SessionIdentity who, Permit permit, bool isExport)
    {
        var configuration = policies.Current.Configuration;
        var closed = ProjectRules.FindUseObjection(configuration, permit.Grant, who.Server, who.Database)
            ?? (isExport ? ProjectRules.FindExportObjection(configuration, permit.Grant) : null);
        return closed is null ? null : Refuse(who, DenyReason.ProjectForbids, permit.Grant.Id, closed, null);
    }

    // COPY (statement) TO STDOUT is an export of that statement: whatever may be said about it is said about the statement inside.
    private Ruling DecideCopy(ReadOnlySpan<byte> text, SessionIdentity who, long? askedGrant)
    {
        if (!CopyReader.TryRead(text, out var copy, out var why))
            return Ruling.Refused(Refuse(who, DenyReason.MessageNotSupported, why, null));

        var inner = Decide(text[copy.Statement], who with { NeedsExport = true }, askedGrant);
        return inner.Kind switch
        {
            RulingKind.Granted => inner.CopiedOut(copy),
            RulingKind.Refused => inner,
            RulingKind.Housekeeping or RulingKind.Local =>
                Ruling.Refused(Refuse(who, DenyReason.MessageNotSupported, "COPY is for what a grant holds; run the statement itself", null)),
        };
    }

    private static Refusal Refuse(SessionIdentity who, DenyReason reason, long grant, string detail, string? hint) =>
        Refuse(who, reason, $"grant {grant}: {detail}", hint) with { Grant = grant };

    private static Refusal Refuse(SessionIdentity who, DenyReason reason, string? detail, string? hint) =>
        Refusal.Statement(reason, who.User, who.QualifiedDatabase, detail, hint);

    private Refusal Worded(Objection objection, SessionIdentity who)
    {
        var detail = objection switch
        {
            { Grant: { } grant, Difference: { } difference } => $"grant {grant.Id} has \"{difference.Granted}\", this has \"{difference.Offered}\"",
            { Reason: DenyReason.WrongNetwork, Grant: { } bound } => $"grant {bound.Id} is for {string.Join(", ", bound.Request.Networks)}",
            { Grant: { } grant } => GrantWords.StandingOf(grant, Now),
            _ => null,
        };
        var hint = objection is { Reason: DenyReason.GrantPending, Grant: { } pending } ? $"To see whom it waits for: jitproxy grant {pending.Id}" : null;
        return Refusal.Statement(objection.Reason, who.User, who.QualifiedDatabase, detail, hint) with { Grant = objection.Grant?.Id };
    }
}
