using System.Collections.Immutable;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Admin.OpenApi;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>What answers without asking who is there: for load balancers and for who wants to know the API. None of it tells a secret.</summary>
internal static class OpenEndpoints
{
    /// <summary>Where the OpenAPI document is.</summary>
    public const string DocumentPath = "/openapi.json";

    /// <summary>The operations with what does them.</summary>
    public static ImmutableArray<(ApiOperation Operation, RequestDelegate Answer)> Of(AdminServices services) =>
    [
        (new("GET", "/healthz", "Says that the process is alive") { Tag = "probes", Answer = typeof(Done), IsOpen = true },
            static context => Answers.WriteAsync(context, new Done("alive"))),
        (new("GET", "/readyz", "Says whether the proxy can serve")
        {
            Tag = "probes", Answer = typeof(ReadyView), IsOpen = true, Faults = [503],
            Description = "The listeners accept, the trail can be written, and the servers were reachable a moment ago. 503 when not.",
        }, context => ReadyAsync(context, services.Probes)),
    ];

    /// <summary>The metrics, for who has a token.</summary>
    public static Task MetricsAsync(HttpContext context, AdminProbes probes)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(probes.Metrics(), context.RequestAborted);
    }

    private static async Task ReadyAsync(HttpContext context, AdminProbes probes)
    {
        var ready = await probes.ReadyAsync(context.RequestAborted);
        context.Response.StatusCode = ready.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await Answers.WriteAsync(context, ready);
    }
}
