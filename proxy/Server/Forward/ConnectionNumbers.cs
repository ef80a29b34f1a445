using System.Collections.Concurrent;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Forward;

/// <summary>The numbers that MySQL clients know their connections by, and that KILL names. They are the proxy's own; the servers' never leave it.</summary>
internal sealed class ConnectionNumbers
{
    private readonly ConcurrentDictionary<uint, Entry> _open = new();
    private int _last;

    /// <summary>A number that no open connection has; never 0.</summary>
    public uint Next()
    {
        while (true)
        {
            var number = unchecked((uint)Interlocked.Increment(ref _last));
            if (number != 0 && !_open.ContainsKey(number))
                return number;
        }
    }

    /// <summary>A session has begun.</summary>
    /// <param name="number">Its connection's number.</param>
    /// <param name="who">Whose it is.</param>
    /// <param name="cancel">Cancels what it has under way.</param>
    /// <param name="end">Ends it.</param>
    public void Register(uint number, SessionIdentity who, Action cancel, Action end) => _open[number] = new(who.User, who.Server, cancel, end);

    /// <summary>A session is over.</summary>
    public void Remove(uint number) => _open.TryRemove(number, out _);

    /// <summary>Ends a session, or what runs in it, for somebody who signed in as the same person on the same server.</summary>
    /// <returns>False if there is none, or if it is somebody else's.</returns>
    public bool TryEnd(SessionIdentity by, uint number, bool isStatementOnly)
    {
        if (!_open.TryGetValue(number, out var entry) || entry.User != by.User || entry.Server != by.Server)
            return false;

        (isStatementOnly ? entry.Cancel : entry.End)();
        return true;
    }

    private sealed record Entry(string User, string Server, Action Cancel, Action End);
}
