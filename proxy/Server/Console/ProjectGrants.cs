using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>The grants of a project, by what their owner looks for.</summary>
internal static class ProjectGrants
{
    private static readonly (string Value, string Text)[] Flags =
        [("", "anything"), ("unmask", "unmask"), ("export", "export"), ("role", "a role"), ("unreviewed", "an emergency to review")];

    /// <summary>The form of filters, and the grants that they leave, the newest first.</summary>
    public static Html Of(Visit visit, ProjectConfiguration project)
    {
        var filter = new GrantFilter(GrantListPage.StatusOf(visit.Asked("status")), visit.Asked("user"), visit.Asked("on"))
        {
            Project = project.Name,
            Unmask = visit.Asked("flag") == "unmask" ? true : null,
            Export = visit.Asked("flag") == "export" ? true : null,
            Kind = visit.Asked("flag") == "role" ? GrantKind.Role : null,
            Text = visit.Asked("text"),
        };
        if (visit.Asked("flag") == "unreviewed")
            filter = filter with { NeedsReview = true };

        var page = Paging.Read(visit, filter);
        return Html.Of($"""
            <form class="card search" method="get" action="/projects/{ProjectsPage.Path(project)}" role="search" aria-label="Grants of the project">
            {Fields.Select("status", "Status", visit.Asked("status"), GrantListPage.Choices)}
            {Fields.Select("flag", "With", visit.Asked("flag"), Flags)}
            {Fields.Line("user", "User", visit.Asked("user"))}
            {Fields.Line("on", "Database", visit.Asked("on"), "shop/app")}
            {Fields.Line("text", "Statement or reason holds", visit.Asked("text"))}
            <p class="acts"><button>Show</button></p></form>
            {(page.Grants.IsEmpty ? Parts.Empty("No grant of this project fits.", "") : GrantListPage.Table(visit, page.Grants, withUser: true))}
            {Paging.Links(visit, page)}
            """);
    }
}
