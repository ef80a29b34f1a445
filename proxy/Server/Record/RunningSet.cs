namespace JitProxy.Server.Record;

/// <summary>The executions that one session has under way; a handful at most.</summary>
internal sealed class RunningSet
{
    private readonly Lock _sync = new();
    private readonly List<Running> _more = [];
    private volatile int _moreCount;

    // Mostly there is one at a time: it has a place that takes no lock.
    private Running? _only;

    /// <summary>True if nothing is under way.</summary>
    public bool IsEmpty => Volatile.Read(ref _only) is null && _moreCount == 0;

    /// <summary>Adds one.</summary>
    public void Add(Running running)
    {
        if (Interlocked.CompareExchange(ref _only, running, null) is null)
            return;

        lock (_sync)
        {
            _more.Add(running);
            _moreCount = _more.Count;
        }
    }

    /// <summary>Takes one off.</summary>
    public void Remove(Running running)
    {
        if (Interlocked.CompareExchange(ref _only, null, running) == running)
            return;

        lock (_sync)
        {
            _more.Remove(running);
            _moreCount = _more.Count;
        }
    }

    /// <summary>The transaction is over, and the portals in it: what was paused in one has ended.</summary>
    public void EndSuspended()
    {
        foreach (var running in Snapshot())
            running.EndSuspended();
    }

    /// <summary>Those under way now.</summary>
    public Running[] Snapshot()
    {
        lock (_sync)
            return Volatile.Read(ref _only) is { } only ? [only, .. _more] : [.. _more];
    }
}
