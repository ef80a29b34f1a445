using System.CommandLine;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`approve`, `reject`, `cancel`, `revoke`, `extend`: what moves a grant from one state to the next.</summary>
internal static class DecisionCommands
{
    /// <summary>`approve`.</summary>
    public static Command MakeApprove(CommandMaker maker)
    {
        var id = CommandMaker.Id("The grant's number");
        var comment = CommandMaker.Text("--comment", "For the requester and the record", "TEXT");
        var expires = CommandMaker.Duration("--expires", "Shortens the time that was asked for");
        var noUnmask = new Option<bool>("--no-unmask") { Description = "Leaves masked columns masked" };
        var noExport = new Option<bool>("--no-export") { Description = "Leaves out bulk extraction" };
        var executions = CommandMaker.Number("--executions", "Lets it run only so often", "N");
        return maker.Make(
            "approve",
            "Signs the next step of a request; may narrow it, never widen it",
            (context, stop) =>
            {
                var parse = context.Parse;
                var limit = parse.GetValue(executions);
                var change = new ChangeBody(
                    parse.GetValue(comment), parse.GetValue(expires), parse.GetValue(noUnmask), parse.GetValue(noExport), limit > 0 ? limit : null);
                return SendAsync(context, "approve", parse.GetValue(id), change, stop);
            },
            id,
            comment,
            expires,
            noUnmask,
            noExport,
            executions);
    }

    /// <summary>`reject`.</summary>
    public static Command MakeReject(CommandMaker maker)
    {
        var id = CommandMaker.Id("The grant's number");
        var comment = CommandMaker.Text("--comment", "Why", "TEXT", isRequired: true);
        var changes = new Option<bool>("--ask-changes") { Description = "Sends it back, to be asked for again with the changes that the comment says" };
        return maker.Make(
            "reject",
            "Turns a request down",
            (context, stop) =>
            {
                var change = new ChangeBody(context.Parse.GetValue(comment), AskChanges: context.Parse.GetValue(changes));
                return SendAsync(context, "reject", context.Parse.GetValue(id), change, stop);
            },
            id,
            comment,
            changes);
    }

    /// <summary>`cancel`.</summary>
    public static Command MakeCancel(CommandMaker maker) => Make(maker, "cancel", "Withdraws your own request", null, null);

    /// <summary>`review`.</summary>
    public static Command MakeReview(CommandMaker maker) => Make(
        maker,
        "review",
        "Notes that you, an owner, have looked at what was done under a break-glass grant",
        CommandMaker.Text("--comment", "What you found", "TEXT", isRequired: true),
        null);

    /// <summary>`revoke`.</summary>
    public static Command MakeRevoke(CommandMaker maker) => Make(
        maker, "revoke", "Ends an active grant now; running statements are canceled", CommandMaker.Text("--comment", "Why", "TEXT"), null);

    /// <summary>`extend`.</summary>
    public static Command MakeExtend(CommandMaker maker)
    {
        var expires = CommandMaker.Duration("--expires", "How much longer, from the new approval");
        expires.Required = true;
        return Make(maker, "extend", "Asks for more time, with a new approval", null, expires);
    }

    private static Command Make(CommandMaker maker, string verb, string description, Option<string?>? comment, Option<string?>? expires)
    {
        var id = CommandMaker.Id("The grant's number");
        Symbol[] symbols = [id, .. new Option?[] { comment, expires }.OfType<Symbol>()];
        return maker.Make(
            verb,
            description,
            (context, stop) =>
            {
                var change = new ChangeBody(Value(comment), Value(expires));
                return SendAsync(context, verb, context.Parse.GetValue(id), change, stop);

                string? Value(Option<string?>? option) => option is null ? null : context.Parse.GetValue(option);
            },
            symbols);
    }

    private static async Task<int> SendAsync(CliContext context, string verb, long id, ChangeBody change, CancellationToken stop)
    {
        using var client = context.Connect();
        var grant = await client.SendAsync<GrantDetail>(HttpMethod.Post, $"v1/grants/{id}/{verb}", change, stop);
        return GrantText.Answer(context.Terminal, grant.Status == "pending" ? "request" : "grant", grant);
    }
}
