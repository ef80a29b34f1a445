using JitProxy.Server.Accept;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>Signs clients of a MySQL listener in: greeting, encryption, password. The same for all connections of the listener.</summary>
internal sealed class MySqlLogin
{
    private readonly MySqlLoginOptions _options;

    /// <summary>A login by these options.</summary>
    public MySqlLogin(MySqlLoginOptions options) => _options = options;

    /// <summary>
    /// Takes a new connection to its outcome; call on the thread pool. The caller closes the connection unless it is accepted, with
    /// <see cref="Connection.LingerAsync"/> after a refusal. If it is accepted the last packet is still owed: an OK, or an ERR if
    /// there can be no session.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="greeting">What the server behind this listener can do.</param>
    /// <param name="stop">The proxy is stopping.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    public Task<LoginOutcome> RunAsync(Connection connection, MySqlGreeting greeting, CancellationToken stop) =>
        LoginRun.RunAsync(new MySqlLoginAttempt(connection, greeting, _options), _options.Timeout, _options.Clock, stop);
}

/// <summary>The client is who it says. The packet that ends the login is owed: an OK, or an ERR if there can be no session.</summary>
/// <param name="User">The person.</param>
/// <param name="Database">The database asked for; null if none was.</param>
/// <param name="Capabilities">What both ends can do.</param>
/// <param name="CharacterSet">The low byte of the collation asked for; <see cref="MySqlCharacterSet"/> allows it.</param>
/// <param name="ConnectionId">The number that KILL names.</param>
/// <param name="Sequence">The number of the packet that is owed.</param>
/// <param name="Program">What the client says it is (<c>program_name</c> or <c>_client_name</c>), cleaned; empty if it does not say.</param>
/// <param name="Credential">What the person signed in with.</param>
internal sealed record MySqlLoginAccepted(
    string User,
    string? Database,
    MySqlCapabilities Capabilities,
    byte CharacterSet,
    uint ConnectionId,
    byte Sequence,
    string Program,
    MySqlCredential Credential) : LoginOutcome;
