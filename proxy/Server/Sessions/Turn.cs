namespace JitProxy.Server.Sessions;

/// <summary>Held by one at a time: the direction of a session that writes to a connection. Taking a free one costs one interlocked instruction.</summary>
/// <remarks>Given to those who wait in the order in which they came; they go on on the thread pool.</remarks>
internal sealed class Turn
{
    private const int Free = 0;
    private const int Held = 1;
    private const int Wanted = 2;

    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _state;

    /// <summary>Takes it if nobody holds it.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Held, Free) == Free;

    /// <summary>Takes it, now or when those before have given it back.</summary>
    /// <exception cref="OperationCanceledException">It was not taken.</exception>
    public async Task TakeAsync(CancellationToken stop)
    {
        if (TryTake())
            return;

        var given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            // Whoever gives it back from here on finds the mark, and then the queue.
            if (Interlocked.Exchange(ref _state, Wanted) == Free)
            {
                Volatile.Write(ref _state, _waiting.Count == 0 ? Held : Wanted);
                return;
            }

            _waiting.Enqueue(given);
        }

        using var called = stop.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetCanceled(), given);
        await given.Task;
    }

    /// <summary>Gives it back.</summary>
    public void GiveBack()
    {
        if (Interlocked.CompareExchange(ref _state, Free, Held) == Held)
            return;

        lock (_waiting)
        {
            while (_waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                {
                    Volatile.Write(ref _state, _waiting.Count == 0 ? Held : Wanted);
                    return;
                }
            }

            Volatile.Write(ref _state, Free);
        }
    }
}
