// The API's map: who may call what. What it does is in the files beside.
using System.Text.Json;
using JitProxy.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Admin;

/// <summary>Binds addresses to what answers them.</summary>
internal static partial class Endpoints
{
    /// <summary>An endpoint's work.</summary>
    private delegate Task Answer(HttpContext context, Caller caller);

    /// <summary>All endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes, AdminServices services)
    {
        var users = new UserEndpoints(services);
        var grants = new GrantEndpoints(services);
        var audit = new AuditEndpoints(services);
        Add("GET", "/v1/users", users.ListAsync);
        Add("POST", "/v1/users", users.AddAsync);
        Add("DELETE", "/v1/users/{name}", users.RemoveAsync);
        Add("PUT", "/v1/users/{name}/password", users.ChangePasswordAsync);
        Add("POST", "/v1/tokens", users.CreateTokenAsync);
        Add("DELETE", "/v1/tokens/{id:long}", users.RevokeTokenAsync);
        Add("GET", "/v1/grants", grants.ListAsync);
        Add("POST", "/v1/grants", grants.RequestAsync);
        Add("GET", "/v1/grants/{id:long}", grants.ShowAsync);
        Add("POST", "/v1/grants/{id:long}/approve", grants.ApproveAsync);
        Add("POST", "/v1/grants/{id:long}/reject", grants.RejectAsync);
        Add("POST", "/v1/grants/{id:long}/cancel", grants.CancelAsync);
        Add("POST", "/v1/grants/{id:long}/revoke", grants.RevokeAsync);
        Add("POST", "/v1/grants/{id:long}/review", grants.ReviewAsync);
        Add("POST", "/v1/grants/{id:long}/extend", grants.ExtendAsync);
        Add("POST", "/v1/grants/{id:long}/run", grants.RunAsync);
        Add("POST", "/v1/explain", grants.ExplainAsync);
        Add("GET", "/v1/audit", audit.ReadAsync);
        Add("POST", "/v1/audit/verify", audit.VerifyAsync);

        void Add(string method, string pattern, Answer answer) => routes.MapMethods(pattern, [method], context =>
            Authentication.Find(context, services.Users, out var refusal) is { } caller
                ? answer(context, caller)
                : Answers.RefuseAsync(context, refusal!));
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
