namespace JitProxy.Server.Sessions;

/// <summary>Has the memory of sessions that went to rest given back, once many did and no more follow.</summary>
/// <remarks>
/// The runtime collects when something is allocated; after a wave of clients fell silent nothing is, and what they were built of would stay for hours. A
/// collection stops everybody for some tens of milliseconds, so there is at most one a minute, and none for a few sessions.
/// </remarks>
/// <param name="clock">The clock.</param>
/// <param name="collect">Collects; what is given back is the runtime's business.</param>
internal sealed class RestCollector(TimeProvider clock, Action? collect = null) : IDisposable
{
    /// <summary>Fewer are not worth it.</summary>
    public const int CountMin = 256;

    /// <summary>Time between two collections, at least.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>No session may have gone to rest for as long as this.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Action _collect = collect ?? (static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
    private readonly Lock _sync = new();
    private ITimer? _timer;
    private int _count;
    private int _seen;
    private DateTimeOffset _last;

    /// <summary>A session went to rest.</summary>
    public void Note()
    {
        if (Interlocked.Increment(ref _count) < CountMin || Volatile.Read(ref _timer) is not null)
            return;

        lock (_sync)
            _timer ??= clock.CreateTimer(_ => Look(), null, Quiet, Quiet);
    }

    /// <summary>The timer's call, each <see cref="Quiet"/>: collects if it is time.</summary>
    public void Look()
    {
        var count = Volatile.Read(ref _count);
        var isQuiet = count == _seen;
        _seen = count;
        if (!isQuiet || clock.GetUtcNow() - _last < Interval)
            return;

        lock (_sync)
        {
            _timer?.Dispose();
            _timer = null;
        }

        Interlocked.Add(ref _count, -count);
        (_last, _seen) = (clock.GetUtcNow(), 0);
        _collect();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_sync)
            _timer?.Dispose();
    }
}
