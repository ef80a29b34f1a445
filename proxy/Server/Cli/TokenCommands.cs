using System.CommandLine;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`token create`, `revoke`.</summary>
internal static class TokenCommands
{
    /// <summary>The group.</summary>
    public static Command Make(CommandMaker maker)
    {
        var expires = CommandMaker.Duration("--expires", "How long it is valid", "8h");
        var id = CommandMaker.Id("The token's number");
        return new("token", "Secrets for the command line and the API, valid as a database password too")
        {
            maker.Make("create", "Makes a token and shows it once", (context, stop) => CreateAsync(context, context.Parse.GetValue(expires)!, stop), expires),
            maker.Make("revoke", "Makes a token useless", (context, stop) => RevokeAsync(context, context.Parse.GetValue(id), stop), id),
        };
    }

    private static async Task<int> CreateAsync(CliContext context, string expires, CancellationToken stop)
    {
        using var client = context.Connect();
        var token = await client.SendAsync<TokenView>(HttpMethod.Post, "v1/tokens", new TokenBody(expires), stop);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(token);
            return ExitCode.Done;
        }

        context.Terminal.Facts(("id", $"{token.Id}"), ("user", token.User), ("token", token.Token), ("expires", AdminJson.Format(token.ExpiresAt)));
        context.Terminal.Note("The token is shown this once. Use it in JITPROXY_TOKEN, or as a database password.");
        return ExitCode.Done;
    }

    private static async Task<int> RevokeAsync(CliContext context, long id, CancellationToken stop)
    {
        using var client = context.Connect();
        var done = await client.SendAsync<Done>(HttpMethod.Delete, $"v1/tokens/{id}", null, stop);
        if (context.Terminal.IsJson)
            context.Terminal.Json(done);
        else
            context.Terminal.Line(done.Message);

        return ExitCode.Done;
    }
}
