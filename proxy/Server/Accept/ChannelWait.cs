// The one place where code waits for a channel. The object itself is the awaitable and the channel's waiter, so that a
// wait allocates nothing; it is reused for the next wait of the same direction.
using System.Threading.Tasks.Sources;

namespace JitProxy.Server.Accept;

/// <summary>Something tried on a channel again and again until it has a result.</summary>
/// <remarks>One wait at a time. <see cref="Wake"/> may come from any thread.</remarks>
internal abstract class ChannelWait<T>(ByteChannel channel) : IValueTaskSource<T>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<T> _source;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellationToken;
    private volatile bool _isRunning;

    /// <summary>True while someone awaits; buffers of the operation may be in use until then.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>The channel waited for.</summary>
    protected ByteChannel Channel { get; } = channel;

    /// <summary>True while a request to give up is pending that <see cref="TryFinish"/> answers.</summary>
    protected virtual bool IsWoken => false;

    /// <summary>Tries, and waits when there is nothing yet. <paramref name="afterOthers"/>: the others on the thread go first.</summary>
    public ValueTask<T> StartAsync(CancellationToken cancellationToken, bool afterOthers = false)
    {
        if (_isRunning)
            throw new InvalidOperationException("The last operation in this direction is not finished.");
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);

        try
        {
            if (!afterOthers && TryFinish(out var result))
                return new(result);

            _source.Reset();
            _isRunning = true;
            _cancellationToken = cancellationToken;
            if (cancellationToken.CanBeCanceled)
                _registration = cancellationToken.UnsafeRegister(static state => ((ChannelWait<T>)state!).Wake(), this);

            var version = _source.Version;
            if (afterOthers)
                Channel.Schedule(this);
            else if (FinishOrArm(out result))
                return new(result);

            return new(this, version);
        }
        catch (Exception lost) when (lost is IOException or OperationCanceledException)
        {
            End();
            return ValueTask.FromException<T>(lost);
        }
    }

    /// <summary>Has the waiting operation look again, because it was cancelled.</summary>
    public void Wake()
    {
        if (Disarm())
            Channel.Schedule(this);
    }

    /// <summary>The channel's call: trying is worth it.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        T result;
        try
        {
            if (!FinishOrArm(out result))
                return;
        }
        catch (Exception lost) when (lost is IOException or OperationCanceledException)
        {
            End();
            _source.SetException(lost);
            return;
        }

        _source.SetResult(result);
    }

    T IValueTaskSource<T>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>Tries the operation without waiting.</summary>
    /// <exception cref="IOException">The connection is lost or aborted.</exception>
    protected abstract bool TryFinish(out T result);

    /// <summary>Registers this object with the channel. False: try again at once.</summary>
    protected abstract bool Arm();

    /// <summary>Takes it back. True: it was still registered.</summary>
    protected abstract bool Disarm();

    /// <summary>True: the wait is over and has a result. False: this object will be executed again, perhaps already is.</summary>
    private bool FinishOrArm(out T result)
    {
        var cancellationToken = _cancellationToken;
        while (!TryFinish(out result))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Arm())
                continue;

            // A cancellation that came before the arming found nobody to wake.
            if (cancellationToken.IsCancellationRequested || IsWoken)
                Wake();
            return false;
        }

        End();
        return true;
    }

    private void End()
    {
        _registration.Unregister();
        _registration = default;
        _cancellationToken = default;
        _isRunning = false;
    }
}
