using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>One's own grants and requests.</summary>
internal static class GrantListPage
{
    /// <summary>The list, the newest first, of one status or of all.</summary>
    public static Task ShowAsync(Visit visit)
    {
        var chosen = StatusOf(visit.Asked("status"));
        var page = Paging.Read(visit, new(chosen, visit.Session.User));
        return visit.ShowAsync("My grants", Tab.Mine, Html.Of($"""
            <h1>My grants</h1>
            <nav class="filters" aria-label="Status"><ul>{Html.Each(Choices, c => Choice(c.Value, c.Text, visit.Asked("status") ?? ""))}</ul></nav>
            {(page.Grants.IsEmpty ? Empty(chosen) : Table(visit, page.Grants, withUser: false))}
            {Paging.Links(visit, page)}
            """));
    }

    /// <summary>Grants as rows.</summary>
    public static Html Table(Visit visit, IEnumerable<Grant> grants, bool withUser) => Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="Grants"><table class="list">
        <thead><tr><th scope="col">Grant</th><th scope="col">Status</th>{(withUser ? Html.Of($"<th scope=\"col\">User</th>") : default)}
        <th scope="col">For</th><th scope="col">On</th><th scope="col">Asked</th><th scope="col">Ends</th></tr></thead>
        <tbody>{Html.Each(grants, g => Row(visit, g, withUser))}</tbody></table></div>
        """);

    /// <summary>A status by its word; null for none.</summary>
    public static GrantStatus? StatusOf(string? word)
    {
        foreach (var status in Enum.GetValues<GrantStatus>())
        {
            if (DeskWords.NameOf(status) == word)
                return status;
        }

        return null;
    }

    /// <summary>Every status, and all.</summary>
    public static IEnumerable<(string Value, string Text)> Choices =>
        Enum.GetValues<GrantStatus>().Select(static s => (DeskWords.NameOf(s), DeskWords.NameOf(s))).Prepend(("", "all"));

    private static Html Choice(string value, string text, string chosen) => Html.Of($"""
        <li><a href="/grants{(value.Length == 0 ? "" : $"?status={value}")}"{Parts.Is(value == chosen, " aria-current=page")}>{text}</a></li>
        """);

    private static Html Empty(GrantStatus? chosen) => Html.Of($"""
        {Parts.Empty(chosen is { } status ? $"No grant of yours is {DeskWords.NameOf(status)}." : "You have not asked for anything yet.", "")}
        <p><a class="button primary" href="/request">Ask for a statement</a></p>
        """);

    private static Html Row(Visit visit, Grant grant, bool withUser) => Html.Of($"""
        <tr><th scope="row"><a href="/grants/{grant.Id}">{grant.Id}</a></th>
        <td>{Parts.Status(grant, visit.Now)} {Parts.Flags(grant)}</td>
        {(withUser ? Html.Of($"<td>{grant.User}</td>") : default)}
        <td class="wide"><a class="plain" href="/grants/{grant.Id}"><code>{StatementView.Escaped(Cut(grant.Statement ?? $"role {grant.Role}"))}</code></a>
        <span class="dim">{Cut(grant.Request.Reason)}</span></td>
        <td>{string.Join(", ", grant.Databases)}</td>
        <td>{Parts.Time(grant.RequestedAt)}</td>
        <td>{(grant.StatusAt(visit.Now) == GrantStatus.Active ? Parts.TimeLeft(grant, visit.Now) : Parts.Time(grant.ExpiresAt))}</td></tr>
        """);

    private static string Cut(string text) => StatementView.Beginning(text, 120);
}
