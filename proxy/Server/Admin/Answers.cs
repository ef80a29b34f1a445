using System.Text.Json;
using JitProxy.Server.Admin.Contract;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Reads bodies and writes answers.</summary>
internal static class Answers
{
    /// <summary>The body; an empty one, or one with fields that nobody knows, is a fault of the caller.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context)
        where T : class =>
        await JsonSerializer.DeserializeAsync<T>(context.Request.Body, AdminJson.Strict, context.RequestAborted)
        ?? throw new JsonException("the body is null");

    /// <summary>One value.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T value)
    {
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, value, AdminJson.Compact, context.RequestAborted);
    }

    /// <summary>A refusal.</summary>
    public static async Task RefuseAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = Problem.MediaType;
        if (problem.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";

        await JsonSerializer.SerializeAsync(context.Response.Body, problem, AdminJson.Compact, context.RequestAborted);
    }

    /// <summary>A refusal in the words of the desk or the directory.</summary>
    public static Task ConflictAsync(HttpContext context, string refusal) => RefuseAsync(context, new(refusal, StatusCodes.Status409Conflict));

    /// <summary>Starts JSON Lines.</summary>
    public static LineWriter StartLines(HttpContext context)
    {
        context.Response.ContentType = AdminHeaders.Lines;
        return new(context);
    }
}
