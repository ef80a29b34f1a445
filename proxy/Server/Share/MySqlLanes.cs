using System.Globalization;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.MySql;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Share;

/// <summary>The lanes of one MySQL or MariaDB server: one for each loop, database and way of speaking.</summary>
internal sealed class MySqlLanes(string server, MySqlDialer dialer, PolicySnapshots policies, TimeProvider clock) : IDisposable
{
    private readonly LaneSet<MySqlLaneConnection> _lanes = new(clock);

    /// <summary>The lane for a session, or null if it has to use its own connection for everything.</summary>
    /// <param name="client">The client's connection.</param>
    /// <param name="database">The default database; empty for none.</param>
    /// <param name="capabilities">What was agreed on for the session's own connection.</param>
    /// <param name="wish">What the client can do.</param>
    /// <param name="applied">What the session has set so far.</param>
    public Lane<MySqlLaneConnection>? Find(
        Connection client, string database, MySqlCapabilities capabilities, MySqlCapabilities wish, AppliedSettings applied)
    {
        var snapshot = policies.Current;
        var target = snapshot.Configuration.Servers[server].Upstream;
        if (target.Sharing != UpstreamSharing.Pipeline)
            return null;

        var statements = applied.Statements;
        var key = string.Create(
            CultureInfo.InvariantCulture, $"{database}\0{target}\0{(ulong)capabilities}\0{snapshot.Limits.StatementTimeout}\0{applied.Key}");
        return _lanes.Find(client, key, DialAsync);

        async Task<MySqlLaneConnection?> DialAsync(Connection beside)
        {
            var (upstream, _) = await dialer.DialAsync(server, database, wish, beside, CancellationToken.None);
            if (upstream is null)
                return null;

            using var soon = new CancellationTokenSource(Dialer.Timeout, clock);
            var pinned = PinnedSettings.Statements(upstream.Session.IsMariaDb, policies.Current.Limits, UpstreamUse.Shared);
            if (await ServiceCommands.RunAsync(upstream, [.. pinned, .. statements], soon.Token))
                return new(upstream.Connection, upstream.Session.Capabilities);

            await upstream.Connection.DisposeAsync();
            return null;
        }
    }

    /// <inheritdoc cref="LaneSet{T}.Look"/>
    public LaneFigures Look() => _lanes.Look();

    /// <inheritdoc/>
    public void Dispose() => _lanes.Dispose();
}
