using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Authenticate;

/// <summary>Signs the proxy in to one MySQL or MariaDB upstream. The same for all connections to it; safe for several threads.</summary>
internal sealed class MySqlUpstreamLogin
{
    private readonly UpstreamConfiguration _target;
    private readonly UpstreamTls _tls;

    /// <summary>A login by this configuration.</summary>
    public MySqlUpstreamLogin(UpstreamConfiguration target) => (_target, _tls) = (target, new(target, protocol: null));

    /// <summary>
    /// Takes a new connection to a session that is ready for commands; call on the thread pool. The caller closes the connection if it
    /// failed.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public Task<UpstreamLoginResult<MySqlUpstreamSession>> RunAsync(Connection connection, MySqlUpstreamWish wish, CancellationToken cancellationToken) =>
        UpstreamRun.RunAsync(_target, () => new MySqlUpstreamLoginAttempt(connection, _target, _tls, wish).RunAsync(cancellationToken));
}
