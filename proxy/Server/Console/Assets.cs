using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>The console's style sheet, script and icon: files of this folder, kept in the program.</summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, Asset> All = new[]
    {
        Load("console.css", "text/css; charset=utf-8"),
        Load("console.js", "text/javascript; charset=utf-8"),
        Load("icon.svg", "image/svg+xml"),
    }.ToFrozenDictionary(static a => a.Name, StringComparer.Ordinal);

    /// <summary>Its address, another one for each content.</summary>
    public static string AddressOf(string name) => $"/assets/{name}?v={All[name].Version}";

    /// <summary>The text of one.</summary>
    public static string TextOf(string name) => System.Text.Encoding.UTF8.GetString(All[name].Content);

    /// <summary>Sends one. The address changes with the content, so browsers may keep it.</summary>
    public static async Task AnswerAsync(HttpContext context)
    {
        if (!All.TryGetValue((string)context.Request.RouteValues["name"]!, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = asset.MediaType;
        context.Response.ContentLength = asset.Content.Length;
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        await context.Response.Body.WriteAsync(asset.Content, context.RequestAborted);
    }

    private static Asset Load(string name, string mediaType)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Console.{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new(name, mediaType, content, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }

    private sealed record Asset(string Name, string MediaType, byte[] Content, string Version);
}
