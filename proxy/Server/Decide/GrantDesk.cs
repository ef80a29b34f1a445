using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Storage;

namespace JitProxy.Server.Decide;

/// <summary>The one place that changes grants: checks, records, stores, then swaps the book that sessions decide by.</summary>
/// <remarks>
/// Methods may block on the store and are not for I/O threads. A <see cref="StoreException"/> escapes; nothing has changed then.
/// </remarks>
internal sealed class GrantDesk
{
    private const int PendingMax = 1000;

    private readonly Lock _gate = new();
    private readonly Store _store;
    private readonly UserDirectory _users;
    private readonly DeskServices _services;
    private readonly RequestCheck _check;
    private readonly GrantList _list;
    private volatile GrantBook _book;

    /// <summary>A desk over the grants of this store.</summary>
    public GrantDesk(Store store, UserDirectory users, DeskServices services)
    {
        (_store, _users, _services) = (store, users, services);
        _check = new(services);
        var grants = store.Grants.ReadAll();
        (_book, _list) = (GrantBook.Create(grants), new(grants));
        Reminders = new(this, services);
    }

    /// <summary>Raised after a change took effect, on the thread that made it.</summary>
    public event Action<GrantChange>? Changed;

    /// <summary>All grants now. A new book replaces it whole.</summary>
    public GrantBook Book => _book;

    /// <summary>Says which role grants end soon.</summary>
    public Reminders Reminders { get; }

    private DateTimeOffset Now => _services.Clock.GetUtcNow();

    /// <summary>Asks for a grant.</summary>
    public ValueTask<DeskResult> RequestAsync(GrantWish wish, Actor actor, CancellationToken stop) =>
        SubmitAsync(wish.Plain(), actor, extends: null, stop);

    /// <summary>Asks for a successor of a grant: the same again, for a new time, approved anew. The grant itself keeps its end.</summary>
    public async ValueTask<DeskResult> ExtendAsync(long id, Actor actor, TimeSpan? duration, CancellationToken stop)
    {
        if (_book.Find(id) is not { } grant)
            return DeskResult.Refuse(DeskWords.Unknown(id));

        if (!GrantFlow.TryExtend(grant, actor.Name, duration ?? grant.Request.Duration, Now, out var successor, out var fault))
            return DeskResult.Refuse(DeskWords.Refuse(fault, grant, "extended", Now));

        return await SubmitAsync(WishOf(successor), actor, id, stop);
    }

    /// <summary>Notes that an owner has looked at a break-glass grant.</summary>
    public DeskResult Review(long id, Actor actor, string? comment) =>
        Change(id, actor, GrantChangeKind.Reviewed, "reviewed", comment, (grant, signer, now) => GrantFlow.Review(grant, signer, comment, now));

    /// <summary>Asks once more for what was rejected, as it was or amended.</summary>
    public async ValueTask<DeskResult> AskAgainAsync(long id, Actor actor, string? reason, Func<GrantWish, GrantWish> amend, CancellationToken stop)
    {
        if (_book.Find(id) is not { } grant)
            return DeskResult.Refuse(DeskWords.Unknown(id));

        return GrantFlow.TryAskAgain(grant, actor.Name, reason ?? "", out var successor, out var fault)
            ? await SubmitAsync(amend(WishOf(successor)) with { Again = id }, actor, extends: null, stop)
            : DeskResult.Refuse(DeskWords.Refuse(fault, grant, "requested again", Now));
    }

    /// <summary>Closes requests that nobody has acted on for as long as the configuration allows. Blocks on the store.</summary>
    public void CloseStale()
    {
        var patience = _services.Configuration().Approval.PendingExpiration;
        foreach (var grant in List(new(GrantStatus.Pending)).Where(g => GrantFlow.CloseStale(g, Actor.Proxy.Name, patience, Now).TryGetGrant(out _, out _)))
        {
            Change(
                grant.Id, Actor.Proxy, GrantChangeKind.Canceled, "closed", "nobody decided in time",
                (current, _, now) => GrantFlow.CloseStale(current, Actor.Proxy.Name, patience, now));
        }
    }

    /// <summary>Signs the next step of a request.</summary>
    public DeskResult Approve(long id, Actor actor, ApprovalTerms terms) =>
        _book.Find(id) is { Progress.State: GrantStatus.Pending } asked
            && ProjectRules.FindObjection(_services.Configuration(), asked, terms) is { } forbidden
            ? DeskResult.Refuse(forbidden)
            : Change(id, actor, GrantChangeKind.Approved, "approved", terms.Comment, (grant, signer, now) => GrantFlow.Approve(grant, signer, terms, now));

    /// <summary>Turns a request down, for good or, with <paramref name="asksForChanges"/>, so that it is asked for again in another form.</summary>
    public DeskResult Reject(long id, Actor actor, string? comment, bool asksForChanges = false) => Change(
        id,
        actor,
        asksForChanges ? GrantChangeKind.SentBack : GrantChangeKind.Rejected,
        "rejected",
        comment,
        (grant, signer, now) => GrantFlow.Reject(grant, signer, comment, now));

    /// <summary>Withdraws a request.</summary>
    public DeskResult Cancel(long id, Actor actor) =>
        Change(id, actor, GrantChangeKind.Canceled, "canceled", null, GrantFlow.Cancel);

    /// <summary>Takes an active grant back. When this returns, no session starts anything under it; what runs is for <see cref="Changed"/> to stop.</summary>
    public DeskResult Revoke(long id, Actor actor, string? comment = null) =>
        Change(id, actor, GrantChangeKind.Revoked, "revoked", comment, (grant, signer, now) => GrantFlow.Revoke(grant, signer, comment, now));

    /// <summary>
    /// Ends everything that a removed user has or asks for, so that it does not come back with a namesake. Null when done; otherwise why
    /// something is left.
    /// </summary>
    public string? EndAllOf(string user)
    {
        string? fault = null;
        foreach (var grant in List(new(User: user)))
        {
            var status = grant.StatusAt(Now);
            var result = status == GrantStatus.Pending ? Cancel(grant.Id, Actor.Administrator)
                : status == GrantStatus.Active ? Revoke(grant.Id, Actor.Administrator, "the user was removed")
                : DeskResult.Done(grant);
            if (!result.TryGetGrant(out _, out var refusal))
                fault = refusal;
        }

        return fault;
    }

    /// <summary>The grant of this number, or null.</summary>
    public Grant? Find(long id) => _book.Find(id);

    /// <summary>The grants that the filter takes, oldest first.</summary>
    public ImmutableArray<Grant> List(GrantFilter filter) =>
        _list.Page(filter, GrantOrder.Requested, isDescending: false, behind: null, int.MaxValue - 1, Now).Grants;

    /// <summary>Some of the grants that the filter takes, behind a place in this order.</summary>
    public GrantPage Page(GrantFilter filter, GrantOrder order, bool isDescending, GrantPlace? behind, int limit) =>
        _list.Page(filter, order, isDescending, behind, limit, Now);

    /// <summary>What the actor is entitled to in a grant's project, by the configuration in force.</summary>
    public Signer SignerFor(Grant grant, Actor actor)
    {
        if (actor.IsAdministrator)
            return new(actor.Name, [], IsAdministrator: true);

        var configuration = _services.Configuration();
        var roles = configuration.WorkspaceRoles.Where(role => role.Value.Contains(actor.Name, StringComparer.Ordinal)).Select(static role => role.Key);
        configuration.Projects.TryGetValue(grant.Project, out var project);
        if (project?.Owners.Contains(actor.Name, StringComparer.Ordinal) == true)
            roles = roles.Append(Signer.ProjectOwner);

        return new(actor.Name, [.. roles], project?.SelfApproval ?? false);
    }

    /// <summary>Counts one execution of an active grant; false, and nothing counted, if it may not run once more. Blocks on the store.</summary>
    public bool TrySpend(long id)
    {
        // The store's count decides, before and outside the lock: it holds for every proxy of the store. The book follows.
        var isCounted = _store.TrySpend(id);
        lock (_gate)
        {
            if (!isCounted)
                Reload(id);
            else if (_book.Find(id) is { } grant && GrantFlow.Spend(grant, Now).TryGetGrant(out var spent, out _))
                Keep(spent);
        }

        return isCounted;
    }

    /// <summary>What a request would have to wait for, or why it would be refused. Nothing is kept.</summary>
    public ValueTask<CheckedRequest> CheckAsync(GrantWish wish, string user, CancellationToken stop) => _check.CheckAsync(wish, user, null, stop);

    private static GrantWish WishOf(GrantRequest request) => new()
    {
        Kind = request.Kind,
        Databases = request.Databases,
        Statement = request.Statement,
        Role = request.Role,
        Schema = request.Kind == GrantKind.Statement ? request.Schema : null,
        Unmask = request.Unmask,
        Export = request.Export,
        Reason = request.Reason,
        Duration = request.Duration,
        ExecutionsMax = request.ExecutionsMax,
        Networks = request.Networks,
        Parameters = request.Parameters,
    };

    private async ValueTask<DeskResult> SubmitAsync(GrantWish wish, Actor actor, long? extends, CancellationToken stop)
    {
        if (actor.IsAdministrator)
            return DeskResult.Refuse("The administrator has no grants. Say for whom this is: --as NAME.");
        if (!_users.Contains(actor.Name))
            return DeskResult.Refuse($"There is no user \"{actor.Name}\". Add it first: jitproxy user add {actor.Name}.");

        var check = await _check.CheckAsync(wish, actor.Name, extends, stop);
        return check.Request is { } request ? Submit(request, check, actor) : DeskResult.Refuse(check.Refusal!);
    }

    private DeskResult Submit(GrantRequest request, CheckedRequest check, Actor actor)
    {
        GrantChange change;
        lock (_gate)
        {
            var now = Now;
            if (FindSame(request, now) is { } same)
                return DeskResult.Refuse(DeskWords.Duplicate(same, now));
            if (List(new(GrantStatus.Pending, request.User)).Length >= PendingMax)
                return DeskResult.Refuse($"You have {PendingMax} requests waiting. Withdraw some first: jitproxy cancel ID.");

            if (!GrantFlow.Request(_store.Grants.NextId(), request, check.Steps, now).TryGetGrant(out var grant, out _))
                return DeskResult.Refuse("The request contradicts itself.");

            change = new(request.Extends is null ? GrantChangeKind.Requested : GrantChangeKind.Extended, grant, actor, request.Reason);
            if (_services.Record(change) is { } fault)
                return DeskResult.Refuse(Unrecorded(fault));

            _store.Grants.Add(grant);
            Keep(grant);
        }

        Changed?.Invoke(change);
        return DeskResult.Done(change.Grant, check.Notes);
    }

    private DeskResult Change(
        long id, Actor actor, GrantChangeKind kind, string verb, string? comment, Func<Grant, Signer, DateTimeOffset, Transition> transition)
    {
        GrantChange change;
        lock (_gate)
        {
            if (_book.Find(id) is not { } grant)
                return DeskResult.Refuse(DeskWords.Unknown(id));
            if (comment?.Length > RequestCheck.ReasonLengthMax)
                return DeskResult.Refuse($"The comment is longer than {RequestCheck.ReasonLengthMax} characters.");
            if (!transition(grant, SignerFor(grant, actor), Now).TryGetGrant(out var changed, out var fault))
                return DeskResult.Refuse(
                    actor.IsAdministrator && fault == TransitionFault.NotYourStep ? DeskWords.NoRole : DeskWords.Refuse(fault, grant, verb, Now));

            change = new(kind, changed, actor, comment);
            if (_services.Record(change) is { } unrecorded)
                return DeskResult.Refuse(Unrecorded(unrecorded));

            if (!_store.Grants.TryUpdate(changed))
            {
                Reload(id);
                return DeskResult.Refuse($"Somebody else changed grant {id} at the same time. Look at it again: jitproxy grant {id}.");
            }

            Keep(changed);
        }

        Changed?.Invoke(change);
        return DeskResult.Done(change.Grant);
    }

    private void Keep(Grant grant)
    {
        _book = _book.With(grant);
        _list.Set(grant);
    }

    private void Reload(long id)
    {
        if (_store.Grants.Find(id) is { } stored)
            Keep(stored);
    }

    // The same thing with the same powers, on at least these databases. Of an extension, only another pending one is the same.
    private Grant? FindSame(GrantRequest request, DateTimeOffset now) =>
        Candidates(request).FirstOrDefault(grant =>
            !grant.IsSpent
            && (grant.StatusAt(now) == GrantStatus.Pending || (grant.StatusAt(now) == GrantStatus.Active && request.Extends is null))
            && grant.Unmask == request.Unmask
            && grant.Export == request.Export
            && grant.Request.Parameters.SequenceEqual(request.Parameters, StringComparer.Ordinal)
            && grant.Request.Networks.SequenceEqual(request.Networks, StringComparer.Ordinal)
            && request.Databases.All(database => grant.Databases.Contains(database, StringComparer.Ordinal)));

    private IEnumerable<Grant> Candidates(GrantRequest request)
    {
        var database = request.Databases[0];
        if (request.Kind == GrantKind.Role)
            return _book.Roles(request.User, database).Where(grant => string.Equals(grant.Role, request.Role, StringComparison.Ordinal));

        return NormalForm.TryCreate(Encoding.UTF8.GetBytes(request.Statement!), request.Dialect, out var form, out _, out _)
            ? _book.Holding(StatementKey.Compute(request.Dialect, request.User, database, request.Schema, form))
            : [];
    }

    private static string Unrecorded(string fault) => $"The audit trail cannot be written, so nothing is changed: {fault}";
}
