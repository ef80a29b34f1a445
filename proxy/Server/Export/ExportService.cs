using System.Security.Cryptography;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;
using JitProxy.Server.Results;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Export;

/// <summary>Exports: the rows of a session inside the process, written, counted and hashed here, so that the trail knows the very file that left.</summary>
internal sealed class ExportService(ResultSessions sessions, Recorder recorder) : IExport
{
    private const int PieceSize = 64 * 1024;
    private const string CallerGone = "the caller went away";

    /// <inheritdoc/>
    public async Task<ExportEnd> ExportAsync(
        Grant grant, string database, string client, ExportFormat format, string? table, IExportTarget target, CancellationToken stop)
    {
        var (run, fault) = await sessions.OpenAsync(grant, database, client, isExport: true, stop);
        if (run is null)
            return Failed(fault!, 0, 0);

        await using (run)
            return await ExportAsync(run, format, table, target, stop);
    }

    private async Task<ExportEnd> ExportAsync(ResultRun run, ExportFormat format, string? table, IExportTarget target, CancellationToken stop)
    {
        if (await run.NextAsync(stop) != ResultStep.Fields || run.Bound is not { } bound)
            return Failed(run.End with { Error = run.End.Error ?? "the statement returns no rows" }, 0, 0);

        var record = new ExportRecord(recorder, bound, NameOf(format));
        if (record.Begin() is { } unrecorded)
            return Failed(new(0, unrecorded.Message, unrecorded.Detail, unrecorded.Hint), 0, 0);

        using var file = new HashedTarget(target);
        using var output = new ExportBuffer();
        var ended = new RunEnd(0, CallerGone);
        try
        {
            await target.BeginAsync(run.Fields);
            await using var writer = RowFormat.Create(format, run.Fields, bound.Captured.Who.Dialect, table ?? TableOf(bound.Ruling), output);
            ended = await WriteAsync(run, writer, output, file, stop);
        }
        finally
        {
            // Also when the caller went away, and the session with it.
            var outcome = ended.Error is null ? AuditOutcome.Ok : ended.Error == CallerGone ? AuditOutcome.Canceled : AuditOutcome.Error;
            if (record.End(run.End.Rows, file.Bytes, file.Digest(), outcome, ended.Error) is { } refusal)
                ended = new(0, refusal.Message, refusal.Detail, refusal.Hint);
        }

        return ended.Error is null
            ? new() { Rows = run.End.Rows, Bytes = file.Bytes, Sha256 = Convert.ToHexStringLower(file.Digest()) }
            : Failed(ended, run.End.Rows, file.Bytes);
    }

    private static async Task<RunEnd> WriteAsync(ResultRun run, RowFormat writer, ExportBuffer output, HashedTarget file, CancellationToken stop)
    {
        if (await writer.BeginAsync() is { } unfit)
            return Unfit(unfit, run.End);

        while (await run.NextAsync(stop) == ResultStep.Row)
        {
            if (await writer.AddAsync(run.Row) is { } bad)
                return Unfit($"row {run.End.Rows}: {bad}", run.End);

            if (output.Written.Length >= PieceSize)
                await file.TakeAsync(output, run.End.Rows);
        }

        if (run.End.Error is not null)
            return run.End;

        await writer.EndAsync();
        await file.TakeAsync(output, run.End.Rows);
        return run.End;
    }

    private static RunEnd Unfit(string why, RunEnd end) => end with { Error = why, Detail = null, Hint = "Export in another format: --format csv" };

    // The table that all rows come from, if there is one.
    private static string TableOf(Ruling ruling) => ruling.Analyzed?.Analysis.Relations is [{ Name: { Length: > 0 } name }] ? name : "result";

    private static ExportEnd Failed(RunEnd end, long rows, long bytes) =>
        new() { Rows = rows, Bytes = bytes, Error = end.Error, Detail = end.Detail, Hint = end.Hint };

    private static string NameOf(ExportFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>Passes bytes on, counts and hashes them.</summary>
    private sealed class HashedTarget(IExportTarget target) : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        /// <summary>Bytes so far.</summary>
        public long Bytes { get; private set; }

        /// <summary>SHA-256 of the bytes so far.</summary>
        public byte[] Digest() => _hash.GetCurrentHash();

        /// <summary>Takes all that was written.</summary>
        public async ValueTask TakeAsync(ExportBuffer output, long rows)
        {
            _hash.AppendData(output.Written.Span);
            Bytes += output.Written.Length;
            await target.WriteAsync(output.Written, rows);
            output.Clear();
        }

        /// <inheritdoc/>
        public void Dispose() => _hash.Dispose();
    }
}
