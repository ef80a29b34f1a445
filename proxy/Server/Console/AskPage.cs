using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Console;

/// <summary>Asking for a grant: the statement, what would happen to it, and the request.</summary>
internal static class AskPage
{
    // Each costs a look at its server.
    private const int ExplainedMax = 4;

    /// <summary>The form, empty or filled in from a refusal or an earlier grant.</summary>
    public static async Task ShowAsync(Visit visit)
    {
        var form = AskForm.FromAddress(visit);
        const string Instead = "Sign in as the person who was refused, or write the statement below: literals that the trail leaves out are forgotten in time.";
        var notice = visit.Asked("denied") is { } denied && form.Body.Statement is null
            ? new Notice(IsFault: true, $"Record {denied} is not a refused statement of yours, or its literals are not there any more.", [Instead])
            : null;
        await ShowAsync(visit, form, notice, await ExplainAsync(visit, form), 200);
    }

    /// <summary>Asks, or only explains, by the button.</summary>
    public static async Task AnswerAsync(Visit visit)
    {
        var form = AskForm.FromForm(visit);
        if (visit.Field("act") == "explain")
        {
            await ShowAsync(visit, form, null, await ExplainAsync(visit, form), 200);
            return;
        }

        var result = form.ToBody(out var problem) is { } body ? await visit.Services.Acts.RequestAsync(body, visit.Caller, visit.Stop) : problem!;
        if (result.Grant is { } grant)
            await visit.ReportAsync(result, g => Words(g, visit.Now), $"/grants/{grant.Id}");
        else
            await ShowAsync(visit, form, Visit.NoticeOf(result.Problem!), await ExplainAsync(visit, form, withFlow: false), result.Problem!.Status);
    }

    /// <summary>The explanation alone, for the script.</summary>
    public static async Task ExplainAsync(Visit visit) => await Page.WriteAsync(visit.Context, await ExplainAsync(visit, AskForm.FromForm(visit)));

    private static string Words(Grant grant, DateTimeOffset now) => grant.StatusAt(now) == GrantStatus.Pending
        ? $"Asked. It waits for {string.Join(", then ", grant.Steps.Where(static s => !s.IsSigned).Select(static s => s.Role))}."
        : "It holds now.";

    // Without the flow where the page says already why there is none.
    private static async Task<Html> ExplainAsync(Visit visit, AskForm form, bool withFlow = true)
    {
        if (form.IsForRole || string.IsNullOrWhiteSpace(form.Body.Statement) || form.Databases.IsEmpty)
            return Parts.Dim("Write a statement and choose a database: here you see what it reads, what comes masked, and who has to sign.");

        var parts = new List<Html>();
        var explanations = new List<Explanation>();
        var explain = visit.Services.Admin.Explain;
        foreach (var database in form.Databases.Take(ExplainedMax))
        {
            if (database.IndexOf('/', StringComparison.Ordinal) is var slash && (slash <= 0 || slash == database.Length - 1))
                parts.Add(Parts.Warning($"{database} is not a database. Write SERVER/DATABASE."));
            else
                explanations.Add(await explain.ExplainAsync(new(database, form.Body.Statement, visit.Session.User, null, form.Body.Unmask), visit.Stop));
        }

        parts.AddRange(explanations.Select(static e => Verdict(e)).Distinct());
        if (withFlow)
            parts.Add(await FlowAsync(visit, form));
        parts.AddRange(explanations.Where(static e => e.Kind is not null).Select(e => ExplanationView.Reads(e, explanations.Count > 1)));
        parts.Add(Parts.Warnings(explanations.SelectMany(static e => e.Warnings).Distinct(StringComparer.Ordinal)));
        parts.AddRange(explanations.Take(1).Select(ExplanationView.NormalForm));
        return Html.Join(parts);
    }

    private static Html Verdict(Explanation explanation) => explanation switch
    {
        { Grant: { } grant } => Html.Of($"""<p class="verdict good">You have <a href="/grants/{grant}">grant {grant}</a> for exactly this.</p>"""),
        { Decision: "housekeeping" } => Html.Of($"""<p class="verdict good">This needs no grant: everybody may run it.</p>"""),
        { Kind: null, Reason: { } reason } => Html.Of($"""<p class="verdict bad">{PageWords.Of(reason)}</p>"""),
        _ => Html.Nothing,
    };

    // Exactly the checks of a request, with the terms as they are in the form.
    private static async Task<Html> FlowAsync(Visit visit, AskForm form)
    {
        if (form.ToBody(out var problem) is not { } body)
            return Html.Of($"""<p class="verdict bad">{Visit.NoticeOf(problem!).Text}</p>""");

        var wish = GrantActs.WishOf(body with { Reason = body.Reason ?? "not yet given" });
        var check = await visit.Services.Admin.Desk.CheckAsync(wish, visit.Session.User, visit.Stop);
        return check.Refusal is { } refusal
            ? Html.Of($"""<p class="verdict bad">{PageWords.Of(refusal)}</p>""")
            : Html.Of($"""
                <h3>Who has to sign</h3>
                {(form.Body.BreakGlass ? Parts.Dim("Nobody now; an owner reviews it afterwards.") : Parts.Steps(check.Steps))}{Parts.Warnings(check.Notes)}
                """);
    }

    private static async Task ShowAsync(Visit visit, AskForm form, Notice? notice, Html explanation, int status)
    {
        var fields = await AskFields.OfAsync(visit, form);
        await visit.ShowAsync(
            "Ask",
            Tab.Ask,
            form.IsForRole
                ? Html.Of($"""<h1>Ask for a role</h1>{Layout.NoticeOf(notice)}{fields}""")
                : Html.Of($"""
                    <h1>Ask for a statement</h1>{Layout.NoticeOf(notice)}{fields}
                    <section class="card" aria-label="Explanation"><h2>What would happen</h2>
                    <div id="explanation" aria-live="polite">{explanation}</div></section>
                    """),
            status);
    }
}
