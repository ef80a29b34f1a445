using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Connects to a PostgreSQL server and signs in there with the service account.</summary>
internal sealed class UpstreamDialer(Dialer dialer, PolicySnapshots policies, SessionLog log)
{
    private readonly ScramKeyCache _keys = new();
    private volatile IReadOnlyDictionary<string, string> _lastStatuses = new Dictionary<string, string>();

    /// <summary>Connects and signs in; the fault names host and port.</summary>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="database">The database's name there.</param>
    /// <param name="catalogue">The database's catalogue.</param>
    /// <param name="chosen">The settings that the client chose.</param>
    /// <param name="beside">The client's connection, so that both sides of a session live on one loop.</param>
    /// <param name="stop">The proxy is stopping.</param>
    /// <param name="use">What the connection is for.</param>
    public async Task<(DialedUpstream? Upstream, UpstreamFault? Fault)> DialAsync(
        string server, string database, Catalogue catalogue, IReadOnlyDictionary<string, string> chosen, Connection? beside, CancellationToken stop,
        UpstreamUse use = default)
    {
        var snapshot = policies.Current;
        var target = snapshot.Configuration.Servers[server].Upstream;
        var settings = UpstreamStartup.Of(catalogue, snapshot.Limits, chosen, use);
        var login = new UpstreamLogin(target, _keys);
        var (connection, session, fault) = await dialer.DialAsync(
            target, (opened, soon) => login.RunAsync(opened, database, settings, soon), Dialer.Timeout, beside, stop);
        return connection is not null && session is not null
            ? (new(
                connection, session with { ParameterStatuses = ShareStatuses(session.ParameterStatuses) },
                new(dialer.Connector, target, session.ProcessId, session.CancelKey.ToArray(), log)), null)
            : (null, fault);
    }

    // Idle sessions keep them, and a server tells nearly all of them the same.
    private IReadOnlyDictionary<string, string> ShareStatuses(IReadOnlyDictionary<string, string> statuses)
    {
        var last = _lastStatuses;
        if (last.Count == statuses.Count && statuses.All(s => last.TryGetValue(s.Key, out var value) && value == s.Value))
            return last;

        return _lastStatuses = statuses;
    }
}
