using System.CommandLine;
using System.Globalization;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`grants` and `grant`.</summary>
internal static class GrantCommands
{
    private const int PageSize = 1000;

    /// <summary>`grants`.</summary>
    public static Command MakeList(CommandMaker maker)
    {
        var status = CommandMaker.Text("--status", "Only those in this state", "STATUS");
        status.AcceptOnlyFromAmong("pending", "active", "expired", "revoked", "rejected", "canceled");
        var user = CommandMaker.Text("--user", "Only this user's", "NAME");
        var mine = new Option<bool>("--mine") { Description = "Only your own" };
        var waiting = new Option<bool>("--waiting") { Description = "Only requests whose next step you could sign now" };
        var database = CommandMaker.Text("--database", "Only for this database", "SERVER/DATABASE");
        var project = CommandMaker.Text("--project", "Only of this project", "NAME");
        var text = CommandMaker.Text("--text", "Only with this in the statement or the reason", "TEXT");
        var order = CommandMaker.Text("--order", "oldest (when left out), newest, approved, -approved, expires or -expires", "ORDER");
        var limit = CommandMaker.Number("--limit", "At most so many; all when left out", "N");
        var unreviewed = new Option<bool>("--unreviewed") { Description = "Only break-glass grants that no owner has reviewed" };
        return maker.Make(
            "grants",
            "Lists requests and grants",
            async (context, stop) =>
            {
                (string, string?)[] query =
                [
                    ("status", context.Parse.GetValue(status)),
                    ("user", context.Parse.GetValue(user)),
                    ("mine", context.Parse.GetValue(mine) ? "true" : null),
                    ("unreviewed", context.Parse.GetValue(unreviewed) ? "true" : null),
                    ("waiting", context.Parse.GetValue(waiting) ? "true" : null),
                    ("database", context.Parse.GetValue(database)),
                    ("project", context.Parse.GetValue(project)),
                    ("text", context.Parse.GetValue(text)),
                    ("order", context.Parse.GetValue(order)),
                ];
                using var client = context.Connect();
                Show(context.Terminal, await ReadAsync(client, query, context.Parse.GetValue(limit), stop));
                return ExitCode.Done;
            },
            waiting,
            database,
            project,
            text,
            order,
            limit,
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

    // Page by page, as many as asked for.
    private static async Task<List<GrantView>> ReadAsync(AdminClient client, (string, string?)[] query, long limit, CancellationToken stop)
    {
        var grants = new List<GrantView>();
        var wanted = limit > 0 ? limit : long.MaxValue;
        for (string? cursor = null; ;)
        {
            var size = Math.Min(PageSize, wanted - grants.Count).ToString(CultureInfo.InvariantCulture);
            var page = await client.GetAsync<GrantsPage>($"v1/grants{Query.Of([.. query, ("limit", size), ("cursor", cursor)])}", stop);
            grants.AddRange(page.Items);
            cursor = page.Cursor;
            if (cursor is null || grants.Count >= wanted)
                return grants;
        }
    }

    private static void Show(Terminal terminal, List<GrantView> grants)
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
                g.ExpiresAt is { } end ? AdminJson.Format(end) + (g.EndsSoon ? " (soon)" : "") : "",
                g.Statement ?? g.Role ?? "",
            ]));
    }
}
