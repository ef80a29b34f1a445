using System.CommandLine;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`run`.</summary>
internal static class RunCommand
{
    /// <summary>`run`.</summary>
    public static Command Make(CommandMaker maker)
    {
        var id = CommandMaker.Id("The grant's number");
        var database = CommandMaker.Text("--database", "Which of the grant's databases", "SERVER/DATABASE");
        return maker.Make(
            "run",
            "Runs the approved statement and shows its rows",
            (context, stop) => RunAsync(context, context.Parse.GetValue(id), context.Parse.GetValue(database), stop),
            id,
            database);
    }

    private static async Task<int> RunAsync(CliContext context, long id, string? database, CancellationToken stop)
    {
        var columns = default(RunColumn[]);
        var rows = new List<string?[]>();
        var end = default(RunEnd);
        using var client = context.Connect();
        await ProgressLine.ShowAsync(context.Terminal, "running", async progress =>
        {
            await foreach (var line in client.LinesAsync<RunLine>(HttpMethod.Post, $"v1/grants/{id}/run", new RunBody(database), stop))
            {
                columns ??= line.Columns is { } found ? [.. found] : null;
                if (line.Row is { } row)
                    rows.Add([.. row]);

                end = line.End ?? end;
                progress.Report(($"running, {rows.Count} rows", null));
            }
        });
        return Show(context.Terminal, columns ?? [], rows, end ?? new(rows.Count, "the run did not come to its end"));
    }

    private static int Show(Terminal terminal, RunColumn[] columns, List<string?[]> rows, RunEnd end)
    {
        if (terminal.IsJson)
        {
            terminal.Json(new
            {
                Columns = columns.Select(static c => c.Name),
                Masked = columns.Where(static c => c.Mask is not null).Select(static c => c.Name),
                Rows = rows,
                RowCount = rows.Count,
                end.Error,
            });
        }
        else if (columns.Length > 0)
        {
            terminal.Table([.. columns.Select(static c => c.Name)], rows.Select(static row => row.Select(static value => value ?? "NULL").ToArray()));
        }

        if (end.Error is not null)
        {
            terminal.Fault(end.Error, end.Detail, end.Hint);
            return ExitCode.Failed;
        }

        var masked = columns.Where(static c => c.Mask is not null).Select(static c => c.Name).ToArray();
        if (!terminal.IsJson)
            terminal.Note($"{rows.Count} {(rows.Count == 1 ? "row" : "rows")}{(masked.Length > 0 ? $"; masked: {string.Join(", ", masked)}" : "")}");

        return ExitCode.Done;
    }
}
