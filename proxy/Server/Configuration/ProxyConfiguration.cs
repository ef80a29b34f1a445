using System.Collections.Immutable;
using System.Net;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Redaction;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Configuration;

/// <summary>One valid `jitproxy.yaml`, immutable; a reload makes a new one.</summary>
/// <remarks>Paths are absolute, `${NAME}` is replaced, and every name that one part uses is defined in another.</remarks>
internal sealed record ProxyConfiguration
{
    /// <summary>Absolute path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>Where users, grants and the audit trail are kept.</summary>
    public required StorageConfiguration Storage { get; init; }

    /// <summary>How the command line and the console reach the proxy.</summary>
    public required AdminConfiguration Admin { get; init; }

    /// <summary>The servers in front of which the proxy stands, by name.</summary>
    public required ImmutableSortedDictionary<string, ServerConfiguration> Servers { get; init; }

    /// <summary>The projects, by name.</summary>
    public required ImmutableSortedDictionary<string, ProjectConfiguration> Projects { get; init; }

    /// <summary>Roles that hold everywhere: role name to the users who have it.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<string>> WorkspaceRoles { get; init; }

    /// <summary>
    /// What a role grant allows: role name to statement kinds, as written (`select`, `explain`, `show`, `insert`, `update`, `delete`,
    /// `ddl`).
    /// </summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<string>> DatabaseRoles { get; init; }

    /// <summary>Who has to sign a request.</summary>
    public required ApprovalConfiguration Approval { get; init; }

    /// <summary>Which columns come masked, and how; without secrets, which the store keeps.</summary>
    public required MaskingPolicy Masking { get; init; }

    /// <summary>Caps on results, time and connections.</summary>
    public required LimitsConfiguration Limits { get; init; }

    /// <summary>How the audit trail is kept.</summary>
    public required AuditConfiguration Audit { get; init; }

    /// <summary>Where to POST what happens to grants.</summary>
    public ImmutableArray<WebhookConfiguration> Webhooks { get; init; } = [];

    /// <summary>Where metrics are sent; null for nowhere.</summary>
    public MetricsConfiguration? Metrics { get; init; }

    /// <summary>The project that a database belongs to; null if none claims it. The first in name order where several do.</summary>
    public ProjectConfiguration? FindProject(string server, string database) =>
        Projects.Values.FirstOrDefault(p => p.Databases.Any(d => d.Covers(server, database)));

    /// <summary>True if a project covers any database of the server.</summary>
    public bool HasProject(string server) => Projects.Values.Any(p => p.Databases.Any(d => string.Equals(d.Server, server, StringComparison.Ordinal)));
}

/// <summary>`storage`: default `sqlite:jitproxy.db`.</summary>
/// <param name="Location">The SQLite file, an absolute path.</param>
internal sealed record StorageConfiguration(string Location);

/// <summary>`admin`.</summary>
/// <param name="Socket">The unix socket; default `jitproxy.sock`.</param>
/// <param name="Listen">The HTTP address of API and console; null for none.</param>
/// <param name="Url">What people's browsers reach the console by; null for the HTTP address itself.</param>
/// <param name="Tls">The certificate of the address; null for HTTP without TLS.</param>
internal sealed record AdminConfiguration(string Socket, IPEndPoint? Listen, Uri? Url = null, AdminTls? Tls = null)
{
    /// <summary>Where the console is, for links in messages; null if there is none, or if nobody has said by which name it is reached.</summary>
    public Uri? ConsoleAddress => Listen is not { } listen ? null
        : Url ?? (listen.Port == 0 || listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any)
            ? null
            : new($"{(Tls is null ? "http" : "https")}://{listen}/"));
}

/// <summary>`admin.tls`: PEM files.</summary>
internal sealed record AdminTls(string Certificate, string Key);

/// <summary>`audit`.</summary>
/// <param name="Durability">What a record survives before a row leaves.</param>
/// <param name="Redaction">What records keep of parameters and literals.</param>
internal sealed record AuditConfiguration(AuditDurability Durability, RedactionPolicy Redaction)
{
    /// <summary>How long records are kept; null for ever.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>How many bytes of records are kept; null for any number.</summary>
    public long? RetentionSize { get; init; }

    /// <summary>Where records are sent as they come.</summary>
    public ImmutableArray<OutletConfiguration> Forward { get; init; } = [];
}
