using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace JitProxy.Server.Share;

/// <summary>Reads whatever connection an <see cref="OnDemandConnection"/> has; while it has none, a read waits for one.</summary>
internal sealed class OnDemandReader(OnDemandConnection owner) : PipeReader, IValueTaskSource<ReadResult>
{
    private static readonly ReadResult Nothing = new(default, isCanceled: true, isCompleted: false);

    private ManualResetValueTaskSourceCore<ReadResult> _source;
    private PipeReader? _read;
    private int _isWaiting;
    private int _isCancelAsked;

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        _read = owner.Current?.Input;
        if (_read is not null)
            return _read.TryRead(out result);

        result = Nothing;
        return Interlocked.Exchange(ref _isCancelAsked, 0) != 0;
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        owner.LeaveIfDue();
        _read = owner.Current?.Input;
        if (_read is not null)
            return _read.ReadAsync(cancellationToken);

        if (cancellationToken.CanBeCanceled)
            throw new NotSupportedException("A session stops its reads with CancelPendingRead.");

        var version = _source.Version;
        Volatile.Write(ref _isWaiting, 1);

        // Whoever asked before this saw nobody wait.
        if (Interlocked.Exchange(ref _isCancelAsked, 0) != 0 && Interlocked.Exchange(ref _isWaiting, 0) != 0)
            return new(Nothing);

        return new(this, version);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => _read?.AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _read?.AdvanceTo(consumed, examined);

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        owner.StopTaking();
        if (owner.Current is { } current)
            current.Input.CancelPendingRead();
        else
            Volatile.Write(ref _isCancelAsked, 1);

        Wake();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The connection is its pool's, and outlives the session.
    }

    /// <summary>Ends a wait for a connection, with nothing read: there is one, or there will be none.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) == 0)
            return;

        Volatile.Write(ref _isCancelAsked, 0);
        _source.SetResult(Nothing);
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        var result = _source.GetResult(token);

        // Now, and not with the next wait: what awaited this would be kept for as long.
        _source.Reset();
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
