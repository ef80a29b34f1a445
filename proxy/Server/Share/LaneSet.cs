using System.Collections.Concurrent;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Share;

/// <summary>The lanes of one server: one for each loop and each way of being alike.</summary>
internal sealed class LaneSet<T> : IDisposable
    where T : LaneConnection
{
    /// <summary>Lanes at most; who comes later runs on connections of its own.</summary>
    private const int LanesMax = 256;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(object Loop, string Key), (Lane<T> Lane, Connection Beside)> _lanes = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _sweep;

    /// <summary>No lanes yet.</summary>
    public LaneSet(TimeProvider clock)
    {
        _clock = clock;
        _sweep = clock.CreateTimer(_ => Each(static lane => lane.Sweep()), null, SweepInterval, SweepInterval);
    }

    /// <summary>The lane for a session, or null if it has to use its own connection for everything.</summary>
    /// <param name="client">The client's connection.</param>
    /// <param name="key">What the sessions on one lane have in common: everything that an answer depends on.</param>
    /// <param name="dial">Opens a connection for the lane.</param>
    public Lane<T>? Find(Connection client, string key, Func<Connection, Task<T?>> dial)
    {
        if (client.Loop is not { } loop)
            return null;

        if (_lanes.TryGetValue((loop, key), out var known))
            return known.Lane;

        return _lanes.Count >= LanesMax ? null : _lanes.GetOrAdd((loop, key), _ => (new(dial, _clock), client)).Lane;
    }

    /// <summary>What there is now. Safe on any thread; a number may be that of a moment ago.</summary>
    public LaneFigures Look()
    {
        var connections = _lanes.Values.SelectMany(static lane => lane.Lane.Connections).ToList();
        return new(_lanes.Count, connections.Count, connections.Sum(static c => Math.Max(c.Load, 0)), connections.Count * LaneConnection.InFlightMax);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweep.Dispose();
        Each(static lane => lane.Close());
    }

    private void Each(Action<Lane<T>> act)
    {
        foreach (var (_, (lane, beside)) in _lanes)
            beside.PostToLoop(() => act(lane));
    }
}
