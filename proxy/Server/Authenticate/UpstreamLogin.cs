using System.Security.Authentication;
using System.Security.Cryptography;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire;

namespace JitProxy.Server.Authenticate;

/// <summary>Signs the proxy in to one PostgreSQL upstream. The same for all connections to it; safe for several threads.</summary>
internal sealed class UpstreamLogin
{
    private readonly UpstreamConfiguration _target;
    private readonly ScramKeyCache _keys;
    private readonly UpstreamTls _tls;

    /// <summary>A login by this configuration.</summary>
    public UpstreamLogin(UpstreamConfiguration target, ScramKeyCache keys) => (_target, _keys, _tls) = (target, keys, new(target));

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
    public async Task<UpstreamLoginResult> RunAsync(
        Connection connection, string database, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var attempt = new UpstreamLoginAttempt(connection, _target, _keys);
        try
        {
            if (await attempt.EncryptAsync(_tls, cancellationToken).ConfigureAwait(false) is { } fault)
                return new(null, fault);

            return await attempt.SignInAsync(database, settings, cancellationToken).ConfigureAwait(false);
        }
        catch (EarlyBytesException)
        {
            return new(null, attempt.Fault("bytes in clear came ahead of the TLS handshake"));
        }
        catch (AuthenticationException failed)
        {
            return new(null, attempt.Fault($"the TLS handshake failed: {failed.Message}"));
        }
        catch (CryptographicException failed)
        {
            return new(null, attempt.Fault($"the authorities in {_target.Ca} cannot be used: {failed.Message}"));
        }
        catch (ProtocolViolationException broken)
        {
            return new(null, attempt.Fault($"it broke the protocol ({broken.Violation})"));
        }
        catch (IOException lost)
        {
            return new(null, attempt.Fault(lost.Message));
        }
    }
}
