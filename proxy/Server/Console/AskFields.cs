using System.Collections.Immutable;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Console;

/// <summary>The form for a request.</summary>
internal static class AskFields
{
    private const int BoxesMax = 24;

    /// <summary>The form, filled in.</summary>
    public static async Task<Html> OfAsync(Visit visit, AskForm form)
    {
        var projects = visit.Configuration.Projects.Values.Where(p => form.IsForRole ? p.RequestRole : p.JustInTimeAccess).ToList();
        var choice = await DatabaseChoice.FindAsync(visit, projects);
        return Html.Of($"""
            {(form.Denied is { } from ? Html.Of($"<p class=\"dim\">This is what was refused in <a href=\"/trail/{from}\">record {from}</a>.</p>") : default)}
            {(projects.Count == 0 ? Parts.Warning("No project takes such requests. Ask whoever keeps the configuration.") : default)}
            <form class="ask" method="post" action="/request" data-explain="/request/explain">
            {visit.Seal}
            {(form.Denied is { } denied ? Html.Of($"<input type=\"hidden\" name=\"denied\" value=\"{denied}\">") : default)}
            {(form.IsForRole ? Html.Of($"<input type=\"hidden\" name=\"kind\" value=\"role\">") : default)}
            <div class="columns-2"><div>{What(visit, form)}{Where(choice, form)}</div><div>{Terms(visit, form)}</div></div>
            <p class="acts"><button class="primary" name="act" value="request">Ask for it</button>{Acts(visit, form)}</p>
            </form>
            """);
    }

    private static Html Acts(Visit visit, AskForm form)
    {
        if (form.IsForRole)
            return Html.Of($"<a href=\"/request\">Ask for a statement instead</a>");

        var mayAskForRoles = visit.Configuration.Projects.Values.Any(static p => p.RequestRole);
        return Html.Of($"""
            <button name="act" value="explain" formnovalidate>Explain</button>
            {(mayAskForRoles ? Html.Of($"<a href=\"/request?kind=role\">Ask for a role instead</a>") : default)}
            """);
    }

    private static Html What(Visit visit, AskForm form) => form.IsForRole
        ? Fields.Select("role", "Role", form.Body.Role, visit.Configuration.DatabaseRoles.Select(static r => (r.Key, $"{r.Key}: {string.Join(", ", r.Value)}")))
        : Fields.Area("statement", "Statement", form.Body.Statement, "SELECT ...", rows: 9, isCode: true, isRequired: true);

    // More than a few are chosen from a list; what is not offered can be written.
    private static Html Where(DatabaseChoice choice, AskForm form)
    {
        var isLong = choice.Names.Length > BoxesMax;
        var boxes = isLong ? [.. choice.Names.Intersect(form.Databases)] : choice.Names;
        var other = form.Databases.Except(boxes).ToList();
        var isOnly = choice is { Names.Length: 1, Open.IsEmpty: true } && form.Databases.IsEmpty;
        return Html.Of($"""
            <fieldset><legend>On</legend>{Html.Each(boxes, d => Database(d, isOnly || form.Databases.Contains(d)))}
            {(isLong ? Listed(choice.Names, other) : choice.Open.IsEmpty && other.Count == 0 ? default
                : Fields.Line("other", "Other databases", string.Join(", ", other), string.Join(", ", choice.Open)))}
            </fieldset>
            """);
    }

    private static Html Listed(ImmutableArray<string> names, List<string> other) => Html.Of($"""
        <label for="other">Which databases <span class="dim">begin to write; several with commas</span></label>
        <input id="other" name="other" list="databases" value="{Html.Exact(string.Join(", ", other))}" placeholder="{names[0]}"
        spellcheck="false" autocomplete="off">
        <datalist id="databases">{Html.Each(names, static d => Html.Of($"<option value=\"{d}\">"))}</datalist>
        """);

    private static Html Database(string name, bool isTicked) => Html.Of($"""
        <label class="box"><input type="checkbox" name="database" value="{name}"{Parts.Is(isTicked, " checked")}> <span>{name}</span></label>
        """);

    private static Html Terms(Visit visit, AskForm form)
    {
        var hasMore = form.Executions is not null || form.From is not null || form.Parameters is not null || form.Body.BreakGlass;
        const string Example = "for the people who sign it: a ticket, a customer, a question";
        return Html.Of($"""
            {Fields.Area("reason", "Reason", form.Body.Reason, Example, rows: 3, isRequired: true)}
            <label for="expires">For how long</label>
            <input id="expires" name="expires" class="short" list="durations" value="{form.Body.Expires ?? "4h"}"
            aria-describedby="expires-hint" spellcheck="false">
            <datalist id="durations">{Html.Each(["30m", "1h", "4h", "1d", "7d"], static d => Html.Of($"<option value=\"{d}\">"))}</datalist>
            <span id="expires-hint" class="dim">from the last signature on; 30m, 4h or 7d</span>
            {(form.IsForRole ? default : Fields.Box("unmask", form.Body.Unmask, "Unmask", "sensitive columns in clear"))}
            {Fields.Box("export", form.Body.Export, "Export", "files, and results above the row limit")}
            <details{Parts.Is(hasMore, " open")}><summary>More terms</summary>
            {Fields.Line("executions", "Runs at most", form.Executions, "no limit", isShort: true)}
            {Fields.Line("from", "Only from these networks", form.From, "10.1.0.0/16")}
            {(form.IsForRole ? default : Parameters(form))}
            {(visit.Configuration.Approval.BreakGlass is { } glass ? Fields.Box("break_glass", form.Body.BreakGlass, "Emergency", WordsOf(glass)) : default)}
            </details>
            """);
    }

    private static Html Parameters(AskForm form) =>
        Fields.Area("parameters", "What parameters may be, one a line", form.Parameters, "1=int:1..100", rows: 2, isCode: true);

    private static string WordsOf(BreakGlassConfiguration glass) =>
        $"holds at once for {Parts.Duration(glass.MaxExpiration)} at most, for {string.Join(" or ", glass.Roles)}; an owner reviews it";
}
