// What keeps other sites, other frames and other eyes away from the pages.
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>Where requests come from, and the headers that tell browsers what may come of the answers.</summary>
internal static class RequestOrigin
{
    // No inline script or style, nothing from anywhere else, no frame around it, forms to here alone.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The headers of every answer of the console.</summary>
    public static void Protect(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        // With "no-referrer" browsers would keep the origin of our own forms to themselves, too.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers.CacheControl = "no-store";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
    }

    /// <summary>
    /// Whether a POST comes from a page of ours: browsers say where from, in either of two headers. Without both it is no browser of today, and the seal
    /// of the form alone decides.
    /// </summary>
    public static bool IsOwn(HttpContext context, Uri? publicAddress)
    {
        var headers = context.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site && site != "same-origin")
            return false;

        return headers.Origin.ToString() is not { Length: > 0 } origin
            || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && (IsHost(context, from) || IsSame(from, publicAddress)));
    }

    /// <summary>Whether the form carries the session's seal.</summary>
    public static bool IsSealed(IFormCollection form, ConsoleSession session) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(form["csrf"].ToString()), Encoding.UTF8.GetBytes(session.Csrf));

    /// <summary>Whether a browser was sent here by another site. It leaves the session's cookie out then, and sends it as soon as it comes from here.</summary>
    public static bool IsFromElsewhere(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    /// <summary>The client's address, as records have it.</summary>
    public static string ClientOf(HttpContext context) => $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";

    /// <summary>The client's address, as the limiter counts by it.</summary>
    public static EndPoint? RemoteOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : null;

    // The scheme is not compared: behind a TLS terminator ours is http while the browser's is https.
    private static bool IsHost(HttpContext context, Uri origin) =>
        Uri.TryCreate($"{origin.Scheme}://{context.Request.Host}", UriKind.Absolute, out var own)
        && string.Equals(origin.Authority, own.Authority, StringComparison.OrdinalIgnoreCase);

    private static bool IsSame(Uri origin, Uri? own) =>
        own is not null && origin.Scheme == own.Scheme && string.Equals(origin.Authority, own.Authority, StringComparison.OrdinalIgnoreCase);
}
