// Who is calling: on the unix socket whoever could open it, on TCP whoever has a token.
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Decide;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Marks connections that came through the unix socket.</summary>
internal sealed class LocalConnection;

/// <summary>Finds the caller of a request.</summary>
internal static class Authentication
{
    private const string Scheme = "Bearer ";

    /// <summary>The caller; or null with the answer to give.</summary>
    public static Caller? Find(HttpContext context, UserDirectory users, out Problem? refusal)
    {
        refusal = null;
        var named = context.Request.Headers[AdminHeaders.As].ToString();
        if (context.Features.Get<LocalConnection>() is not null)
            return named.Length == 0 ? new(Actor.Administrator, "local") : FindNamed(Uri.UnescapeDataString(named), users, out refusal);

        var authorization = context.Request.Headers.Authorization.ToString();
        var secret = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : "";
        if (secret.Length > 0 && users.FindToken(secret) is { } token)
            return new(new(token.User), $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}");

        const string Hint = "Make one on the proxy's machine: jitproxy token create --as NAME";
        refusal = authorization.Length == 0
            ? new("a token is needed", 401, "The API on this address takes \"Authorization: Bearer TOKEN\".", Hint)
            : new("the token is not valid", 401, "It is unknown, expired or revoked.", Hint);
        return null;
    }

    private static Caller? FindNamed(string name, UserDirectory users, out Problem? refusal)
    {
        const string Detail = "--as names somebody who may sign in.";
        refusal = users.Contains(name) ? null : new($"there is no user \"{name}\"", 403, Detail, $"See jitproxy user list, or: jitproxy user add {name}");
        return refusal is null ? new(new(name, IsThroughAdministrator: true), "local") : null;
    }
}
