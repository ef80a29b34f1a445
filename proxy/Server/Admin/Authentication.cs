// Who is calling: on the unix socket whoever could open it, on TCP whoever has a token.
using System.Globalization;
using System.Net;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Marks connections that came through the unix socket.</summary>
internal sealed class LocalConnection;

/// <summary>Finds the caller of a request.</summary>
internal static class Authentication
{
    private const string Scheme = "Bearer ";
    private const string Hint = "Make one on the proxy's machine: jitproxy token create --as NAME";

    // What wrong tokens count under: no user has such a name.
    private const string TokenName = "(token)";

    /// <summary>The caller; or null with the answer to give.</summary>
    public static Caller? Find(HttpContext context, AdminServices services, out Problem? refusal)
    {
        refusal = null;
        var named = context.Request.Headers[AdminHeaders.As].ToString();
        if (context.Features.Get<LocalConnection>() is not null)
            return named.Length == 0 ? new(Actor.Administrator, "local") : FindNamed(Uri.UnescapeDataString(named), services.Users, out refusal);

        // A secret of 256 random bits is not guessed, so the right one always helps: who shares an address with a broken script is not locked out.
        var authorization = context.Request.Headers.Authorization.ToString();
        var secret = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : "";
        var client = $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";
        if (secret.Length > 0 && services.Users.FindToken(secret) is { } token)
            return new(new(token.User), client) { Token = token };

        refusal = authorization.Length == 0
            ? new("a token is needed", 401, "The API on this address takes \"Authorization: Bearer TOKEN\".", Hint)
            : Refuse(context, services, client);
        return null;
    }

    // Wrong tokens from one address are answered and recorded for a while, then made to wait.
    private static Problem Refuse(HttpContext context, AdminServices services, string client)
    {
        var remote = context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, 0) : null;
        if (!services.Logins.MayTry(TokenName, remote, out var wait))
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return new("too many wrong tokens", 429, $"From this address none is looked at for {seconds} s, save for valid ones.", Hint);
        }

        services.Logins.Fail(TokenName, remote);
        const string Detail = "API: the token is unknown, expired or revoked";
        services.Audit.TryRecord(
            new() { Event = AuditEvent.LoginRefused, Client = client, Outcome = AuditOutcome.Refused, Detail = Detail }, out _, out _);
        return new("the token is not valid", 401, "It is unknown, expired or revoked.", Hint);
    }

    private static Caller? FindNamed(string name, UserDirectory users, out Problem? refusal)
    {
        const string Detail = "--as names somebody who may sign in.";
        refusal = users.Contains(name) ? null : new($"there is no user \"{name}\"", 403, Detail, $"See jitproxy user list, or: jitproxy user add {name}");
        return refusal is null ? new(new(name, IsThroughAdministrator: true), "local") : null;
    }
}
