using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`export`.</summary>
internal static class ExportCommand
{
    private const string GoesOn = "Run the same command again: what is there already is compared, and not sent again.";

    /// <summary>`export`.</summary>
    public static Command Make(CommandMaker maker)
    {
        var id = CommandMaker.Id("The grant's number");
        var format = CommandMaker.Text("--format", "csv, json, sql or xlsx", "FORMAT", isRequired: true);
        format.AcceptOnlyFromAmong("csv", "json", "sql", "xlsx");
        var output = CommandMaker.Text("--output", "The file to write; standard output if it is left out", "FILE");
        var force = new Option<bool>("--force") { Description = "Replaces the file if it is there" };
        var database = CommandMaker.Text("--database", "Which of the grant's databases", "SERVER/DATABASE");
        var table = CommandMaker.Text("--table", "The table that INSERT statements name (sql); the one that the rows come from if left out", "NAME");
        return maker.Make(
            "export",
            "Exports the rows of the approved statement into a file",
            (context, stop) => RunAsync(
                context,
                context.Parse.GetValue(id),
                new(context.Parse.GetValue(format), context.Parse.GetValue(database), context.Parse.GetValue(table)),
                context.Parse.GetValue(output),
                context.Parse.GetValue(force),
                stop),
            id,
            format,
            output,
            force,
            database,
            table);
    }

    private static Task<int> RunAsync(CliContext context, long id, ExportBody body, string? output, bool force, CancellationToken stop)
    {
        if (output is not null)
            return ToFileAsync(context, id, body, output, force, stop);
        if (context.Terminal.IsJson)
            throw CliContext.Usage("--json and the rows would both be on standard output", "Name a file for the rows: --output FILE");
        if (context.Environment.IsOutTerminal && body.Format == "xlsx")
            throw CliContext.Usage("a workbook is no text for a terminal", "Name a file: --output FILE");

        return ToStreamAsync(context, id, body, stop);
    }

    private static async Task<int> ToStreamAsync(CliContext context, long id, ExportBody body, CancellationToken stop)
    {
        await using var stream = context.Environment.OpenOut();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (end, columns) = await TransferAsync(
            context,
            id,
            !context.Environment.IsOutTerminal,
            _ => Task.FromResult(body),
            static (_, _) => Task.CompletedTask,
            async (bytes, soon) =>
            {
                hash.AppendData(bytes.Span);
                try
                {
                    await stream.WriteAsync(bytes, soon);
                }
                catch (Exception e) when (ExportFile.IsFault(e))
                {
                    throw ExportFile.NotWritten(e, "standard output");
                }
            },
            stop);
        if (end.Error is null && Convert.ToHexStringLower(hash.GetHashAndReset()) != end.Sha256)
            throw new CliFailure("the bytes are not what the proxy sent", $"they have another SHA-256 than {end.Sha256}");

        return Show(context.Terminal, end, columns, null, null);
    }

    private static async Task<int> ToFileAsync(CliContext context, long id, ExportBody body, string output, bool force, CancellationToken stop)
    {
        await using var file = ExportFile.Open(output, force);
        try
        {
            var (end, columns) = await TransferAsync(
                context,
                id,
                true,
                async progress => body with { Held = await file.HashHeldAsync(progress, stop) },
                file.KeepAsync,
                file.WriteAsync,
                stop);
            if (end.Error is null)
                file.Finish(end.Sha256!);

            return Show(context.Terminal, end, columns, output, KeptOf(file));
        }
        catch (CliFailure failure) when (failure.Hint is null && KeptOf(file) is { } kept)
        {
            throw new CliFailure(failure.Message, failure.Detail, $"{kept} {GoesOn}", failure.ExitCode);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new CliFailure("interrupted", KeptOf(file), KeptOf(file) is null ? null : GoesOn);
        }
    }

    private static string? KeptOf(ExportFile file) => file.Size < ExportPieces.Size ? null : $"{SizeOf(file.Size)} are kept in {file.PartPath}.";

    private static async Task<(ExportEnd End, RunColumn[] Columns)> TransferAsync(
        CliContext context,
        long id,
        bool showsProgress,
        Func<IProgress<(string Words, double? Part)>, Task<ExportBody>> prepare,
        Func<long, CancellationToken, Task> keep,
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> write,
        CancellationToken stop)
    {
        var end = new ExportEnd { Error = "the proxy's answer broke off" };
        var columns = Array.Empty<RunColumn>();
        using var client = context.Connect();
        await ProgressLine.ShowAsync(context.Terminal, "exporting", async progress =>
        {
            var body = await prepare(progress);
            await foreach (var frame in client.FramesAsync($"v1/grants/{id}/export", body, stop))
            {
                switch (frame.Kind)
                {
                    case ExportFrameKind.Head:
                        columns = [.. frame.Read<ExportHead>().Columns];
                        break;
                    case ExportFrameKind.Keep:
                        await keep(frame.ReadKeep(), stop);
                        break;
                    case ExportFrameKind.Data:
                        await write(frame.Body, stop);
                        break;
                    case ExportFrameKind.Progress:
                        var far = frame.Read<ExportProgress>();
                        progress.Report(($"exporting, {RowsOf(far.Rows)}, {SizeOf(far.Bytes)}", null));
                        break;
                    case ExportFrameKind.End:
                        end = frame.Read<ExportEnd>();
                        break;
                }
            }
        }, showsProgress);
        return (end, columns);
    }

    private static int Show(Terminal terminal, ExportEnd end, RunColumn[] columns, string? output, string? kept)
    {
        var masked = columns.Where(static c => c.Mask is not null).Select(static c => c.Name).ToArray();
        if (terminal.IsJson)
            terminal.Json(new { File = end.Error is null ? output : null, end.Rows, end.Bytes, end.Sha256, Masked = masked, end.Error });

        if (end.Error is not null)
        {
            terminal.Fault(end.Error, end.Detail, end.Hint ?? kept);
            return ExitCode.Failed;
        }

        var to = output is null ? "" : $" in {output}";
        terminal.Note($"{RowsOf(end.Rows)}, {SizeOf(end.Bytes)}{to}{(masked.Length > 0 ? $"; masked: {string.Join(", ", masked)}" : "")}");
        terminal.Note($"sha256 {end.Sha256}");
        return ExitCode.Done;
    }

    private static string RowsOf(long rows) => string.Create(CultureInfo.InvariantCulture, $"{rows:N0} {(rows == 1 ? "row" : "rows")}");

    private static string SizeOf(long bytes) => bytes switch
    {
        < 10 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"),
        < 10 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:N0} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):N0} MiB"),
    };
}
