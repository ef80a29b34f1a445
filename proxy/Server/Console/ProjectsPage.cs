// What belongs to a project: its settings and rules as the configuration file has them, its grants, and what runs under them.
using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Console;

/// <summary>Projects, for their owners and for those who see everything.</summary>
internal static class ProjectsPage
{
    /// <summary>All that the person may look into.</summary>
    public static Task ShowAllAsync(Visit visit)
    {
        var projects = visit.Configuration.Projects.Values.Where(p => MaySee(visit, p)).ToList();
        return visit.ShowAsync("Projects", Tab.Projects, Html.Of($"""
            <h1>Projects</h1>
            {(projects.Count == 0 ? Parts.Empty("You own no project.", "Owners see the grants and rules of their projects here.") : default)}
            {Html.Each(projects, static p => Html.Of($"""
                <article class="card"><h2><a href="/projects/{Path(p)}">{p.Name}</a></h2>
                {Parts.Facts(("Databases", Parts.Text(string.Join(", ", p.Databases))), ("Owners", Owners(p)))}</article>
                """))}
            """));
    }

    /// <summary>One of them.</summary>
    public static async Task ShowAsync(Visit visit)
    {
        var name = (string)visit.Context.Request.RouteValues["name"]!;
        if (!visit.Configuration.Projects.TryGetValue(name, out var project) || !MaySee(visit, project))
        {
            await visit.ShowUnknownAsync($"There is no project {name}, or you do not own it.");
            return;
        }

        var sample = await SampleAsync(visit, project);
        await visit.ShowAsync(project.Name, Tab.Projects, Html.Of($"""
            <h1>Project {project.Name}</h1>
            {Running(visit, project)}
            <section aria-label="Grants"><h2>Grants</h2>{ProjectGrants.Of(visit, project)}</section>
            <div class="columns-2">
            <section class="card" aria-label="Settings"><h2>Settings</h2>{Settings(project)}</section>
            <section class="card" aria-label="Try the rules"><h2>Who would sign?</h2>{sample}</section>
            </div>
            <section class="card" aria-label="Rules"><h2>Approval rules</h2>{Rules(visit.Configuration.Approval)}</section>
            """));
    }

    /// <summary>Whether the person owns the project, or sees everything.</summary>
    public static bool MaySee(Visit visit, ProjectConfiguration project) =>
        visit.Caller.SeesAll(visit.Configuration) || project.Owners.Contains(visit.Session.User, StringComparer.Ordinal);

    /// <summary>The project in an address.</summary>
    public static string Path(ProjectConfiguration project) => Uri.EscapeDataString(project.Name);

    private static Html Owners(ProjectConfiguration project) => Parts.Text(project.Owners.IsEmpty ? "nobody" : string.Join(", ", project.Owners));

    private static Html Running(Visit visit, ProjectConfiguration project)
    {
        var running = visit.Services.Watch.List().Where(r => r.Running.Permit?.Grant.Project == project.Name).ToList();
        return running.Count == 0 ? Html.Nothing : Html.Of($"""
            <section class="underway" aria-label="Running now"><b>Running now</b>
            <ul>{Html.Each(running, r => Html.Of($"""
                <li>{r.User} under <a href="/grants/{r.Running.Permit!.Grant.Id}">grant {r.Running.Permit!.Grant.Id}</a>:
                {r.Running.Rows} rows, for {Parts.Left(visit.Now - r.Running.ResumedAt)}</li>
                """))}</ul></section>
            """);
    }

    private static Html Settings(ProjectConfiguration project) => Parts.Facts(
        ("Databases", Html.Each(project.Databases, static d => Html.Of($"<code>{d.ToString()}</code> "))),
        ("Owners", Owners(project)),
        ("Statements", Parts.Text(project.JustInTimeAccess ? "may be asked for" : "may not be asked for")),
        ("Roles", Parts.Text(project.RequestRole ? "may be asked for" : "may not be asked for")),
        ("Export", Parts.Text(project.DataExport switch
        {
            DataExport.Request => "with a grant that includes it",
            DataExport.Open => "with every grant",
            DataExport.Closed => "never",
        })),
        ("Own requests", Parts.Text(project.SelfApproval ? "may be signed by their requester" : "are signed by others")),
        ("Longest", Parts.Text(project.MaxExpiration is { } longest ? Units.Format(longest) : "no limit")));

    private static Html Rules(ApprovalConfiguration approval) => Html.Of($"""
        <p class="dim">From the configuration file, in its order. The first rule of the request's kind whose condition holds decides.</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Approval rules"><table>
        <thead><tr><th scope="col">Requests for</th><th scope="col">When</th><th scope="col">Signed by, in order</th></tr></thead><tbody>
        {Html.Each(approval.Rules, static r => Html.Of($"""
            <tr><td>{(r.Source == ApprovalSource.RequestRole ? "a role" : "a statement")}</td><td><code>{r.Condition.Text}</code></td>
            <td>{Signers(r.Steps)}</td></tr>
            """))}
        <tr><td>anything</td><td>no rule holds</td><td>{(approval.Fallback is { } steps ? Signers(steps) : Html.Of($"refused"))}</td></tr>
        {(approval.BreakGlass is { } glass ? Html.Of($"""
            <tr><td>an emergency</td><td>asked by {string.Join(" or ", glass.Roles)}</td>
            <td>nobody, for {Units.Format(glass.MaxExpiration)} at most; an owner reviews it afterwards</td></tr>
            """) : default)}
        </tbody></table></div>
        <p class="dim">A request that nobody acts on closes itself after {Units.Format(approval.PendingExpiration)}.</p>
        """);

    private static Html Signers(ImmutableArray<ApprovalStep> steps) =>
        Parts.Text(steps.IsEmpty ? "nobody: it holds at once" : string.Join(", then ", steps));

    // The very check of a request; nothing is kept of it.
    private static async Task<Html> SampleAsync(Visit visit, ProjectConfiguration project)
    {
        var choice = await DatabaseChoice.FindAsync(visit, [project]);
        var database = visit.Asked("database") ?? choice.Names.FirstOrDefault() ?? "";
        var (statement, role) = (visit.Asked("sample"), visit.Asked("role"));
        var (unmask, export, expires) = (visit.Asked("unmask") is not null, visit.Asked("export") is not null, visit.Asked("expires") ?? "4h");
        var answer = Html.Nothing;
        if (statement is not null || role is not null)
        {
            var wish = GrantActs.WishOf(new()
            {
                Databases = [database],
                Statement = role is null ? statement : null,
                Role = role,
                Unmask = unmask && role is null,
                Export = export,
                Expires = Units.TryParseDuration(expires, out _) ? expires : null,
                Reason = "a sample",
            });
            var check = await visit.Services.Admin.Desk.CheckAsync(wish, visit.Session.User, visit.Stop);
            answer = check.Refusal is { } refusal
                ? Html.Of($"""<p class="verdict bad">{PageWords.Of(refusal)}</p>""")
                : Html.Of($"{Parts.Steps(check.Steps)}{Parts.Warnings(check.Notes)}");
        }

        return Html.Of($"""
            <form method="get" action="/projects/{Path(project)}">
            {Fields.Area("sample", "A sample statement", statement, "SELECT ...", rows: 3, isCode: true)}
            {Fields.Select("role", "or a role", role, visit.Configuration.DatabaseRoles.Keys.Select(static r => (r, r)).Prepend(("", "none")))}
            {(choice.Open.IsEmpty && choice.Names.Contains(database)
                ? Fields.Select("database", "On", database, choice.Names.Select(static d => (d, d)))
                : Fields.Line("database", "On", database, choice.Open.FirstOrDefault()))}
            {Fields.Line("expires", "For how long", expires, isShort: true)}
            {Fields.Box("unmask", unmask, "unmask", "")}
            {Fields.Box("export", export, "export", "")}
            <p><button>Show the flow</button></p></form>
            {answer}
            """);
    }
}
