using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions;

/// <summary>Connects to a database server and signs in there with the service account.</summary>
internal sealed class UpstreamDialer(Transport transport, PolicySnapshots policies, SessionLog log, TimeProvider clock)
{
    /// <summary>How long a server may take to accept a connection, and again to sign it in.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Connector _connector = new(transport, clock);
    private readonly ScramKeyCache _keys = new();

    /// <summary>Connects and signs in; the fault names host and port.</summary>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="database">The database's name there.</param>
    /// <param name="catalogue">The database's catalogue.</param>
    /// <param name="chosen">The settings that the client chose.</param>
    /// <param name="beside">The client's connection, so that both sides of a session live on one loop.</param>
    /// <param name="stop">The proxy is stopping.</param>
    /// <param name="isShared">True for a connection of many sessions.</param>
    public async Task<(DialedUpstream? Upstream, UpstreamFault? Fault)> DialAsync(
        string server, string database, Catalogue catalogue, IReadOnlyDictionary<string, string> chosen, Connection? beside, CancellationToken stop,
        bool isShared = false)
    {
        var snapshot = policies.Current;
        var target = snapshot.Configuration.Servers[server].Upstream;
        var connected = await _connector.ConnectAsync(target.Host, target.Port, Timeout, beside, stop);
        if (!connected.TryGet(out var connection, out var fault))
            return (null, new(fault));

        using var timer = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            var settings = UpstreamStartup.Of(catalogue, snapshot.Limits, chosen, isShared);
            var result = await new UpstreamLogin(target, _keys).RunAsync(connection, database, settings, both.Token);
            if (result.TryGet(out var session, out var refused))
                return (new(connection, session, new(_connector, target, session.ProcessId, session.CancelKey.ToArray(), log)), null);

            await connection.DisposeAsync();
            return (null, refused);
        }
        catch (OperationCanceledException)
        {
            await connection.DisposeAsync();
            return (null, new($"{target.Host}:{target.Port} did not finish the login within {Timeout.TotalSeconds:0} s"));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
