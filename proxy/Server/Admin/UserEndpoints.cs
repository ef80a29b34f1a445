using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Users and tokens.</summary>
internal sealed class UserEndpoints(AdminServices services)
{
    /// <summary>Everybody.</summary>
    public Task ListAsync(HttpContext context, Caller caller) =>
        caller.Actor.IsAdministrator
            ? Answers.WriteAsync(context, services.Users.Users.Select(static u => new UserView(u.Name, u.CreatedAt)).ToArray())
            : RefuseOthersAsync(context);

    /// <summary>Adds a user.</summary>
    public async Task AddAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<UserBody>(context);
        if (!caller.Actor.IsAdministrator)
            await RefuseOthersAsync(context);
        else if (string.IsNullOrEmpty(body.Name) || string.IsNullOrEmpty(body.Password))
            await Answers.RefuseAsync(context, new("a user needs a name and a password", 400));
        else if (!services.Users.Contains(body.Name) && services.Desk.EndAllOf(body.Name) is { } left)
            await Answers.ConflictAsync(context, $"Grants of an earlier user {body.Name} cannot be ended: {left}");
        else if (services.Users.Add(body.Name, body.Password, caller.Actor) is { } refusal)
            await Answers.ConflictAsync(context, refusal);
        else
            await Answers.WriteAsync(context, new UserView(body.Name, services.Users.Users.First(u => u.Name == body.Name).CreatedAt));
    }

    /// <summary>Removes a user, and ends what the user has.</summary>
    public async Task RemoveAsync(HttpContext context, Caller caller)
    {
        var name = Name(context);
        if (!caller.Actor.IsAdministrator)
        {
            await RefuseOthersAsync(context);
        }
        else if (services.Users.Remove(name, caller.Actor) is { } refusal)
        {
            await Answers.ConflictAsync(context, refusal);
        }
        else
        {
            // The sessions are cut by now; what is left of the grants is ended before anybody gets the name again.
            var left = services.Desk.EndAllOf(name);
            await Answers.WriteAsync(context, new Done($"user {name} removed" + (left is null ? "" : $"; of the grants, something is left: {left}")));
        }
    }

    /// <summary>Changes a password: the administrator anybody's, others their own.</summary>
    public async Task ChangePasswordAsync(HttpContext context, Caller caller)
    {
        var name = Name(context);
        var body = await Answers.ReadAsync<UserBody>(context);
        if (!caller.Actor.IsAdministrator && caller.Actor.Name != name)
            await RefuseOthersAsync(context);
        else if (string.IsNullOrEmpty(body.Password))
            await Answers.RefuseAsync(context, new("the password is empty", 400));
        else if (services.Users.SetPassword(name, body.Password, caller.Actor) is { } refusal)
            await Answers.ConflictAsync(context, refusal);
        else
            await Answers.WriteAsync(context, new Done($"password of {name} changed"));
    }

    /// <summary>The caller's tokens; for the administrator, everybody's.</summary>
    public Task ListTokensAsync(HttpContext context, Caller caller) => Answers.WriteAsync(context, Owners(caller)
        .SelectMany(name => services.Users.TokensOf(name))
        .Select(static token => new TokenShown(token.Id, token.User, token.CreatedAt, token.ExpiresAt))
        .ToArray());

    /// <summary>Makes a token for the caller.</summary>
    public async Task CreateTokenAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<TokenBody>(context);
        if (caller.Actor.IsAdministrator)
            await Answers.RefuseAsync(context, new("a token belongs to a user", 400, "The administrator needs none.", "Say for whom it is: --as NAME"));
        else if (!Units.TryParseDuration(body.Expires ?? "8h", out var life))
            await Answers.RefuseAsync(context, new($"\"{body.Expires}\" is not a duration", 400, Units.DurationWords));
        else if (services.Users.CreateToken(caller.Actor.Name, life, caller.Actor, out var refusal) is not { } made)
            await Answers.ConflictAsync(context, refusal!);
        else
            await Answers.WriteAsync(context, new TokenView(made.Token.Id, made.Token.User, made.Secret, made.Token.ExpiresAt));
    }

    /// <summary>Makes a token useless.</summary>
    public async Task RevokeTokenAsync(HttpContext context, Caller caller)
    {
        var id = GrantEndpoints.Id(context);
        if (services.Users.RevokeToken(id, caller.Actor) is { } refusal)
            await Answers.ConflictAsync(context, refusal);
        else
            await Answers.WriteAsync(context, new Done($"token {id} revoked"));
    }

    private IEnumerable<string> Owners(Caller caller) =>
        caller.Actor.IsAdministrator ? services.Users.Users.Select(static user => user.Name) : [caller.Actor.Name];

    private static string Name(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static Task RefuseOthersAsync(HttpContext context) => Answers.RefuseAsync(context, new(
        "only the local administrator may do this",
        403,
        "It goes through the admin socket, without --as."));
}
