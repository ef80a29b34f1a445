using System.CommandLine;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`grants` and `grant`.</summary>
internal static class GrantCommands
{
    /// <summary>`grants`.</summary>
    public static Command MakeList(CommandMaker maker)
    {
        var status = CommandMaker.Text("--status", "Only those in this state", "STATUS");
        status.AcceptOnlyFromAmong("pending", "active", "expired", "revoked", "rejected", "canceled");
        var user = CommandMaker.Text("--user", "Only this user's", "NAME");
        var mine = new Option<bool>("--mine") { Description = "Only your own" };
        var unreviewed = new Option<bool>("--unreviewed") { Description = "Only break-glass grants that no owner has reviewed" };
        return maker.Make(
            "grants",
            "Lists requests and grants",
            async (context, stop) =>
            {
                var query = Query.Of(
                    ("status", context.Parse.GetValue(status)),
                    ("user", context.Parse.GetValue(user)),
                    ("mine", context.Parse.GetValue(mine) ? "true" : null),
                    ("unreviewed", context.Parse.GetValue(unreviewed) ? "true" : null));
                using var client = context.Connect();
                Show(context.Terminal, await client.GetAsync<GrantView[]>($"v1/grants{query}", stop));
                return ExitCode.Done;
            },
            status,
            user,
            mine,
            unreviewed);
    }

    /// <summary>`grant`.</summary>
    public static Command MakeShow(CommandMaker maker)
    {
        var id = CommandMaker.Id("The grant's number");
        return maker.Make(
            "grant",
            "Shows one request or grant in full",
            async (context, stop) =>
            {
                using var client = context.Connect();
                var grant = await client.GetAsync<GrantDetail>($"v1/grants/{context.Parse.GetValue(id)}", stop);
                if (context.Terminal.IsJson)
                    context.Terminal.Json(grant);
                else
                    GrantPage.Show(context.Terminal, grant);

                return ExitCode.Done;
            },
            id);
    }

    private static void Show(Terminal terminal, GrantView[] grants)
    {
        if (terminal.IsJson)
        {
            terminal.Json(grants);
            return;
        }

        terminal.Table(
            ["id", "status", "user", "kind", "databases", "flags", "waits for", "expires", "statement or role"],
            grants.Select(static g => (string[])
            [
                $"{g.Id}",
                g.Status,
                g.User,
                g.Kind,
                string.Join(", ", g.Databases),
                GrantText.Flags(g),
                g.Status == "pending" ? g.Steps.FirstOrDefault(static s => s.By is null)?.Role ?? "" : "",
                g.ExpiresAt is { } end ? AdminJson.Format(end) : "",
                g.Statement ?? g.Role ?? "",
            ]));
    }
}
