using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Record;

/// <summary>An execution on its way: begun in the audit trail before anything went upstream, and finished there exactly once.</summary>
internal sealed class Running
{
    private readonly Execution _execution;
    private readonly RunningSet _set;
    private int _ended;
    private Refusal? _abort;

    /// <summary>Starts counting for an execution that the trail has accepted.</summary>
    public Running(Execution execution, Permit? permit, RunningSet set)
    {
        _execution = execution;
        _set = set;
        Permit = permit;
        ResumedAt = execution.Begun;
        set.Add(this);
    }

    /// <summary>The permit that it runs under; null for what runs by rule.</summary>
    public Permit? Permit { get; }

    /// <summary>The number of the record that began it.</summary>
    public long Seq => _execution.Seq;

    /// <summary>True if its rows leave as an export.</summary>
    public bool IsExport { get; init; }

    /// <summary>True if texts that may quote a value are not recorded.</summary>
    public bool HidesQuotes { get; init; } = true;

    /// <summary>Called once when it has ended, with how and why.</summary>
    public Action<AuditOutcome, string?>? OnEnded { get; set; }

    /// <summary>When it began, or went on after a page: the time limit is for each Execute, as the server's own.</summary>
    public DateTimeOffset ResumedAt { get; private set; }

    /// <summary>True once the trail has its end; what runs in its portal from then on is another execution.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>True once the server carried it out to its end.</summary>
    public bool HasSucceeded { get; private set; }

    /// <summary>Rows sent to the client so far.</summary>
    public long Rows { get; set; }

    /// <summary>Bytes of rows sent to the client so far.</summary>
    public long Bytes { get; set; }

    /// <summary>Names of the columns that leave masked.</summary>
    public ImmutableArray<string> Masked { get; set; } = [];

    /// <summary>True while its portal waits for the client to ask for more rows.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>True while it runs on a connection that other sessions use too: cancelling there would hit one of theirs.</summary>
    public bool IsShared { get; set; }

    /// <summary>True once its client was told that it ended here; whatever the upstream still sends of it is swallowed.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>True once its record is as durable as the configuration asks; no row leaves before.</summary>
    public bool IsDurable => _execution.IsDurableNow;

    /// <summary>Completes when it is durable; an answer is why it cannot be.</summary>
    public Task<string?> WhenDurable() => _execution.WhenDurable();

    /// <summary>Why it must not go on; null while it may. Set from any thread, acted on by the session.</summary>
    public Refusal? Abort => Volatile.Read(ref _abort);

    /// <summary>Orders it to stop; the first reason stays.</summary>
    /// <returns>True if this call was the first, so that the caller has to cancel it upstream.</returns>
    public bool TryAbort(Refusal reason) => Interlocked.CompareExchange(ref _abort, reason, null) is null;

    /// <summary>The client asks for more of its rows.</summary>
    public void Resume(DateTimeOffset now)
    {
        ResumedAt = now;
        IsSuspended = false;
    }

    /// <summary>Its portal waits for the client to ask for more.</summary>
    public void Suspend() => IsSuspended = true;

    /// <summary>Its portal went away while it waited: it ended there, or for the reason that it was told to stop for.</summary>
    public void EndSuspended()
    {
        if (!IsSuspended)
            return;

        if (Abort is { } reason)
            EndRefused(reason);
        else
            EndOk();
    }

    /// <summary>The server finished it.</summary>
    public void EndOk() => End(AuditOutcome.Ok, null, null);

    /// <summary>The server ended it with an error.</summary>
    public void EndError(string? sqlState, string? error) => End(
        sqlState is "57014" or "70100" ? AuditOutcome.Canceled : AuditOutcome.Error, sqlState, error is not null && HidesQuotes ? Recording.LeftOut : error);

    /// <summary>The proxy ended it.</summary>
    public void EndRefused(Refusal reason) => End(AuditOutcome.Refused, reason.SqlState, reason.ToRecord(HidesQuotes));

    /// <summary>The server never ran it: an earlier error in the pipeline made it skip to the Sync.</summary>
    public void EndSkipped() => End(AuditOutcome.Skipped, null, "skipped after an error earlier in the same pipeline");

    /// <summary>It was started on a shared connection, nothing of it was passed on, and it is started again as another execution.</summary>
    public void EndMoved() => End(AuditOutcome.Canceled, null, "not passed on; run again on the session's own connection");

    /// <summary>The connection ended first; whether the server ran it to its end is not known.</summary>
    public void EndUnknown(string reason) => End(AuditOutcome.Unknown, null, reason);

    private void End(AuditOutcome outcome, string? sqlState, string? error)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;

        HasSucceeded = outcome == AuditOutcome.Ok;
        _set.Remove(this);
        _execution.Finish(new() { Outcome = outcome, SqlState = sqlState, Error = error, Rows = Rows, Bytes = Bytes, Masked = Masked });
        OnEnded?.Invoke(outcome, error);
    }
}
