using System.Net;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Configuration;

/// <summary>`servers.NAME`: one database server, and the listener that stands for it.</summary>
internal sealed record ServerConfiguration
{
    /// <summary>The server's name; its databases are called NAME/DATABASE.</summary>
    public required string Name { get; init; }

    /// <summary>The wire protocol and SQL dialect.</summary>
    public required SqlDialect Engine { get; init; }

    /// <summary>A label for conditions (`resource.environment_id`); empty when the file has none.</summary>
    public required string Environment { get; init; }

    /// <summary>Where clients connect.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>TLS towards clients.</summary>
    public required ListenerTls Tls { get; init; }

    /// <summary>The real server.</summary>
    public required UpstreamConfiguration Upstream { get; init; }

    /// <summary>How bytes are moved; for measurements and as a way out.</summary>
    public required TransportKind Transport { get; init; }
}

/// <summary>Whether clients may or must use TLS.</summary>
internal enum ListenerTlsMode : byte
{
    /// <summary>TLS is declined.</summary>
    Disable,

    /// <summary>TLS for clients that ask for it.</summary>
    Prefer,

    /// <summary>A client without TLS is refused.</summary>
    Require,
}

/// <summary>`servers.NAME.tls`: absolute paths of PEM files; both null exactly when the mode is disable and none are named.</summary>
internal sealed record ListenerTls(ListenerTlsMode Mode, string? Certificate, string? Key)
{
    /// <summary>What holds when a server has no `tls`.</summary>
    public static readonly ListenerTls Disabled = new(ListenerTlsMode.Disable, null, null);
}

/// <summary>How the proxy uses TLS towards the real server.</summary>
internal enum UpstreamTlsMode : byte
{
    /// <summary>Never.</summary>
    Disable,

    /// <summary>When the server offers it; its certificate is not checked.</summary>
    Prefer,

    /// <summary>Always; the certificate is not checked.</summary>
    Require,

    /// <summary>Always; certificate chain and host name are checked.</summary>
    VerifyFull,
}

/// <summary>`servers.NAME.upstream.sharing`: how far sessions share connections to the server.</summary>
internal enum UpstreamSharing : byte
{
    /// <summary>Not at all: a session has one of its own, for everything.</summary>
    Session,

    /// <summary>A session has one of its own while it needs one: idle outside of a transaction, with nothing left on it, it gives it up.</summary>
    Transaction,

    /// <summary>As Transaction, and quick granted statements of many sessions run one behind the other on few connections.</summary>
    Pipeline,
}

/// <summary>`servers.NAME.upstream`: where the real server is, and as whom the proxy signs in.</summary>
internal sealed record UpstreamConfiguration
{
    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port; default 5432 (PostgreSQL) or 3306 (MySQL).</summary>
    public required int Port { get; init; }

    /// <summary>The user that the proxy signs in as.</summary>
    public required string User { get; init; }

    /// <summary>That user's password; null when the server asks for none. Read from the file or from `password_file`.</summary>
    public required string? Password { get; init; }

    /// <summary>TLS towards the server.</summary>
    public required UpstreamTlsMode Tls { get; init; }

    /// <summary>Absolute path of a PEM file with the authorities to trust; null for the system's.</summary>
    public required string? Ca { get; init; }

    /// <summary>How far sessions share connections; default Pipeline, which needs `transport: epoll` and, as Transaction, is Session elsewhere.</summary>
    public UpstreamSharing Sharing { get; init; }

    /// <summary>The connections that are kept between sessions.</summary>
    public PoolConfiguration Pool { get; init; } = PoolConfiguration.Default;

    /// <summary>The fields without the password, so that a log line cannot hold it.</summary>
    public override string ToString() => $"{User}@{Host}:{Port} (tls {Tls})";
}
