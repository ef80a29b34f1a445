using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>A session on a MySQL or MariaDB server as it began. Its character set is utf8mb4; nothing else was set.</summary>
/// <param name="Version">The server's version, as it greeted with.</param>
/// <param name="ConnectionId">The number to name in KILL QUERY.</param>
/// <param name="Capabilities">What both ends can do, for this session.</param>
/// <param name="Offered">All that the server can do, for <see cref="MySqlGreeting.Of"/>.</param>
/// <param name="CharacterSet">The low byte of the server's default collation.</param>
/// <param name="Status">Where the session stands.</param>
internal sealed record MySqlUpstreamSession(
    string Version,
    uint ConnectionId,
    MySqlCapabilities Capabilities,
    MySqlCapabilities Offered,
    byte CharacterSet,
    MySqlServerStatus Status)
{
    /// <summary>True for MariaDB.</summary>
    public bool IsMariaDb => (Offered & MySqlCapabilities.LongPassword) == 0 || Version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    /// <summary>The greeting that fits this server.</summary>
    public MySqlGreeting Greeting => MySqlGreeting.Of(Version, Offered, CharacterSet);

    /// <summary>Which connection it is.</summary>
    public override string ToString() => $"upstream connection {ConnectionId}";
}

/// <summary>What a session on an upstream is to be.</summary>
/// <param name="Database">The default database; null for none.</param>
/// <param name="Capabilities">What the client behind it can do: what matters on the way through is asked for, so that both ends speak alike.</param>
internal sealed record MySqlUpstreamWish(string? Database, MySqlCapabilities Capabilities);
