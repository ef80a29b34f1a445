using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Admin;

/// <summary>What callers do with grants, for the API and for the console alike: what they may see, what they ask for, and the desk's answer.</summary>
internal sealed class GrantActs(AdminServices services)
{
    private DateTimeOffset Now => services.Clock.GetUtcNow();

    /// <summary>A grant that the caller may see. One that it may not see is as if there were none.</summary>
    public Grant? Find(long id, Caller caller) =>
        services.Desk.Find(id) is { } grant && caller.Sees(grant, services.Configuration()) ? grant : null;

    /// <summary>Those that the caller may see, oldest first.</summary>
    public IEnumerable<Grant> List(GrantFilter filter, Caller caller) =>
        services.Desk.List(filter with { Visible = caller.GrantsSeen(services.Configuration()) });

    /// <summary>Some of those that the caller may see, behind a place in this order.</summary>
    public GrantPage Page(GrantFilter filter, GrantOrder order, bool isDescending, GrantPlace? behind, int limit, Caller caller) =>
        services.Desk.Page(filter with { Visible = caller.GrantsSeen(services.Configuration()) }, order, isDescending, behind, limit);

    /// <summary>What a filter asks for by <see cref="GrantFilter.WaitingFor"/> to have what this caller could sign now.</summary>
    public Func<Grant, Signer> WaitingFor(Caller caller)
    {
        var signers = new Dictionary<string, Signer>(StringComparer.Ordinal);
        return grant =>
        {
            if (!signers.TryGetValue(grant.Project, out var signer))
                signers[grant.Project] = signer = services.Desk.SignerFor(grant, caller.Actor);
            return signer;
        };
    }

    /// <summary>
    /// The record of a refused statement that the caller may ask for. What was taken out of its statement is put back as long as this process remembers it;
    /// after that the record still says that it is redacted.
    /// </summary>
    public AuditRecord? FindDenied(long seq, Caller caller)
    {
        var record = services.Audit.Query(new() { Seq = seq }).FirstOrDefault();
        if (record is not { Event: AuditEvent.Denied }
            || !(caller.Actor.IsAdministrator || string.Equals(record.User, caller.Actor.Name, StringComparison.Ordinal)))
        {
            return null;
        }

        return record.IsStatementRedacted && services.Refused.Find(seq) is { } whole
            ? record with { Statement = whole, IsStatementRedacted = false, IsStatementCut = false }
            : record;
    }

    /// <summary>A grant in full, with what its statement reads.</summary>
    public async Task<GrantDetail> DescribeAsync(Grant grant, CancellationToken stop)
    {
        var explanations = ImmutableArray.CreateBuilder<Explanation>();
        foreach (var database in grant.Statement is null ? [] : grant.Databases)
            explanations.Add(await services.Explain.ExplainAsync(new(database, grant.Statement!, grant.User, grant.Schema, grant.Unmask), stop));

        ImmutableArray<string> warnings = [.. explanations.SelectMany(static e => e.Warnings).Distinct(StringComparer.Ordinal)];
        return GrantViews.Fill(grant, Now, services.Audit.CountByGrant(grant.Id), explanations.ToImmutable(), warnings);
    }

    /// <summary>Asks for a grant.</summary>
    public async Task<ActResult> RequestAsync(RequestBody body, Caller caller, CancellationToken stop)
    {
        var actor = caller.Actor;
        if (body.Denied is { } denied)
        {
            if (FindDenied(denied, caller) is not { Statement: { } statement } record)
            {
                const string List = "See jitproxy audit --decision denied";
                return new Problem($"audit record {denied} is not a refused statement of yours", 404, null, List);
            }

            if (record.IsStatementCut)
            {
                const string Instead = "It was too large for the trail. Give the statement with --file.";
                return new Problem($"audit record {denied} does not hold the whole statement", 409, Instead);
            }

            if (record.IsStatementRedacted)
            {
                const string Why = "Its literals are kept out of the trail, and the proxy remembers only the latest refusals, until it is started again.";
                const string Again = "Give the statement with --statement or --file, or run it once more and take the new number.";
                return new Problem($"audit record {denied} does not hold the statement's literals", 409, Why, Again);
            }

            // The administrator asks for the person who was refused; anybody else asks for themselves.
            actor = actor.IsAdministrator && record.User is { } user ? new(user, IsThroughAdministrator: true) : actor;
            body = body with { Statement = statement, Databases = body.Databases ?? (record.Database is { } database ? [database] : null) };
        }

        if (FindBadDuration(body.Expires) is { } bad)
            return bad;
        if (body.Again is not { } again)
            return AnswerOf(await services.Desk.RequestAsync(WishOf(body), actor, stop));

        return Find(again, caller) is null
            ? new Problem(DeskWords.Unknown(again), 404)
            : AnswerOf(await services.Desk.AskAgainAsync(again, actor, body.Reason, wish => Amend(wish, body), stop));
    }

    /// <summary>Signs the next step.</summary>
    public ActResult Approve(long id, ChangeBody change, Caller caller) =>
        Change(id, change, caller, duration => services.Desk.Approve(id, caller.Actor, TermsOf(change, duration)));

    /// <summary>Turns a request down.</summary>
    public ActResult Reject(long id, ChangeBody change, Caller caller) =>
        Change(id, change, caller, _ => services.Desk.Reject(id, caller.Actor, change.Comment, change.AskChanges));

    /// <summary>Withdraws a request.</summary>
    public ActResult Cancel(long id, ChangeBody change, Caller caller) => Change(id, change, caller, _ => services.Desk.Cancel(id, caller.Actor));

    /// <summary>Ends an active grant.</summary>
    public ActResult Revoke(long id, ChangeBody change, Caller caller) =>
        Change(id, change, caller, _ => services.Desk.Revoke(id, caller.Actor, change.Comment));

    /// <summary>Notes that an owner has looked at a break-glass grant.</summary>
    public ActResult Review(long id, ChangeBody change, Caller caller) =>
        Change(id, change, caller, _ => services.Desk.Review(id, caller.Actor, change.Comment));

    /// <summary>Asks for more time.</summary>
    public async Task<ActResult> ExtendAsync(long id, ChangeBody change, Caller caller, CancellationToken stop)
    {
        if (Find(id, caller) is not { } grant)
            return Unknown(id);

        return FindBadDuration(change.Expires ?? "") is { } bad ? bad : AnswerOf(
            await services.Desk.ExtendAsync(grant.Id, caller.Actor, Units.TryParseDuration(change.Expires ?? "", out var duration) ? duration : null, stop));
    }

    /// <summary>Why the caller cannot run the grant's statement on this database; null if nothing is in the way.</summary>
    public static Problem? FindRunObjection(Grant grant, Caller caller, string? database) => grant switch
    {
        { Kind: GrantKind.Role } => new($"grant {grant.Id} is for a role", 409, "It has no one statement to run.", "Use any client through the proxy."),
        _ when !string.Equals(grant.User, caller.Actor.Name, StringComparison.Ordinal) => new(
            $"grant {grant.Id} is {grant.User}'s",
            403,
            "Only its user may run it.",
            caller.Actor.IsAdministrator ? $"Act as that user: --as {grant.User}" : null),
        _ when database is null => new("the grant is for several databases", 400, string.Join(", ", grant.Databases), "Say which: --database SERVER/DATABASE"),
        _ when !grant.Databases.Contains(database) => new($"grant {grant.Id} is not for {database}", 409, $"It is for {string.Join(", ", grant.Databases)}."),
        _ => null,
    };

    /// <summary>What a body asks the desk for.</summary>
    public static GrantWish WishOf(RequestBody body) => new()
    {
        Kind = body.Role is null ? GrantKind.Statement : GrantKind.Role,
        Databases = body.Databases ?? [],
        Statement = body.Statement,
        Role = body.Role,
        Schema = body.Schema,
        Unmask = body.Unmask,
        Export = body.Export,
        Reason = body.Reason,
        Networks = body.From ?? [],
        Parameters = body.Parameters ?? [],
        BreakGlass = body.BreakGlass,
        Duration = body.Expires is { } expires && Units.TryParseDuration(expires, out var duration) ? duration : null,
        ExecutionsMax = body.Executions is { } executions ? (int)Math.Min(executions, int.MaxValue) : null,
    };

    /// <summary>There is no such grant, or none that the caller may see.</summary>
    public static Problem Unknown(long id) => new(DeskWords.Unknown(id), 404);

    // What is not named stays as it was.
    private static GrantWish Amend(GrantWish wish, RequestBody body) => wish with
    {
        Statement = wish.Kind == GrantKind.Statement ? body.Statement ?? wish.Statement : wish.Statement,
        Duration = body.Expires is { } expires && Units.TryParseDuration(expires, out var duration) ? duration : wish.Duration,
        Unmask = wish.Unmask && !body.NoUnmask,
        Export = wish.Export && !body.NoExport,
        Parameters = body.Parameters ?? wish.Parameters,
        Networks = body.From ?? wish.Networks,
        ExecutionsMax = body.Executions is { } executions ? (int)Math.Min(executions, int.MaxValue) : wish.ExecutionsMax,
    };

    private static Problem? FindBadDuration(string? expires) =>
        expires is null || Units.TryParseDuration(expires, out _) ? null : new($"\"{expires}\" is not a duration", 400, Units.DurationWords);

    private static ApprovalTerms TermsOf(ChangeBody change, TimeSpan? duration) =>
        new(change.Comment, duration, change.NoUnmask, change.NoExport, change.Executions is { } executions ? (int)Math.Min(executions, int.MaxValue) : null);

    private static ActResult AnswerOf(DeskResult result) => result.TryGetGrant(out var grant, out var refusal)
        ? new ActResult(grant, result.Notes, null)
        : new Problem(refusal, 409);

    private ActResult Change(long id, ChangeBody change, Caller caller, Func<TimeSpan?, DeskResult> act)
    {
        if (FindBadDuration(change.Expires) is { } bad)
            return bad;

        return Find(id, caller) is null
            ? Unknown(id)
            : AnswerOf(act(change.Expires is { } expires && Units.TryParseDuration(expires, out var duration) ? duration : null));
    }
}
