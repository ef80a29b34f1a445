using System.Security.Authentication;
using JitProxy.Server.Accept;
using JitProxy.Wire;

namespace JitProxy.Server.Authenticate;

/// <summary>Signs clients of a PostgreSQL listener in: encryption, startup packet, SCRAM. The same for all connections of the listener.</summary>
internal sealed class PostgresLogin
{
    private readonly PostgresLoginOptions _options;

    /// <summary>A login by these options.</summary>
    public PostgresLogin(PostgresLoginOptions options) => _options = options;

    /// <summary>
    /// Takes a new connection to its outcome; call on the thread pool. The caller closes the connection unless it is accepted, with
    /// <see cref="Connection.LingerAsync"/> after a refusal.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    public async Task<LoginOutcome> RunAsync(Connection connection, CancellationToken stop)
    {
        using var timer = new CancellationTokenSource(_options.Timeout, _options.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        var attempt = new PostgresLoginAttempt(connection, _options);
        try
        {
            return await attempt.RunAsync(both.Token).ConfigureAwait(false);
        }
        catch (ProtocolViolationException broken)
        {
            return new LoginBroken(broken.Violation);
        }
        catch (EarlyBytesException)
        {
            return new LoginBroken(ProtocolViolation.BytesBeforeTls);
        }
        catch (AuthenticationException failed)
        {
            return attempt.Refused(LoginRefusal.TlsHandshake, failed.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return attempt.Refused(LoginRefusal.Timeout, $"not signed in within {_options.Timeout.TotalSeconds:0.###} s");
        }
        catch (IOException)
        {
            return new ClientLeft();
        }
    }
}
