using JitProxy.Server.Authenticate;
using JitProxy.Storage.Audit;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>Signing in with the name and password, or a token, of the wire; and signing out.</summary>
internal sealed class SignIn(ConsoleServices services, SessionCookie cookie)
{
    /// <summary>The size of a form with a name and a password, in bytes.</summary>
    public const int FormSizeMax = 16 * 1024;

    private const string Wrong = "The name or the password is not right.";

    /// <summary>The form.</summary>
    public Task ShowAsync(HttpContext context) =>
        services.Sessions.Find(cookie.Read(context)) is null ? ShowAsync(context, null, 200) : GoToAsync(context, Next(context.Request.Query["next"]));

    /// <summary>Checks name and password. An unknown name costs the same work as a known one.</summary>
    public async Task AnswerAsync(HttpContext context, IFormCollection form)
    {
        var user = form["user"].ToString().Trim();
        var remote = RequestOrigin.RemoteOf(context);
        if (!services.Logins.MayTry(user, remote, out var wait))
        {
            await ShowAsync(context, Patience(wait), StatusCodes.Status429TooManyRequests);
            return;
        }

        var now = services.Admin.Clock.GetUtcNow();
        if (!PasswordCheck.TryFind(services.Admin.Users.FindOrMock(user), form["password"].ToString(), now, out var secret))
        {
            services.Logins.Fail(user, remote);
            Record(AuditEvent.LoginRefused, context, user, "console: wrong secret");
            await ShowAsync(context, Wrong, StatusCodes.Status403Forbidden);
            return;
        }

        if (!services.Logins.TrySucceed(user, remote, out wait))
        {
            await ShowAsync(context, Patience(wait), StatusCodes.Status429TooManyRequests);
            return;
        }

        // A secret of its own for every sign-in: one that somebody planted before is worth nothing after.
        services.Sessions.End(cookie.Read(context));
        var (_, key) = services.Sessions.Begin(user, secret);
        Record(AuditEvent.Login, context, user, secret.TokenId is { } token ? $"console: token {token}" : "console: password");
        cookie.Write(context, key);
        services.Databases.ReadSoon();
        await GoToAsync(context, Next(form["next"]));
    }

    /// <summary>Ends the session.</summary>
    public Task LeaveAsync(Visit visit)
    {
        services.Sessions.End(cookie.Read(visit.Context));
        cookie.Delete(visit.Context);
        Record(AuditEvent.Logout, visit.Context, visit.Session.User, "console");
        return visit.GoToAsync("/sign-in");
    }

    /// <summary>Where to go after signing in: a page of ours, and nothing else.</summary>
    public static string Next(string? asked) =>
        asked is ['/', ..] && !asked.StartsWith("//", StringComparison.Ordinal) && !asked.AsSpan().ContainsAnyInRange('\0', ' ')
            && !asked.Contains('\\', StringComparison.Ordinal) ? asked : "/";

    private static Task ShowAsync(HttpContext context, string? fault, int status)
    {
        var isForm = HttpMethods.IsPost(context.Request.Method);
        var next = Next(isForm ? context.Request.Form["next"] : context.Request.Query["next"]);
        var user = isForm ? context.Request.Form["user"].ToString() : "";
        return Page.WriteAsync(
            context,
            Layout.Plain("Sign in", Html.Of($"""
                <form class="card sign-in" method="post" action="/sign-in">
                <h1><img src="{Assets.AddressOf("icon.svg")}" alt="" width="32" height="32">JitProxy</h1>
                <p class="dim">Sign in as on your database connection.</p>
                {(fault is null ? default : Html.Of($"""<div class="notice bad" role="alert"><strong>{fault}</strong></div>"""))}
                <input type="hidden" name="next" value="{next}">
                <label for="user">Name</label>
                <input id="user" name="user" value="{Html.Exact(user)}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
                <label for="password">Password or token</label>
                <input id="password" name="password" type="password" autocomplete="current-password" required>
                <button class="primary">Sign in</button>
                </form>
                """)),
            status);
    }

    private static Task GoToAsync(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
        return Task.CompletedTask;
    }

    private static string Patience(TimeSpan wait) => $"Too many attempts. Try again in {Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))} seconds.";

    private void Record(AuditEvent what, HttpContext context, string user, string detail) =>
        services.Admin.Audit.TryRecord(new() { Event = what, User = user, Client = RequestOrigin.ClientOf(context), Detail = detail }, out _, out _);
}
