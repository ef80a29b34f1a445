using System.Collections.Concurrent;

namespace JitProxy.Server.Record;

/// <summary>Looks at every session with an execution under way, several times a second: revocation, expiry and the time limit take effect within one.</summary>
internal sealed class ExecutionWatch(TimeProvider clock) : IDisposable
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<IWatched, byte> _watched = new();
    private ITimer? _timer;

    /// <summary>Starts looking.</summary>
    public void Start() => _timer = clock.CreateTimer(_ => LookAtAll(), null, Interval, Interval);

    /// <summary>Adds a session.</summary>
    public void Add(IWatched session) => _watched.TryAdd(session, 0);

    /// <summary>Takes a session off.</summary>
    public void Remove(IWatched session) => _watched.TryRemove(session, out _);

    /// <summary>What is under way now, and whose it is.</summary>
    public IReadOnlyList<(string User, Running Running)> List() => [.. _watched.Keys.SelectMany(static s => s.Underway.Select(r => (s.User, r)))];

    /// <summary>Looks now: the grants have changed.</summary>
    public void LookAtAll()
    {
        foreach (var (session, _) in _watched)
            session.Look();
    }

    /// <summary>Somebody was removed, or lost a token: their sessions end.</summary>
    public void LookAtSessionsOf(string user)
    {
        foreach (var (session, _) in _watched)
        {
            if (string.Equals(session.User, user, StringComparison.Ordinal))
                session.EvictIfUnwelcome();
        }
    }

    /// <summary>Sessions that are open now, by server.</summary>
    public IEnumerable<(string Server, int Count)> CountByServer() => ByServer(_watched.Keys, static _ => 1);

    /// <summary>Executions that are under way now, by server; one that waits for its client to ask for more is one of them.</summary>
    public IEnumerable<(string Server, int Count)> CountUnderwayByServer() => ByServer(_watched.Keys, static session => session.Underway.Count);

    /// <summary>Sessions whose client is silent, and of which nothing is kept but who it is, by server.</summary>
    public IEnumerable<(string Server, int Count)> CountRestingByServer() => ByServer(_watched.Keys.Where(static session => session.IsResting), static _ => 1);

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private static IEnumerable<(string Server, int Count)> ByServer(IEnumerable<IWatched> sessions, Func<IWatched, int> count) =>
        sessions.GroupBy(static session => session.Server, StringComparer.Ordinal).Select(group => (group.Key, group.Sum(count)));
}
