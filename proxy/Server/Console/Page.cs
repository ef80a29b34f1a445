using System.Text;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>How pages are sent.</summary>
internal static class Page
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/html; charset=utf-8";

    /// <summary>Sends a whole page, or a part of one.</summary>
    public static async Task WriteAsync(HttpContext context, Html html, int status = 200)
    {
        var bytes = Encoding.UTF8.GetBytes(html.ToString());
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Begins a page that grows.</summary>
    public static void Start(HttpContext context) => context.Response.ContentType = MediaType;

    /// <summary>Sends some more of it.</summary>
    public static async Task AddAsync(HttpContext context, Html html)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(html.ToString()), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
