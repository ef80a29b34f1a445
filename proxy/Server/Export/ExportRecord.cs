using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Export;

/// <summary>What the trail says of one export, beside the execution that its rows come from: that it began, and what left.</summary>
/// <param name="recorder">Writes.</param>
/// <param name="bound">The statement, which is running.</param>
/// <param name="format">How its rows are written.</param>
internal sealed class ExportRecord(Recorder recorder, BoundStatement bound, string format)
{
    private bool _isOpen;

    /// <summary>Records that it begins, before a byte of it leaves; an answer is why it cannot begin.</summary>
    public Refusal? Begin()
    {
        var refusal = recorder.Export(Make(AuditEvent.ExportStarted) with { Detail = $"format {format}" });
        _isOpen = refusal is null;
        return refusal;
    }

    /// <summary>Records how it ended; once, and only if it began. An answer is why it cannot be recorded.</summary>
    /// <param name="rows">Rows that left.</param>
    /// <param name="bytes">Bytes that left.</param>
    /// <param name="sha256">SHA-256 of these bytes.</param>
    /// <param name="outcome">How.</param>
    /// <param name="error">Why, unless all is well.</param>
    public Refusal? End(long rows, long bytes, ReadOnlySpan<byte> sha256, AuditOutcome outcome, string? error)
    {
        if (!_isOpen)
            return null;

        _isOpen = false;
        return recorder.Export(Make(AuditEvent.Exported) with
        {
            Rows = rows,
            Bytes = bytes,
            Outcome = outcome,
            Error = error is not null && (bound.Ruling.Recording ?? Recording.Undecided).Redaction.HidesQuotes ? Recording.LeftOut : error,
            Detail = $"format {format}, sha256 {Convert.ToHexStringLower(sha256)}",
        });
    }

    private AuditRecord Make(AuditEvent what)
    {
        var who = bound.Captured.Who;
        return new()
        {
            Event = what,
            User = who.User,
            Client = who.Client,
            Server = who.Server,
            Database = who.QualifiedDatabase,
            Grant = bound.Ruling.Grant,
            Execution = bound.Running?.Seq,
        };
    }
}
