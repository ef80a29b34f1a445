using System.Collections.Concurrent;
using System.Globalization;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions.Postgres;

namespace JitProxy.Server.Share;

/// <summary>The lanes of one server: one for each loop, database and set of settings.</summary>
internal sealed class Lanes : IDisposable
{
    /// <summary>Lanes at most; who comes later runs on connections of its own.</summary>
    private const int LanesMax = 256;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(object Loop, string Settings), (Lane Lane, Connection Beside)> _lanes = new();
    private readonly string _server;
    private readonly UpstreamDialer _dialer;
    private readonly PolicySnapshots _policies;
    private readonly TimeProvider _clock;
    private readonly ITimer _sweep;

    /// <summary>Lanes to a server.</summary>
    public Lanes(string server, UpstreamDialer dialer, PolicySnapshots policies, TimeProvider clock)
    {
        (_server, _dialer, _policies, _clock) = (server, dialer, policies, clock);
        _sweep = clock.CreateTimer(_ => Each(static lane => lane.Sweep()), null, SweepInterval, SweepInterval);
    }

    /// <summary>The lane for a session, or null if it has to use its own connection for everything.</summary>
    /// <param name="client">The client's connection.</param>
    /// <param name="database">The database's name on the server.</param>
    /// <param name="catalogue">Its catalogue, which says what unqualified names mean.</param>
    /// <param name="chosen">The settings that the client chose.</param>
    public Lane? Find(Connection client, string database, Catalogue catalogue, IReadOnlyDictionary<string, string> chosen)
    {
        var snapshot = _policies.Current;
        var target = snapshot.Configuration.Servers[_server].Upstream;
        if (target.Sharing != UpstreamSharing.Pipeline || client.Loop is not { } loop)
            return null;

        var settings = UpstreamStartup.Of(catalogue, snapshot.Limits, chosen, isShared: true);
        var key = string.Join('\0', settings.OrderBy(static s => s.Key, StringComparer.Ordinal).Select(static s => s.Key + "=" + s.Value));
        key = string.Create(CultureInfo.InvariantCulture, $"{database}\0{target}\0{key}");
        if (_lanes.TryGetValue((loop, key), out var known))
            return known.Lane;

        return _lanes.Count >= LanesMax ? null : _lanes.GetOrAdd((loop, key), _ => (new(DialAsync, _clock), client)).Lane;

        async Task<Connection?> DialAsync(Connection beside)
        {
            var dialed = await _dialer.DialAsync(_server, database, catalogue, chosen, beside, CancellationToken.None, isShared: true);
            return dialed.Upstream?.Connection;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweep.Dispose();
        Each(static lane => lane.Close());
    }

    private void Each(Action<Lane> act)
    {
        foreach (var (_, (lane, beside)) in _lanes)
            beside.PostToLoop(() => act(lane));
    }
}
