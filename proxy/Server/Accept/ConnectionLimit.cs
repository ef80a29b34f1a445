namespace JitProxy.Server.Accept;

/// <summary>How many client connections may be open at once, over all listeners that share it.</summary>
internal sealed class ConnectionLimit(int max)
{
    private int _count;

    /// <summary>The limit.</summary>
    public int Max { get; } = max;

    /// <summary>Count of open connections.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a place. False: all are taken.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= Max)
            return true;

        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _count);
}
