using System.Collections.Concurrent;

namespace JitProxy.Server.Share;

/// <summary>What servers said at a login not long ago: a session that wants the same begins without a connection, and takes one when it needs it.</summary>
/// <typeparam name="T">What was said.</typeparam>
/// <param name="clock">The clock.</param>
internal sealed class KnownServers<T>(TimeProvider clock)
    where T : class
{
    /// <summary>How long a server is believed to be there and to say the same: a session that begins later asks it.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private const int CountMax = 1024;

    private readonly ConcurrentDictionary<PoolKey, (T Said, DateTimeOffset At)> _said = new();

    /// <summary>What the server said lately; null if it has to be asked.</summary>
    public T? Find(PoolKey key) => _said.TryGetValue(key, out var known) && clock.GetUtcNow() - known.At < Memory ? known.Said : null;

    /// <summary>Keeps what the server said at a login, or when it was reset.</summary>
    public void Add(PoolKey key, T said)
    {
        if (_said.Count >= CountMax)
            _said.Clear();

        _said[key] = (said, clock.GetUtcNow());
    }

    /// <summary>The server was not there, or is another: who comes next asks.</summary>
    public void Remove(PoolKey key) => _said.TryRemove(key, out _);
}
