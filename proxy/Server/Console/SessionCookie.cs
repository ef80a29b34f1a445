using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>The cookie with a session's secret: not for scripts, not for other sites, and over TLS alone where there is TLS.</summary>
internal sealed class SessionCookie(Func<Uri?> publicAddress)
{
    // A name with this prefix is taken by browsers from the very host, over TLS, for the whole host only.
    private const string SecureName = "__Host-jitproxy";
    private const string PlainName = "jitproxy";

    /// <summary>The secret that came.</summary>
    public string? Read(HttpContext context) => context.Request.Cookies[NameFor(context)];

    /// <summary>Gives the browser a secret.</summary>
    public void Write(HttpContext context, string secret) => context.Response.Cookies.Append(NameFor(context), secret, OptionsFor(context));

    /// <summary>Has the browser forget it.</summary>
    public void Delete(HttpContext context) => context.Response.Cookies.Delete(NameFor(context), OptionsFor(context));

    private string NameFor(HttpContext context) => IsSecure(context) ? SecureName : PlainName;

    private bool IsSecure(HttpContext context) => context.Request.IsHttps || publicAddress()?.Scheme == Uri.UriSchemeHttps;

    private CookieOptions OptionsFor(HttpContext context) => new()
    {
        HttpOnly = true,
        Secure = IsSecure(context),
        SameSite = SameSiteMode.Strict,
        Path = "/",
    };
}
