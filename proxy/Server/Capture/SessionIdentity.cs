using System.Collections.Immutable;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Capture;

/// <summary>Who is at the other end and what they are connected to; fixed for the life of a session.</summary>
/// <param name="User">The signed-in person.</param>
/// <param name="Client">The address that they come from, for the audit trail.</param>
/// <param name="Server">The server's name in the configuration.</param>
/// <param name="Database">The database's name on that server.</param>
/// <param name="Dialect">The server's language.</param>
internal sealed record SessionIdentity(string User, string Client, string Server, string Database, SqlDialect Dialect)
{
    /// <summary>The grant that the session asked for when it signed in, and goes back to when its settings are reset; null for none.</summary>
    public long? StartGrant { get; init; }

    /// <summary>Where its upstream session looks names up, fixed when it began; null if it has none.</summary>
    public string? SearchPath { get; init; }

    /// <summary>True if what is asked for leaves as an export, which grant and project have to allow.</summary>
    public bool NeedsExport { get; init; }

    /// <summary>The database's name on that server.</summary>
    public string Database
    {
        get;
        init
        {
            // A copy with another database must not keep the name that grants were looked up by.
            field = value;
            QualifiedDatabase = Server + "/" + value;
        }
    } = Database;

    /// <summary>Whether the client's address is in one of these networks.</summary>
    public bool IsFrom(ImmutableArray<string> networks) => ClientNetworks.Hold(networks, Client);

    /// <summary>The database as grants and configuration name it, <c>server/database</c>.</summary>
    public string QualifiedDatabase { get; private init; } = Server + "/" + Database;
}
