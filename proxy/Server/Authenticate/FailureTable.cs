namespace JitProxy.Server.Authenticate;

/// <summary>How many failures are free, and how long the waits are after them.</summary>
/// <param name="Free">Failures before the first wait.</param>
/// <param name="WaitMin">The first wait; it doubles with each further failure.</param>
/// <param name="WaitMax">The longest.</param>
internal sealed record FailureTerms(int Free, TimeSpan WaitMin, TimeSpan WaitMax);

/// <summary>Failures by name, with the waits that follow from them. Bounded: those that were heard of longest ago are forgotten. Not thread-safe.</summary>
internal sealed class FailureTable(FailureTerms terms, int entriesMax, TimeProvider clock)
{
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>How many names are remembered.</summary>
    public int Count => _entries.Count;

    /// <summary>How long the name has to wait; zero or less if it may try now.</summary>
    public TimeSpan WaitOf(string name) => _entries.TryGetValue(name, out var entry) && entry.Failures >= terms.Free
        ? WaitAfter(entry.Failures) - clock.GetElapsedTime(entry.HeardAt)
        : TimeSpan.Zero;

    /// <summary>True if the name signed in, and has been remembered since.</summary>
    public bool IsKnown(string name) => _entries.TryGetValue(name, out var entry) && entry.IsKnown;

    /// <summary>Counts a failure; one long after the last begins anew.</summary>
    public void Fail(string name)
    {
        var now = clock.GetTimestamp();
        var entry = Find(name);
        var isOld = clock.GetElapsedTime(entry.HeardAt, now) > Memory;
        _entries[name] = new(isOld ? 1 : entry.Failures + 1, now, entry.IsKnown);
    }

    /// <summary>Forgets the failures of a name that signed in, and remembers that it did.</summary>
    public void Succeed(string name)
    {
        Find(name);
        _entries[name] = new(0, clock.GetTimestamp(), IsKnown: true);
    }

    private Entry Find(string name)
    {
        if (_entries.TryGetValue(name, out var entry))
            return entry;

        if (_entries.Count >= entriesMax)
            Forget();

        return default;
    }

    private TimeSpan WaitAfter(int count)
    {
        var doublings = Math.Min(count - terms.Free, 10);
        var wait = terms.WaitMin * (1 << doublings);
        return wait < terms.WaitMax ? wait : terms.WaitMax;
    }

    // An eighth at a time, so that a full table does not cost a sweep for each failure.
    private void Forget()
    {
        var oldest = _entries.OrderBy(static entry => entry.Value.HeardAt).Take((entriesMax / 8) + 1).Select(static entry => entry.Key).ToArray();
        foreach (var name in oldest)
            _entries.Remove(name);
    }

    private readonly record struct Entry(int Failures, long HeardAt, bool IsKnown);
}
