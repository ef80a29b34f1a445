using System.CommandLine;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`audit` and `audit verify`.</summary>
internal sealed class AuditCommands
{
    private static readonly string[] Headings = ["seq", "at", "event", "user", "database", "grant", "rows", "outcome", "statement or error"];

    private readonly AuditFilterOptions _filter = new();
    private readonly Option<bool> _follow = new("--follow") { Description = "Wait for more records" };
    private readonly Option<string?> _format = CommandMaker.Text("--format", "jsonl or csv, every field: to keep, or to load elsewhere", "FORMAT");

    /// <summary>The command with its subcommand.</summary>
    public static Command Make(CommandMaker maker)
    {
        var audit = new AuditCommands();
        audit._format.AcceptOnlyFromAmong("jsonl", "csv");
        var command = maker.Make("audit", "Reads the audit trail", audit.ReadAsync, [.. audit._filter.All, audit._follow, audit._format]);
        command.Add(maker.Make("verify", "Checks the hash chain of the audit trail", VerifyAsync));
        return command;
    }

    private async Task<int> ReadAsync(CliContext context, CancellationToken stop)
    {
        var isFollowing = context.Parse.GetValue(_follow);
        var format = context.Parse.GetValue(_format) ?? (context.Terminal.IsJson ? "jsonl" : null);
        var query = Query.Of([.. _filter.Values(context), ("follow", isFollowing ? "true" : null)]);
        using var client = context.Connect();
        var lines = client.LinesAsync<AuditView>(HttpMethod.Get, $"v1/audit/lines{query}", null, stop);
        if (_filter.Limit(context) is { } limit)
            lines = lines.Take(limit);
        if (format is not null || isFollowing)
            await StreamAsync(context, lines, format, stop);
        else
            context.Terminal.Table(Headings, (await lines.ToListAsync(stop)).Select(Row));

        return ExitCode.Done;
    }

    private static async Task StreamAsync(CliContext context, IAsyncEnumerable<AuditView> lines, string? format, CancellationToken stop)
    {
        if (format == "csv")
            await context.Environment.Out.WriteAsync((AuditCsv.Heading + "\r\n").AsMemory(), stop);
        try
        {
            await foreach (var record in lines)
            {
                if (format == "jsonl")
                    context.Terminal.JsonLine(record);
                else if (format == "csv")
                    await context.Environment.Out.WriteAsync(AuditCsv.Row(record).AsMemory(), stop);
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
}
