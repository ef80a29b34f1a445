namespace JitProxy.Server.Record;

/// <summary>The executions that one session has under way; a handful at most.</summary>
internal sealed class RunningSet
{
    private readonly Lock _sync = new();
    private readonly List<Running> _running = [];

    /// <summary>True if nothing is under way.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_sync)
                return _running.Count == 0;
        }
    }

    /// <summary>Adds one.</summary>
    public void Add(Running running)
    {
        lock (_sync)
            _running.Add(running);
    }

    /// <summary>Takes one off.</summary>
    public void Remove(Running running)
    {
        lock (_sync)
            _running.Remove(running);
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
            return [.. _running];
    }
}
