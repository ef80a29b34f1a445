using System.CommandLine;
using System.Globalization;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Cli;

/// <summary>`audit` and `audit verify`.</summary>
internal sealed class AuditCommands
{
    private static readonly string[] Headings = ["seq", "at", "event", "user", "database", "grant", "rows", "outcome", "statement or error"];

    private readonly Option<string?> _user = CommandMaker.Text("--user", "Only of this user", "NAME");
    private readonly Option<long> _grant = CommandMaker.Number("--grant", "Only of this grant", "ID");
    private readonly Option<string?> _database = CommandMaker.Text("--database", "Only on this database", "SERVER/DATABASE");
    private readonly Option<string?> _decision = CommandMaker.Text("--decision", "Only these events: authorized, denied, finished, login, ...", "EVENT");
    private readonly Option<string?> _since = CommandMaker.Text("--since", "From this time on (RFC 3339), or this long ago (4h)", "TIME");
    private readonly Option<string?> _until = CommandMaker.Text("--until", "Before this time, or this long ago", "TIME");
    private readonly Option<bool> _follow = new("--follow") { Description = "Wait for more records" };

    /// <summary>The command with its subcommand.</summary>
    public static Command Make(CommandMaker maker)
    {
        var audit = new AuditCommands();
        var command = maker.Make(
            "audit",
            "Reads the audit trail",
            audit.ReadAsync,
            audit._user,
            audit._grant,
            audit._database,
            audit._decision,
            audit._since,
            audit._until,
            audit._follow);
        command.Add(maker.Make("verify", "Checks the hash chain of the audit trail", VerifyAsync));
        return command;
    }

    private async Task<int> ReadAsync(CliContext context, CancellationToken stop)
    {
        var isFollowing = context.Parse.GetValue(_follow);
        var query = Query.Of(
            ("user", context.Parse.GetValue(_user)),
            ("grant", context.Parse.GetValue(_grant) is > 0 and var grant ? grant.ToString(CultureInfo.InvariantCulture) : null),
            ("database", context.Parse.GetValue(_database)),
            ("decision", context.Parse.GetValue(_decision)),
            ("since", Time(context, _since)),
            ("until", Time(context, _until)),
            ("follow", isFollowing ? "true" : null));
        using var client = context.Connect();
        var lines = client.LinesAsync<AuditView>(HttpMethod.Get, $"v1/audit{query}", null, stop);
        if (context.Terminal.IsJson || isFollowing)
            await StreamAsync(context, lines, stop);
        else
            context.Terminal.Table(Headings, (await lines.ToListAsync(stop)).Select(Row));

        return ExitCode.Done;
    }

    private static async Task StreamAsync(CliContext context, IAsyncEnumerable<AuditView> lines, CancellationToken stop)
    {
        try
        {
            await foreach (var record in lines)
            {
                if (context.Terminal.IsJson)
                    context.Terminal.JsonLine(record);
                else
                    context.Terminal.Line(string.Join("  ", Row(record).Where(static v => v.Length > 0).Select(PlainText.OneLine)));

                await context.Environment.Out.FlushAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how a person stops to follow.
        }
    }

    private static async Task<int> VerifyAsync(CliContext context, CancellationToken stop)
    {
        var last = default(VerifyLine);
        using var client = context.Connect();
        await ProgressLine.ShowAsync(context.Terminal, "checking the audit trail", async progress =>
        {
            await foreach (var line in client.LinesAsync<VerifyLine>(HttpMethod.Post, "v1/audit/verify", null, stop))
            {
                last = line;
                progress.Report(($"checked {line.Seq} of {line.LastSeq}", line.LastSeq == 0 ? null : (double)line.Seq / line.LastSeq));
            }
        });
        if (last?.Intact is not { } isIntact)
            throw new CliFailure("the check did not come to its end");

        if (context.Terminal.IsJson)
            context.Terminal.Json(new { Intact = isIntact, Records = last.Seq, last.Message });
        else if (isIntact)
            context.Terminal.Line(last.Message ?? $"intact: {last.Seq} records");
        else
            context.Terminal.Fault("the audit trail is damaged", last.Message);

        return isIntact ? ExitCode.Done : ExitCode.Failed;
    }

    private static string[] Row(AuditView record) =>
    [
        $"{record.Seq}",
        AdminJson.Format(record.At),
        record.Event,
        record.User ?? "",
        record.Database ?? "",
        record.Grant is { } grant ? $"{grant}" : "",
        record.Rows is { } rows ? $"{rows}" : "",
        record.Outcome ?? "",
        record.Error ?? record.Statement ?? record.Detail ?? "",
    ];

    private static string? Time(CliContext context, Option<string?> option)
    {
        if (context.Parse.GetValue(option) is not { } text)
            return null;

        if (Units.TryParseDuration(text, out var ago))
            return AdminJson.Format(context.Environment.Clock.GetUtcNow() - ago);

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time)
            ? AdminJson.Format(time)
            : throw CliContext.Usage($"\"{text}\" is not a time", $"{option.Name} takes 2026-05-01T08:00:00Z, or 4h for four hours ago.");
    }
}
