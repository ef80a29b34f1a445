using System.Globalization;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions.Postgres;

namespace JitProxy.Server.Share;

/// <summary>The lanes of one PostgreSQL server: one for each loop, database and set of settings.</summary>
internal sealed class PostgresLanes(string server, UpstreamDialer dialer, PolicySnapshots policies, TimeProvider clock) : IDisposable
{
    private readonly LaneSet<PostgresLaneConnection> _lanes = new(clock);

    /// <summary>The lane for a session, or null if it has to use its own connection for everything.</summary>
    /// <param name="client">The client's connection.</param>
    /// <param name="database">The database's name on the server.</param>
    /// <param name="catalogue">Its catalogue, which says what unqualified names mean.</param>
    /// <param name="chosen">The settings that the client chose.</param>
    public Lane<PostgresLaneConnection>? Find(Connection client, string database, Catalogue catalogue, IReadOnlyDictionary<string, string> chosen)
    {
        var snapshot = policies.Current;
        var target = snapshot.Configuration.Servers[server].Upstream;
        if (target.Sharing != UpstreamSharing.Pipeline)
            return null;

        var settings = UpstreamStartup.KeyOf(UpstreamStartup.Of(catalogue, snapshot.Limits, chosen, UpstreamUse.Shared));
        return _lanes.Find(client, string.Create(CultureInfo.InvariantCulture, $"{database}\0{target}\0{settings}"), DialAsync);

        async Task<PostgresLaneConnection?> DialAsync(Connection beside)
        {
            var dialed = await dialer.DialAsync(server, database, catalogue, chosen, beside, CancellationToken.None, UpstreamUse.Shared);
            return dialed.Upstream is { } upstream ? new(upstream.Connection) : null;
        }
    }

    /// <inheritdoc cref="LaneSet{T}.Look"/>
    public LaneFigures Look() => _lanes.Look();

    /// <inheritdoc/>
    public void Dispose() => _lanes.Dispose();
}
