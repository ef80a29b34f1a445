using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Authenticate;

/// <summary>Signs the proxy in to one PostgreSQL upstream. The same for all connections to it; safe for several threads.</summary>
internal sealed class UpstreamLogin
{
    private const string Alpn = "postgresql";

    private readonly UpstreamConfiguration _target;
    private readonly ScramKeyCache _keys;
    private readonly UpstreamTls _tls;

    /// <summary>A login by this configuration.</summary>
    public UpstreamLogin(UpstreamConfiguration target, ScramKeyCache keys) => (_target, _keys, _tls) = (target, keys, new(target, Alpn));

    /// <summary>
    /// Takes a new connection to a session that is ready for statements; call on the thread pool. The caller closes the connection if it
    /// failed.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="database">The database.</param>
    /// <param name="settings">
    /// Settings of the session from its beginning: what DISCARD ALL and RESET ALL return to. The client encoding is always UTF8.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public Task<UpstreamLoginResult<UpstreamSession>> RunAsync(
        Connection connection, string database, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken) =>
        UpstreamRun.RunAsync(_target, async () =>
        {
            var attempt = new UpstreamLoginAttempt(connection, _target, _keys);
            return await attempt.EncryptAsync(_tls, cancellationToken).ConfigureAwait(false) is { } fault
                ? new(null, fault)
                : await attempt.SignInAsync(database, settings, cancellationToken).ConfigureAwait(false);
        });
}
