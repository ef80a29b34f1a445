// The API's map: who may call what. What it does is in the files beside.
using System.Text.Json;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Admin.OpenApi;
using JitProxy.Server.Decide;
using JitProxy.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace JitProxy.Server.Admin;

/// <summary>Binds addresses to what answers them.</summary>
internal static partial class Endpoints
{
    /// <summary>All endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes, AdminServices services)
    {
        var operations = ApiMap.Of(services);
        foreach (var (operation, answer) in operations)
        {
            Add(operation, context => Authentication.Find(context, services, out var refusal) is { } caller
                ? answer(Noted(context, caller, services.Desk.Reminders), caller)
                : Answers.RefuseAsync(context, refusal!));
        }

        var open = OpenEndpoints.Of(services);
        foreach (var (operation, answer) in open)
            Add(operation, answer);

        var document = ApiDocument.Make([.. operations.Select(static o => o.Operation), .. open.Select(static o => o.Operation)]);
        routes.MapMethods(OpenEndpoints.DocumentPath, ["GET"], context => Answers.WriteAsync(context, document));

        void Add(ApiOperation operation, RequestDelegate answer) => routes.MapMethods(operation.Pattern, [operation.Method], answer);
    }

    // Whatever is asked: the next command may come after the end.
    private static HttpContext Noted(HttpContext context, Caller caller, Reminders reminders)
    {
        if (!caller.Actor.IsAdministrator)
            context.Response.Headers.Append(AdminHeaders.Note, new StringValues([.. reminders.AllOf(caller.Actor.Name).Select(Uri.EscapeDataString)]));

        return context;
    }

    /// <summary>Turns what escapes an endpoint into an answer.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: 404 or 405, HasStarted: false, ContentType: null } unknown)
                await Answers.RefuseAsync(context, new("there is no such thing here", unknown.StatusCode, $"{context.Request.Method} {context.Request.Path}"));
        }
        catch (Exception e) when (e is JsonException or BadHttpRequestException && !context.Response.HasStarted)
        {
            await Answers.RefuseAsync(context, new("the request cannot be read", 400, e.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody reads an answer.
        }
        catch (StoreException e) when (!context.Response.HasStarted)
        {
            LogStore(log, e);
            await Answers.RefuseAsync(context, new("the store cannot be used; nothing was changed", 503, e.Message));
        }
#pragma warning disable CA1031 // The last line: a fault of ours ends one request, not the proxy.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogBug(log, e, context.Request.Method, context.Request.Path);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await Answers.RefuseAsync(context, new("internal error", 500, "The proxy's log has more.", null));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store cannot be used")]
    private static partial void LogStore(ILogger log, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Method} {Path} failed")]
    private static partial void LogBug(ILogger log, Exception error, string method, string path);
}
