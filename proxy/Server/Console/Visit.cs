using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>One request of somebody who is signed in, and the ways to answer it.</summary>
/// <param name="context">The request.</param>
/// <param name="session">Whose it is.</param>
/// <param name="services">What pages are made from.</param>
internal sealed class Visit(HttpContext context, ConsoleSession session, ConsoleServices services)
{
    /// <summary>The request.</summary>
    public HttpContext Context => context;

    /// <summary>Whose it is.</summary>
    public ConsoleSession Session => session;

    /// <summary>What pages are made from.</summary>
    public ConsoleServices Services => services;

    /// <summary>The person, with the rights that the API gives the same person.</summary>
    public Caller Caller { get; } = new(new(session.User), RequestOrigin.ClientOf(context));

    /// <summary>The configuration in force when the request came.</summary>
    public ProxyConfiguration Configuration { get; } = services.Admin.Configuration();

    /// <summary>When the request came, UTC.</summary>
    public DateTimeOffset Now { get; } = services.Admin.Clock.GetUtcNow();

    /// <summary>The form that came with a POST; empty before it was read.</summary>
    public IFormCollection Form { get; init; } = FormCollection.Empty;

    /// <summary>Gone as soon as nobody waits for the answer.</summary>
    public CancellationToken Stop => context.RequestAborted;

    /// <summary>The number in the address.</summary>
    public long Id => long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    /// <summary>What every form of the session has in it.</summary>
    public Html Seal => Html.Of($"""<input type="hidden" name="csrf" value="{session.Csrf}">""");

    /// <summary>A value of the address; null if it is empty.</summary>
    public string? Asked(string name) => context.Request.Query[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A field of the form; null if it is empty. Browsers end lines with two characters, where people mean one.</summary>
    public string? Field(string name) =>
        Form[name].ToString().Replace("\r\n", "\n", StringComparison.Ordinal) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>Whether a box of the form is ticked.</summary>
    public bool IsTicked(string name) => Form.ContainsKey(name);

    /// <summary>A grant that the person may see.</summary>
    public Grant? FindGrant() => services.Acts.Find(Id, Caller);

    /// <summary>A page.</summary>
    public Task ShowAsync(string title, Tab tab, Html body, int status = 200) => Page.WriteAsync(context, Layout.Of(this, title, tab, body), status);

    /// <summary>Says that there is no such thing, for those who ask.</summary>
    public Task ShowUnknownAsync(string what) => ShowAsync(
        "Nothing here",
        Tab.None,
        Html.Of($"""<h1>Nothing here</h1><p>{what}</p><p><a class="button" href="/">Back to the beginning</a></p>"""),
        404);

    /// <summary>Goes on to another page.</summary>
    public Task GoToAsync(string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
        return Task.CompletedTask;
    }

    /// <summary>Leaves word of what became of an act, and goes on to a page.</summary>
    public Task ReportAsync(ActResult result, Func<Grant, string> done, string path)
    {
        session.Leave(result.Grant is { } grant ? new(IsFault: false, done(grant), result.Notes) : NoticeOf(result.Problem!));
        return GoToAsync(path);
    }

    /// <summary>A refusal of the API, for a page.</summary>
    public static Notice NoticeOf(Problem problem)
    {
        var title = problem.Title.Length > 0 ? char.ToUpperInvariant(problem.Title[0]) + problem.Title[1..] : "It was not done";
        return new(IsFault: true, PageWords.Of(title), PageWords.Of(problem.Detail, problem.Hint)) { Denied = PageWords.FindDenied(problem.Hint) };
    }
}

/// <summary>The parts of the console, as the navigation has them.</summary>
internal enum Tab
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>Asking for a grant.</summary>
    Ask,

    /// <summary>One's own grants.</summary>
    Mine,

    /// <summary>What waits for a signature.</summary>
    Inbox,

    /// <summary>Projects, their grants and rules.</summary>
    Projects,

    /// <summary>The audit trail.</summary>
    Trail,
}
