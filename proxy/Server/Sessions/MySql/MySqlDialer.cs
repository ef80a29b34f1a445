using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Connects to a MySQL or MariaDB server and signs in there with the service account.</summary>
internal sealed class MySqlDialer(Dialer dialer, PolicySnapshots policies, SessionLog log)
{
    /// <summary>Connects and signs in; the fault names host and port.</summary>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="database">The default database; empty for none.</param>
    /// <param name="capabilities">What the client can do.</param>
    /// <param name="beside">The client's connection, so that both sides of a session live on one loop.</param>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<(DialedMySql? Upstream, UpstreamFault? Fault)> DialAsync(
        string server, string database, MySqlCapabilities capabilities, Connection? beside, CancellationToken stop)
    {
        var target = policies.Current.Configuration.Servers[server].Upstream;
        var wish = new MySqlUpstreamWish(database.Length == 0 ? null : database, capabilities);
        var (connection, session, fault) = await dialer.DialAsync(
            target, (opened, soon) => new MySqlUpstreamLogin(target).RunAsync(opened, wish, soon), Dialer.Timeout, beside, stop);
        if (connection is null || session is null)
            return (null, fault);

        // What a session tells about itself is not to be done without.
        if ((session.Capabilities & MySqlCapabilities.SessionTrack) == 0)
        {
            await connection.DisposeAsync();
            return (null, new($"{target.Host}:{target.Port} does not report changes of its sessions, so JitProxy cannot work with it"));
        }

        return (new(connection, session, new UpstreamKill(dialer, target, session.ConnectionId, log).SendAsync), null);
    }
}
