using JitProxy.Server.Accept;

namespace JitProxy.Server.Share;

/// <summary>The shared connections of one loop to one database under one set of settings: opened as they are needed, closed when they are not.</summary>
/// <remarks>All of it is used on that loop only.</remarks>
internal sealed class Lane(Func<Connection, Task<Connection?>> dial, TimeProvider clock)
{
    /// <summary>Connections at most.</summary>
    public const int ConnectionsMax = 4;

    /// <summary>Runs under way on the least busy connection from which on another one is opened.</summary>
    private const int CrowdedAt = 24;

    /// <summary>How long nothing is tried after a connection could not be opened.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly List<LaneConnection> _connections = [];
    private readonly Dictionary<LaneConnection, long> _seen = [];
    private bool _isDialing;
    private DateTimeOffset _dialsFrom;

    /// <summary>The connection to submit to; null if the session has to use its own.</summary>
    /// <param name="client">Any connection of the loop.</param>
    public LaneConnection? Find(Connection client)
    {
        LaneConnection? best = null;
        foreach (var connection in _connections)
        {
            if (best is null || connection.Load < best.Load)
                best = connection;
        }

        if ((best is null || best.Load >= CrowdedAt) && !_isDialing && _connections.Count < ConnectionsMax)
            Open(client);

        return best is { Load: < LaneConnection.InFlightMax } ? best : null;
    }

    /// <summary>Closes what was not used since the last call.</summary>
    public void Sweep()
    {
        foreach (var connection in _connections.ToArray())
        {
            if (_seen.TryGetValue(connection, out var runs) && runs == connection.Runs && connection.Load == 0)
                connection.Close();
            else
                _seen[connection] = connection.Runs;
        }
    }

    /// <summary>Ends all connections.</summary>
    public void Close()
    {
        foreach (var connection in _connections.ToArray())
            connection.Close();
    }

    private void Open(Connection client)
    {
        var now = clock.GetUtcNow();
        if (now < _dialsFrom)
            return;

        _isDialing = true;
        _dialsFrom = now + Pause;
        _ = OpenAsync(client);
    }

    private async Task OpenAsync(Connection client)
    {
        // Signing in computes; that is nothing for a loop.
        Connection? upstream = null;
        try
        {
            upstream = await Task.Run(() => dial(client)).ConfigureAwait(false);
        }
        finally
        {
            client.PostToLoop(() => Opened(upstream));
        }
    }

    private void Opened(Connection? upstream)
    {
        _isDialing = false;
        if (upstream is null)
            return;

        _dialsFrom = default;
        var connection = new LaneConnection(upstream, Gone);
        _connections.Add(connection);
        _ = connection.RunAsync();
    }

    private void Gone(LaneConnection connection)
    {
        _connections.Remove(connection);
        _seen.Remove(connection);
    }
}
