using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>The forms for what a person may do about a grant now. What they may is asked of the rules themselves.</summary>
internal static class GrantActions
{
    /// <summary>The forms; those for others are left out.</summary>
    public static Html Of(Visit visit, Grant grant, bool isMine)
    {
        var status = grant.StatusAt(visit.Now);
        var mayRun = isMine && status == GrantStatus.Active && grant.Kind == GrantKind.Statement && !grant.IsSpent;
        var forms = Html.Join(
        [
            Inbox.MaySign(visit, grant) ? Approve(visit, grant) : default,
            Inbox.MayReject(visit, grant) ? Reject(visit, grant) : default,
            mayRun ? Run(visit, grant) : default,
            mayRun && ProjectRules.FindExportObjection(visit.Configuration, grant) is null ? ExportPage.Form(visit, grant) : default,
            isMine && status is GrantStatus.Active or GrantStatus.Expired && isMine ? Extend(visit, grant) : default,
            isMine && status == GrantStatus.Pending ? Cancel(visit, grant) : default,
            isMine && status == GrantStatus.Rejected ? Again(visit, grant) : default,
            isMine && status is GrantStatus.Revoked or GrantStatus.Canceled && isMine
                ? Html.Of($"""<p><a class="button" href="/request?like={grant.Id}">Ask for the same once more</a></p>""")
                : default,
            Inbox.MayReview(visit, grant) ? Review(visit, grant) : default,
            Inbox.MayRevoke(visit, grant) ? Revoke(visit, grant) : default,
        ]);
        return forms.IsEmpty ? Html.Nothing : Html.Of($"""<section class="card acts-card" aria-label="What you can do">{forms}</section>""");
    }

    private static Html Approve(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/approve">{visit.Seal}
        <h2>Approve as {grant.NextStep!.Role}</h2>
        <label for="approve-expires">For how long <span class="dim">or shorter</span></label>
        <input id="approve-expires" name="expires" class="short" value="{Parts.Duration(grant.Duration)}" spellcheck="false">
        {(grant.Unmask ? Html.Of($"""<label class="box"><input type="checkbox" name="no_unmask"> <span>without unmask</span></label>""") : default)}
        {(grant.Export ? Html.Of($"""<label class="box"><input type="checkbox" name="no_export"> <span>without export</span></label>""") : default)}
        <label for="approve-executions">Runs at most</label>
        <input id="approve-executions" name="executions" class="short" inputmode="numeric" value="{grant.ExecutionsMax}" placeholder="no limit">
        <label for="approve-comment">Comment</label>
        <input id="approve-comment" name="comment" autocomplete="off">
        <p><button class="primary" data-key="a" title="Key: a">Approve <kbd>a</kbd></button></p></form>
        """);

    private static Html Reject(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/reject">{visit.Seal}
        <label for="reject-comment">Why not</label>
        <input id="reject-comment" name="comment" required autocomplete="off" data-key="r" placeholder="what to do instead">
        <label class="box"><input type="checkbox" name="ask_changes"> <span>ask for changes</span></label>
        <p><button class="danger" title="Key: r goes to the field above">Reject <kbd>r</kbd></button></p></form>
        """);

    private static Html Run(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/run">{visit.Seal}
        <h2>Run it</h2>{Databases(grant, "run-database")}
        <p><button class="primary">Run</button></p></form>
        """);

    private static Html Extend(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/extend">{visit.Seal}
        <label for="extend-expires">More time <span class="dim">is signed anew</span></label>
        <input id="extend-expires" name="expires" class="short" value="{Parts.Duration(grant.Request.Duration)}" required spellcheck="false">
        <p><button>Extend</button></p></form>
        """);

    private static Html Cancel(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/cancel">{visit.Seal}
        <p>It waits for {string.Join(", then ", grant.Steps.Where(static s => !s.IsSigned).Select(static s => s.Role))}.</p>
        <p><button>Withdraw the request</button></p></form>
        """);

    private static Html Again(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/again">{visit.Seal}
        <label for="again-reason">Ask again, with a better reason</label>
        <textarea id="again-reason" name="reason" rows="3" required></textarea>
        <p><button>Ask again</button> <a href="/request?like={grant.Id}">with other terms</a></p></form>
        """);

    private static Html Review(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/review">{visit.Seal}
        <h2>Review the emergency</h2>
        <label for="review-comment">What you found</label>
        <textarea id="review-comment" name="comment" rows="2" required></textarea>
        <p><button>Mark as reviewed</button></p></form>
        """);

    private static Html Revoke(Visit visit, Grant grant) => Html.Of($"""
        <form method="post" action="/grants/{grant.Id}/revoke">{visit.Seal}
        {Underway.Of(visit, grant)}
        <label for="revoke-comment">Take it back</label>
        <input id="revoke-comment" name="comment" autocomplete="off" placeholder="why (optional)">
        <p><button class="danger">Revoke</button></p></form>
        """);

    /// <summary>The choice of a database, where there is one.</summary>
    public static Html Databases(Grant grant, string id) => grant.Databases.Length == 1 ? Html.Nothing : Html.Of($"""
        <label for="{id}">On</label>
        <select id="{id}" name="database">{Html.Each(grant.Databases, static d => Html.Of($"<option>{d}</option>"))}</select>
        """);
}
