// One grant: what it is for, what has become of it, and what this person may do about it.
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>A grant's page, for its requester, its approvers and its owners.</summary>
internal static class GrantDetailPage
{
    private const int ExecutionsShown = 20;

    /// <summary>The page.</summary>
    public static async Task ShowAsync(Visit visit)
    {
        if (visit.FindGrant() is not { } grant)
        {
            await visit.ShowUnknownAsync($"There is no grant {visit.Id}, or it is none of your business.");
            return;
        }

        var detail = await visit.Services.Acts.DescribeAsync(grant, visit.Stop);
        var earlier = EarlierGrant.Find(visit, grant);
        var isMine = string.Equals(grant.User, visit.Session.User, StringComparison.Ordinal);
        await visit.ShowAsync($"Grant {grant.Id}", isMine ? Tab.Mine : Inbox.MaySign(visit, grant) ? Tab.Inbox : Tab.Projects, Html.Of($"""
            <h1>{(grant.StatusAt(visit.Now) == GrantStatus.Pending ? "Request" : "Grant")} {grant.Id}
            {Parts.Status(grant, visit.Now)} {Parts.Flags(grant)} {Parts.TimeLeft(grant, visit.Now)}</h1>
            <div class="columns-2 wide-left">
            <div>
            <section class="card" aria-label="Request"><p class="reason">{grant.Request.Reason}</p>{Facts(visit, grant, detail)}</section>
            {(grant.Statement is { } statement ? Html.Of($"""
                <section class="card" aria-label="Statement"><h2>Statement</h2>
                {StatementView.Whole(statement, grant.Request.Dialect, earlier?.Marked)}
                {(earlier is null ? default : earlier.Words)}
                {Parts.Warnings(detail.Warnings)}
                </section>
                <section class="card" aria-label="What it reads"><h2>What it reads</h2>
                {Html.Each(detail.Explanations, e => Reads(e, grant))}
                {Html.Each(detail.Explanations.Take(1), ExplanationView.NormalForm)}
                </section>
                """) : default)}
            {Executions(visit, grant)}
            </div>
            <div{Parts.Is(isMine, " class=first")}>{GrantActions.Of(visit, grant, isMine)}
            <section class="card" aria-label="Signatures"><h2>Signatures</h2>{Parts.Steps(grant.Steps)}{Ending(grant)}</section></div>
            </div>
            """));
    }

    private static Html Facts(Visit visit, Grant grant, GrantDetail detail) => Parts.Facts(
        ("For", Html.Of($"<b>{grant.User}</b>")),
        ("On", Html.Of($"{string.Join(", ", grant.Databases)} {Parts.Aside($"project {grant.Project}")}")),
        ("Role", Parts.Text(grant.Role)),
        ("Masked columns", grant.Kind == GrantKind.Role ? default : grant.Unmask ? Strong("come in clear")
            : Parts.Text(grant.Request.Unmask ? "stay masked (unmask was taken off)" : "stay masked")),
        ("Export", grant.Export ? Strong("allowed") : grant.Request.Export ? Html.Of($"taken off by an approver") : default),
        ("Holds", Html.Of($"{Parts.Duration(grant.Duration)} {Parts.Aside(Asked(grant))}")),
        ("Asked", Parts.Time(grant.RequestedAt)),
        ("Approved", Parts.Time(grant.ApprovedAt)),
        ("Ends", grant.StatusAt(visit.Now) is GrantStatus.Revoked ? default : Parts.Time(grant.ExpiresAt)),
        ("Runs", Html.Of($"{detail.Executions}{(grant.ExecutionsMax is { } max ? $" of {max}" : "")}")),
        ("Parameters", grant.Request.Parameters.IsEmpty ? default : Html.Each(grant.Request.Parameters, static p => Html.Of($"<code>{p}</code> "))),
        ("Only from", Parts.Text(string.Join(", ", grant.Request.Networks))),
        ("Follows", detail.Follows is { } before ? Html.Of($"""<a href="/grants/{before}">grant {before}</a>""") : default),
        ("Reviewed", grant.Progress is { ReviewedBy: { } by } seen ? Html.Of($"by {by} {Parts.Time(seen.ReviewedAt)}: {seen.ReviewComment}") : default));

    private static Html Reads(Explanation explanation, Grant grant) => explanation.Kind is null
        ? Parts.Warning(explanation.Reason ?? "It cannot be read.")
        : ExplanationView.Reads(explanation, grant.Databases.Length > 1);

    private static Html Strong(string text) => Html.Of($"<b class=\"strong\">{text}</b>");

    private static string Asked(Grant grant) => grant.Duration < grant.Request.Duration
        ? $"from the last signature; asked for {Parts.Duration(grant.Request.Duration)}"
        : "from the last signature";

    private static Html Ending(Grant grant) => grant.Progress.EndedBy is not { } by ? Html.Nothing : Html.Of($"""
        <p>{Server.Decide.DeskWords.NameOf(grant.Progress.State)} by <b>{by}</b> <span class="dim">{Parts.Time(grant.Progress.EndedAt)}</span>
        {(grant.Progress.EndComment is { Length: > 0 } comment ? Html.Of($"<q>{comment}</q>") : default)}</p>
        """);

    private static Html Executions(Visit visit, Grant grant)
    {
        if (grant.ApprovedAt is null)
            return Html.Nothing;

        var filter = new AuditFilter
        {
            Grant = grant.Id,
            Events = [AuditEvent.Authorized, AuditEvent.Finished, AuditEvent.Denied],
            Descending = true,
            Limit = ExecutionsShown,
        };
        var records = visit.Services.Audit.Page(filter, visit.Caller).Records;

        // An execution that ended is one row; what still runs has its beginning.
        var ended = records.Select(static r => r.Execution).ToHashSet();
        records = [.. records.Where(r => r.Event != AuditEvent.Authorized || !ended.Contains(r.Seq))];
        return Html.Of($"""
            <section class="card" aria-label="What ran"><h2>What ran</h2>
            {(records.IsEmpty ? Parts.Dim("Nothing yet.") : TrailView.Ends(records))}
            <p><a href="/trail?grant={grant.Id}">Everything about grant {grant.Id} in the trail</a></p></section>
            """);
    }
}
