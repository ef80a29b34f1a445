using System.Buffers;
using JitProxy.Policy.Grants;

namespace JitProxy.Storage.Audit;

/// <summary>The proof that an execution is in the audit trail. Only the trail makes one; forwarding takes one.</summary>
/// <remarks>
/// The record is in the journal, which survives the death of the process, from the moment this exists. Forward the statement when
/// <see cref="MayForwardNow"/>; let rows leave when <see cref="IsDurableNow"/>; otherwise await <see cref="WhenDurable"/> first,
/// and on a fault refuse the statement. Always call <see cref="Finish"/>, also then.
/// </remarks>
public sealed class Execution
{
    private const int StackSizeMax = 1024;

    private static readonly Task<string?> Reached = Task.FromResult<string?>(null);

    private readonly AuditTrail _trail;
    private readonly Task<string?>? _wait;
    private readonly long _begunAt;
    private int _isFinished;

    internal Execution(
        AuditTrail trail, StatementContext context, long seq, DateTimeOffset begun, long begunAt, Task<string?>? wait, bool mayForward)
    {
        (_trail, Context, Seq, Begun, _begunAt, _wait, MayForwardNow) = (trail, context, seq, begun, begunAt, wait, mayForward);
    }

    /// <summary>When it began, by the trail's clock.</summary>
    public DateTimeOffset Begun { get; }

    /// <summary>Number of the record that began it.</summary>
    public long Seq { get; }

    /// <summary>Who runs what, where.</summary>
    public StatementContext Context { get; }

    /// <summary>The permit; null for housekeeping.</summary>
    public Permit? Permit => Context.Permit;

    /// <summary>True when the statement may go upstream without waiting: always, unless the trail has been idle and must prove itself.</summary>
    public bool MayForwardNow { get => field || IsDurableNow; }

    /// <summary>True when the record survives what the durability asks for, so that rows may leave.</summary>
    public bool IsDurableNow => _wait is null || _trail.CommittedSeq >= Seq;

    /// <summary>Waits for what the durability asks for. Null when reached; else the reason why the trail cannot be written.</summary>
    /// <remarks>Goes on, on the thread pool when it had to wait.</remarks>
    public Task<string?> WhenDurable() => _wait ?? Reached;

    /// <summary>Writes how it ended. Takes effect once; never waits and never fails: room for it was kept when it began.</summary>
    public void Finish(in ExecutionOutcome outcome)
    {
        if (Interlocked.Exchange(ref _isFinished, 1) != 0)
            return;
        // By the clock that nobody sets: an end is never before its beginning.
        var elapsed = _trail.Clock.GetElapsedTime(_begunAt);
        var at = Begun + elapsed;
        var duration = (long)elapsed.TotalMicroseconds;
        var sizeMax = RecordImage.EndSizeMax(outcome);
        byte[]? rented = null;
        var buffer = sizeMax <= StackSizeMax ? stackalloc byte[StackSizeMax] : rented = ArrayPool<byte>.Shared.Rent(sizeMax);
        var size = RecordImage.End(buffer, Seq, at, duration, outcome, isShort: false);
        if (!_trail.TryEnd(Context, buffer[..size]))
        {
            Span<byte> little = stackalloc byte[RecordImage.ShortSizeMax];
            size = RecordImage.End(little, Seq, at, duration, outcome, isShort: true);
            _trail.TryEnd(Context, little[..size]);
        }

        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
