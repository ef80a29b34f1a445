using JitProxy.Server.Accept;

namespace JitProxy.Server.Share;

/// <summary>The shared connections of one loop to one database under one set of settings: opened as they are needed, closed when they are not.</summary>
/// <remarks>All of it but <see cref="Connections"/> is used on that loop only.</remarks>
/// <param name="dial">Opens one beside a connection of the loop; null if that is not possible now.</param>
/// <param name="clock">The clock.</param>
internal sealed class Lane<T>(Func<Connection, Task<T?>> dial, TimeProvider clock)
    where T : LaneConnection
{
    /// <summary>Connections at most.</summary>
    public const int ConnectionsMax = 4;

    /// <summary>Runs under way on the least busy connection from which on another one is opened.</summary>
    private const int CrowdedAt = 24;

    /// <summary>How long nothing is tried after a connection could not be opened.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly List<T> _connections = [];
    private volatile T[] _seenFromOutside = [];
    private readonly Dictionary<LaneConnection, long> _seen = [];
    private bool _isDialing;
    private DateTimeOffset _dialsFrom;

    /// <summary>The connection to submit to; null if the session has to use its own.</summary>
    /// <param name="client">Any connection of the loop.</param>
    public T? Find(Connection client)
    {
        T? best = null;
        foreach (var connection in _connections)
        {
            if (best is null || connection.Load < best.Load)
                best = connection;
        }

        if ((best is null || best.Load >= CrowdedAt) && !_isDialing && _connections.Count < ConnectionsMax)
            Open(client);

        return best is { Load: < LaneConnection.InFlightMax } ? best : null;
    }

    /// <summary>The connections as of a moment ago, for whoever counts; from any thread.</summary>
    public IReadOnlyList<T> Connections => _seenFromOutside;

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
        T? connection = null;
        try
        {
            connection = await Task.Run(() => dial(client)).ConfigureAwait(false);
        }
        finally
        {
            client.PostToLoop(() => Opened(connection));
        }
    }

    private void Opened(T? connection)
    {
        _isDialing = false;
        if (connection is null)
            return;

        _dialsFrom = default;
        _connections.Add(connection);
        _seenFromOutside = [.. _connections];
        _ = connection.RunAsync(Gone);
    }

    private void Gone(LaneConnection connection)
    {
        _connections.Remove((T)connection);
        _seenFromOutside = [.. _connections];
        _seen.Remove(connection);
    }
}
