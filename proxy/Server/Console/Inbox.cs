using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>What waits for the person's own signature.</summary>
internal static class Inbox
{
    private const int ShownMax = 100;

    /// <summary>How many requests wait, up to what a page shows.</summary>
    public static int CountFor(Visit visit) => Waiting(visit).Length;

    /// <summary>All of them, the oldest first.</summary>
    public static Task ShowAsync(Visit visit)
    {
        var waiting = Waiting(visit);
        var reviews = visit.Services.Acts.List(new(NeedsReview: true), visit.Caller).Where(g => MayReview(visit, g)).ToList();
        var body = waiting.IsEmpty && reviews.Count == 0
            ? Parts.Empty("Nothing waits for you.", "Requests that need your signature appear here.")
            : Html.Of($"""
                {Html.Each(waiting, g => Card(visit, g, "Look and decide"))}
                {(waiting.Length == ShownMax ? Parts.Dim("The oldest are shown; others follow when these are decided.") : default)}
                {(reviews.Count > 0 ? Html.Of($"<h2>Used in an emergency, to be reviewed</h2>") : default)}
                {Html.Each(reviews.Take(ShownMax), g => Card(visit, g, "Review"))}
                """);
        return visit.ShowAsync("Inbox", Tab.Inbox, Html.Of($"<h1>Inbox</h1>{body}"));
    }

    /// <summary>Whether the grant waits for this person: whether the rules of grants would let them sign it now.</summary>
    public static bool MaySign(Visit visit, Grant grant) =>
        GrantFlow.Approve(grant, SignerOf(visit, grant), ApprovalTerms.AsRequested, visit.Now).TryGetGrant(out _, out _);

    /// <summary>Whether the person may review what was done with a break-glass grant.</summary>
    public static bool MayReview(Visit visit, Grant grant) => GrantFlow.Review(grant, SignerOf(visit, grant), "seen", visit.Now).TryGetGrant(out _, out _);

    /// <summary>Whether the person may take the grant back.</summary>
    public static bool MayRevoke(Visit visit, Grant grant) => GrantFlow.Revoke(grant, SignerOf(visit, grant), null, visit.Now).TryGetGrant(out _, out _);

    /// <summary>Whether the person may turn the request down.</summary>
    public static bool MayReject(Visit visit, Grant grant) => GrantFlow.Reject(grant, SignerOf(visit, grant), "no", visit.Now).TryGetGrant(out _, out _);

    private static Signer SignerOf(Visit visit, Grant grant) => visit.Services.Admin.Desk.SignerFor(grant, visit.Caller.Actor);

    private static ImmutableArray<Grant> Waiting(Visit visit) => visit.Services.Acts.Page(
        new() { WaitingFor = visit.Services.Acts.WaitingFor(visit.Caller) }, GrantOrder.Requested, isDescending: false, null, ShownMax, visit.Caller).Grants;

    private static Html Card(Visit visit, Grant grant, string act) => Html.Of($"""
        <article class="card request">
        <h2><a href="/grants/{grant.Id}">Request {grant.Id} of {grant.User}</a> {Parts.Flags(grant)}</h2>
        <p class="reason">{grant.Request.Reason}</p>
        {StatementView.Short(grant)}
        <p class="dim">on {string.Join(", ", grant.Databases)} for {Parts.Duration(grant.Duration)}, asked {Parts.Left(visit.Now - grant.RequestedAt)} ago</p>
        <p><a class="button primary" href="/grants/{grant.Id}">{act}</a></p>
        </article>
        """);
}
