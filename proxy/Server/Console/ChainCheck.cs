using System.Threading.Channels;
using JitProxy.Server.Admin;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>Checks that no record of the trail was changed, left out or added, and shows what the last check found.</summary>
internal sealed class ChainCheck
{
    private Finding? _last;

    /// <summary>What the last check found, and the button for another one; nothing for those who may not check.</summary>
    public static Html Status(Visit visit)
    {
        if (!visit.Caller.SeesAll(visit.Configuration))
            return Html.Nothing;

        var fault = visit.Services.Admin.Audit.Fault;
        return Html.Of($"""
            <section class="card" aria-label="Chain"><h2>Chain</h2>
            <p>{visit.Services.Admin.Audit.LastSeq} records.</p>
            {(fault is null ? default : Layout.NoticeOf(new(IsFault: true, "The trail cannot be written, so nothing runs.", [fault])))}
            {(visit.Services.Chain._last is { } last ? Words(last, visit.Now) : Parts.Dim("Not checked since the proxy started."))}
            <form method="post" action="/trail/check">{visit.Seal}<p><button>Check the chain</button></p></form></section>
            """);
    }

    /// <summary>Checks from the first record on, and says how far it is while it does.</summary>
    public static async Task ShowAsync(Visit visit)
    {
        if (!visit.Caller.SeesAll(visit.Configuration))
        {
            await visit.ShowUnknownAsync("Checking the trail is for holders of a workspace role.");
            return;
        }

        Page.Start(visit.Context);
        await Page.AddAsync(visit.Context, Html.Of($"{Layout.Start(visit, "Checking the chain", Tab.Trail)}<h1>Checking the chain</h1><ol class=\"steps\">"));
        var steps = Channel.CreateBounded<AuditProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var work = AuditEndpoints.VerifyAsync(visit.Services.Admin.Audit, steps.Writer, visit.Stop);
        var shownAt = visit.Now;
        await foreach (var step in steps.Reader.ReadAllAsync(visit.Stop))
        {
            // A line a second is enough.
            if (visit.Services.Admin.Clock.GetUtcNow() - shownAt < TimeSpan.FromSeconds(1))
                continue;

            shownAt = visit.Services.Admin.Clock.GetUtcNow();
            await Page.AddAsync(visit.Context, Html.Of($"<li>{step.Seq} of {step.LastSeq} records</li>\n"));
        }

        var verdict = await work;
        var finding = new Finding(verdict, visit.Services.Admin.Clock.GetUtcNow(), visit.Session.User);
        visit.Services.Chain._last = finding;
        await Page.AddAsync(visit.Context, Html.Of($"""
            </ol>{Words(finding, finding.At)}<p><a class="button" href="/trail">Back to the trail</a></p>{Layout.End}
            """));
    }

    private static Html Words(Finding finding, DateTimeOffset now) => Html.Of($"""
        <p class="verdict {(finding.Verdict.IsIntact ? "good" : "bad")}" role="status">{AuditEndpoints.Words(finding.Verdict)}</p>
        {Parts.Dim($"checked {Parts.Left(now - finding.At)} ago by {finding.By}")}
        """);

    private sealed record Finding(AuditVerdict Verdict, DateTimeOffset At, string By);
}
