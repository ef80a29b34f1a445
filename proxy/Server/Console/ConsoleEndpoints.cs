// The console's map: which page answers which address, and what every request passes before it.
using JitProxy.Server.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace JitProxy.Server.Console;

/// <summary>Binds addresses to pages.</summary>
internal sealed class ConsoleEndpoints
{
    // A statement of a megabyte, every byte of it written as three.
    private const int FormSizeMax = 16 << 20;

    // Every page for somebody who is signed in. The acts on a grant are in a table of their own.
    private static readonly (string Method, string Pattern, Answer Answer)[] Pages =
    [
        ("GET", "/", Home.ShowAsync),
        ("GET", "/request", AskPage.ShowAsync),
        ("POST", "/request", AskPage.AnswerAsync),
        ("POST", "/request/explain", AskPage.ExplainAsync),
        ("GET", "/grants", GrantListPage.ShowAsync),
        ("GET", "/grants/{id:long}", GrantDetailPage.ShowAsync),
        ("POST", "/grants/{id:long}/run", ResultPage.ShowAsync),
        ("POST", "/grants/{id:long}/export", ExportPage.AnswerAsync),
        ("GET", "/grants/{id:long}/export/{key}", ExportPage.ShowProgressAsync),
        ("GET", "/inbox", Inbox.ShowAsync),
        ("GET", "/projects", ProjectsPage.ShowAllAsync),
        ("GET", "/projects/{name}", ProjectsPage.ShowAsync),
        ("GET", "/trail", TrailPage.ShowAsync),
        ("GET", "/trail/{id:long}", RecordPage.ShowAsync),
        ("GET", "/trail/plots", PlotsPage.ShowAsync),
        ("GET", "/trail/download", TrailPage.DownloadAsync),
        ("POST", "/trail/check", ChainCheck.ShowAsync),
        .. GrantForms.All.Select(static act => ("POST", $"/grants/{{id:long}}/{act.Key}", new Answer(act.Value))),
    ];

    private readonly ConsoleServices _services;
    private readonly SessionCookie _cookie;
    private readonly SignIn _signIn;

    private ConsoleEndpoints(ConsoleServices services)
    {
        _services = services;
        _cookie = new(PublicAddress);
        _signIn = new(services, _cookie);
    }

    /// <summary>A page's work.</summary>
    private delegate Task Answer(Visit visit);

    /// <summary>Adds all pages, and one for every address that nothing else answers; what programs ask for is the API's.</summary>
    public static void Map(WebApplication application, ConsoleServices services)
    {
        var console = new ConsoleEndpoints(services);
        console.Map(application);
        application.Use((context, next) =>
            context.GetEndpoint() is null
            && HttpMethods.IsGet(context.Request.Method)
            && !context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
                ? console.VisitAsync(context, ShowUnknownAsync)
                : next(context));
    }

    private void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sign-in", context => GuardAsync(context, _signIn.ShowAsync));
        routes.MapPost("/sign-in", context => GuardAsync(context, SignInAsync));
        routes.MapGet("/assets/{name}", context => GuardAsync(context, Assets.AnswerAsync));
        Add("POST", "/sign-out", _signIn.LeaveAsync);
        foreach (var (method, pattern, answer) in Pages)
            Add(method, pattern, answer);

        void Add(string method, string pattern, Answer answer) => routes.MapMethods(pattern, [method], context => VisitAsync(context, answer));
    }

    private static Task UnknownAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task ShowUnknownAsync(Visit visit) => visit.ShowUnknownAsync($"There is no page {visit.Context.Request.Path}.");

    private Uri? PublicAddress() => _services.Admin.Configuration().Admin.Url;

    // The socket is the administrator's, and the administrator has no page.
    private static Task GuardAsync(HttpContext context, RequestDelegate answer)
    {
        if (context.Features.Get<LocalConnection>() is not null)
            return UnknownAsync(context);

        RequestOrigin.Protect(context);
        return answer(context);
    }

    private async Task SignInAsync(HttpContext context)
    {
        if (!RequestOrigin.IsOwn(context, PublicAddress()))
            await RefuseForeignAsync(context);
        else
            await _signIn.AnswerAsync(context, await ReadFormAsync(context, SignIn.FormSizeMax));
    }

    private Task VisitAsync(HttpContext context, Answer answer) => GuardAsync(context, async _ =>
    {
        var isPost = HttpMethods.IsPost(context.Request.Method);
        if (isPost && !RequestOrigin.IsOwn(context, PublicAddress()))
        {
            await RefuseForeignAsync(context);
            return;
        }

        if (_services.Sessions.Find(_cookie.Read(context)) is not { } session)
        {
            await AskToSignInAsync(context, isPost);
            return;
        }

        var form = isPost ? await ReadFormAsync(context, FormSizeMax) : FormCollection.Empty;
        if (isPost && !RequestOrigin.IsSealed(form, session))
            await RefuseForeignAsync(context);
        else
            await answer(new(context, session, _services) { Form = form });
    });

    // Whoever comes by a link in a chat or a mail: browsers keep a strict cookie back then, and send it when the same page asks once more.
    private static Task AskToSignInAsync(HttpContext context, bool isPost)
    {
        var here = $"{context.Request.Path}{context.Request.QueryString}";
        if (RequestOrigin.IsFromElsewhere(context))
        {
            return Page.WriteAsync(context, Html.Of($"""
                {Layout.Head("One moment", Html.Of($"""<meta http-equiv="refresh" content="0;url={here}">"""))}
                <body class="plain"><main id="main"><p><a href="{here}">Go on to the page</a></p></main></body></html>
                """));
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = isPost || here == "/" ? "/sign-in" : $"/sign-in?next={Uri.EscapeDataString(here)}";
        return Task.CompletedTask;
    }

    private static Task RefuseForeignAsync(HttpContext context) => Page.WriteAsync(
        context,
        Layout.Plain("Not accepted", Html.Of($"""
            <h1>Not accepted</h1>
            <p>This form did not come from a page of this session, so nothing was done. Go back, load the page again, and repeat it.</p>
            <p><a class="button" href="/">To the beginning</a></p>
            """)),
        StatusCodes.Status403Forbidden);

    private static Task<IFormCollection> ReadFormAsync(HttpContext context, int sizeMax)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = sizeMax;

        context.Features.Set<IFormFeature>(new FormFeature(context.Request, new FormOptions
        {
            BufferBody = false,
            ValueCountLimit = 256,
            KeyLengthLimit = 256,
            ValueLengthLimit = sizeMax,
            MultipartBodyLengthLimit = 0,
        }));
        return context.Request.ReadFormAsync(context.RequestAborted);
    }
}
