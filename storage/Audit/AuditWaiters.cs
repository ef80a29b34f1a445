namespace JitProxy.Storage.Audit;

/// <summary>Those who wait for a record to be in the database.</summary>
internal sealed class AuditWaiters
{
    private readonly Lock _gate = new();
    private readonly List<(long Seq, TaskCompletionSource<string?> Source)> _waiting = [];
    private long _committed;
    private string? _closed;

    /// <summary>True when nothing more is committed.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) is not null;

    /// <summary>The last record that is in the database.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>A task that ends with null once the record is in the database, or with the reason why it could not be put there.</summary>
    /// <remarks>Goes on, on the thread pool.</remarks>
    public Task<string?> WaitAsync(long seq)
    {
        lock (_gate)
        {
            if (seq <= _committed || _closed is not null)
                return Task.FromResult(seq <= _committed ? null : _closed);
            var source = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((seq, source));
            return source.Task;
        }
    }

    public void Advance(long committed)
    {
        lock (_gate)
        {
            Volatile.Write(ref _committed, Math.Max(_committed, committed));
            End(seq => seq <= _committed, null);
        }
    }

    /// <summary>Tells all who wait that their records could not be committed for now.</summary>
    public void Fail(string fault)
    {
        lock (_gate)
            End(static _ => true, fault);
    }

    /// <summary>Tells all who wait, and all who come later, that nothing more is committed.</summary>
    public void Close(string fault)
    {
        lock (_gate)
        {
            _closed = fault;
            End(static _ => true, fault);
        }
    }

    private void End(Predicate<long> ends, string? fault)
    {
        if (_waiting.Count == 0)
            return;
        foreach (var (seq, source) in _waiting)
        {
            if (ends(seq))
                source.TrySetResult(fault);
        }

        _waiting.RemoveAll(waiter => ends(waiter.Seq));
    }
}
