namespace JitProxy.Server.Outlets;

/// <summary>How long to wait before the next try: twice as long after each failure, up to a limit. For one sender.</summary>
/// <param name="first">Before the second try.</param>
/// <param name="longest">At most.</param>
/// <param name="clock">The clock.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider clock)
{
    private TimeSpan? _longer;

    /// <summary>The wait before the next try.</summary>
    public TimeSpan Next => _longer ?? first;

    /// <summary>Waits, and lengthens the next wait.</summary>
    /// <exception cref="OperationCanceledException">Nothing is to be tried any more.</exception>
    public async Task WaitAsync(CancellationToken stop)
    {
        var pause = Next;
        _longer = pause * 2 < longest ? pause * 2 : longest;
        await Task.Delay(pause, clock, stop);
    }

    /// <summary>It worked: the next failure is a first one.</summary>
    public void Reset() => _longer = null;
}
