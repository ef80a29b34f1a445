using JitProxy.Server.Accept;

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
    public Task<LoginOutcome> RunAsync(Connection connection, CancellationToken stop) =>
        LoginRun.RunAsync(new PostgresLoginAttempt(connection, _options), _options.Timeout, _options.Clock, stop);
}
