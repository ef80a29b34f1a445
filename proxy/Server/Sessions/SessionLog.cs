using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Sessions;

/// <summary>What sessions tell whoever runs the proxy. Never a statement's text, never a value.</summary>
internal sealed partial class SessionLog(ILogger<SessionLog> logger)
{
    /// <summary>A client could not be told why its session ends.</summary>
    [LoggerMessage(1, LogLevel.Debug, "{User} could not be told that the session ends ({End}): {Why}")]
    public partial void FarewellNotHeard(string user, SessionEnd end, string why);

    /// <summary>A session ended in a way that is the server's doing, or ours.</summary>
    [LoggerMessage(2, LogLevel.Warning, "session of {User} on {Database} ended: {End}")]
    public partial void EndedBadly(string user, string database, SessionEnd end);

    /// <summary>A bug of ours closed a session.</summary>
    [LoggerMessage(3, LogLevel.Critical, "session of {User} on {Database} was closed by an internal error")]
    public partial void Failed(Exception exception, string user, string database);

    /// <summary>A database server could not be reached for a client.</summary>
    [LoggerMessage(4, LogLevel.Warning, "{User} cannot be connected to {Database}: {Why}")]
    public partial void UpstreamUnavailable(string user, string database, string why);

    /// <summary>A cancel request could not be delivered.</summary>
    [LoggerMessage(5, LogLevel.Warning, "a cancel request for {Host}:{Port} was not delivered: {Why}")]
    public partial void CancelNotDelivered(string host, int port, string why);

    /// <summary>A client did something before its login was through that no honest client does.</summary>
    [LoggerMessage(6, LogLevel.Information, "connection from {Client} was closed before login: {Why}")]
    public partial void ClosedBeforeLogin(string client, string why);

    /// <summary>A server did not say what its names mean, so a result was not passed on.</summary>
    [LoggerMessage(7, LogLevel.Warning, "{Why}")]
    public partial void CatalogueUnreadable(string why);
}
