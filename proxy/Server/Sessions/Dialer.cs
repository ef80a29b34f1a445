using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Sessions;

/// <summary>Opens connections to database servers and has them signed in, within a time.</summary>
internal sealed class Dialer(Transport transport, TimeProvider clock)
{
    /// <summary>How long a server may take to accept a connection, and again to sign it in.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Opens connections.</summary>
    public Connector Connector { get; } = new(transport, clock);

    /// <summary>Connects and signs in; the fault names host and port.</summary>
    /// <param name="target">The server.</param>
    /// <param name="login">Signs a new connection in.</param>
    /// <param name="timeout">How long each of the two may take.</param>
    /// <param name="beside">The client's connection, so that both sides of a session live on one loop.</param>
    /// <param name="stop">The proxy is stopping.</param>
    /// <returns>A connection and its session, or a fault.</returns>
    public async Task<(Connection? Connection, TSession? Session, UpstreamFault? Fault)> DialAsync<TSession>(
        UpstreamConfiguration target,
        Func<Connection, CancellationToken, Task<UpstreamLoginResult<TSession>>> login,
        TimeSpan timeout,
        Connection? beside,
        CancellationToken stop)
        where TSession : class
    {
        var connected = await Connector.ConnectAsync(target.Host, target.Port, timeout, beside, stop);
        if (!connected.TryGet(out var connection, out var fault))
            return (null, null, new(fault));

        using var timer = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            var result = await login(connection, both.Token);
            if (result.TryGet(out var session, out var refused))
                return (connection, session, null);

            await connection.DisposeAsync();
            return (null, null, refused);
        }
        catch (OperationCanceledException)
        {
            await connection.DisposeAsync();
            return (null, null, new($"{target.Host}:{target.Port} did not finish the login within {timeout.TotalSeconds:0} s"));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
