using JitProxy.Policy.Redaction;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `storage`, `admin`, `limits` and `audit`.</summary>
internal static class SettingsPart
{
    private const string SqlitePrefix = "sqlite:";

    /// <summary>`storage`.</summary>
    public static StorageConfiguration ReadStorage(Reading reading, Section root)
    {
        var node = root.Find("storage") ?? new ScalarNode(1, 1, "sqlite:jitproxy.db", "sqlite:jitproxy.db", 0, default);
        if (reading.Text(node) is not { } value)
            return new("");

        if (value.StartsWith("postgresql://", StringComparison.Ordinal) || value.StartsWith("postgres://", StringComparison.Ordinal))
        {
            reading.Faults.Add(node, "a store in PostgreSQL, for several proxies, is not there yet; write sqlite:FILE");
            return new("");
        }

        if (!value.StartsWith(SqlitePrefix, StringComparison.Ordinal) || value.Length == SqlitePrefix.Length)
        {
            reading.Faults.Add(node, $"\"{Reading.Raw(node)}\" is not a store; write sqlite:FILE");
            return new("");
        }

        var path = reading.Location(node is ScalarNode scalar ? scalar with { Text = value[SqlitePrefix.Length..] } : node)!;
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            reading.Faults.Add(node, $"there is no directory {Path.GetDirectoryName(path)} for the store");

        return new(path);
    }

    /// <summary>`admin`.</summary>
    public static AdminConfiguration ReadAdmin(Reading reading, Section root)
    {
        var section = root.Find("admin") is { } node ? reading.Section(node, "admin") : null;
        var socket = section?.Find("socket") ?? new ScalarNode(1, 1, "jitproxy.sock", "jitproxy.sock", 0, default);
        var address = section?.Find("listen");
        var listen = address is null ? null : reading.Endpoint(address);
        var tls = section?.Find("tls") is { } tlsNode ? ReadTls(reading, tlsNode) : null;
        var isPlain = section?.Find("plain") is { } plain && reading.Flag(plain) == true;
        var url = section?.Find("url") is { } place ? ReadUrl(reading, place) : null;
        section?.Close();

        // Tokens and passwords of databases pass here: nobody sends them over a network in clear without having said so.
        if (address is not null && listen is not null && tls is null && !isPlain && !System.Net.IPAddress.IsLoopback(listen.Address))
        {
            const string Choice = "give admin.tls { certificate, key }, or say admin.plain: true if something in front ends TLS";
            reading.Faults.Add(address, $"admin.listen {listen} is open to other machines without TLS; {Choice}");
        }

        var path = reading.Location(socket) ?? "";

        // The kernel keeps 108 bytes for the name of a unix socket, the last one for a NUL.
        if (System.Text.Encoding.UTF8.GetByteCount(path) > 107)
            reading.Faults.Add(socket, $"the path of the socket is too long (at most 107 bytes): {path}");
        else if (path.Length > 0 && !Directory.Exists(Path.GetDirectoryName(path)))
            reading.Faults.Add(socket, $"there is no directory {Path.GetDirectoryName(path)} for the socket");

        return new(path, listen, url, tls);
    }

    // It is put in front of the console's paths, and has to fit into a message that clients show whole.
    private static Uri? ReadUrl(Reading reading, ConfigurationNode node)
    {
        if (reading.Text(node) is not { } text)
            return null;

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "", AbsoluteUri.Length: <= 128 })
            return url;

        reading.Faults.Add(node, $"\"{Reading.Raw(node)}\" is not the address of the console; write https://HOST or https://HOST:PORT, without a path");
        return null;
    }

    private static AdminTls? ReadTls(Reading reading, ConfigurationNode node)
    {
        if (reading.Section(node, "admin.tls") is not { } section)
            return null;

        var certificate = section.Require("certificate") is { } c ? reading.ExistingFile(c) : null;
        var key = section.Require("key") is { } k ? reading.ExistingFile(k) : null;
        section.Close();
        return certificate is null || key is null ? null : new(certificate, key);
    }

    /// <summary>`limits`.</summary>
    public static LimitsConfiguration ReadLimits(Reading reading, Section root, ServersRead servers)
    {
        var limits = LimitsConfiguration.Default;
        if (root.Find("limits") is not { } node || reading.Section(node, "limits") is not { } section)
            return limits;

        limits = limits with
        {
            Rows = Number(section.Find("rows"), long.MaxValue) ?? limits.Rows,
            ResultSize = Size(section.Find("result_size"), long.MaxValue) ?? limits.ResultSize,
            StatementTimeout = Duration(section.Find("statement_timeout")) ?? limits.StatementTimeout,
            ExportTimeout = Duration(section.Find("export_timeout")) ?? limits.ExportTimeout,
            Connections = (int?)Number(section.Find("connections"), 1_000_000) ?? limits.Connections,
            ConnectionsPerUser = (int?)Number(section.Find("connections_per_user"), 1_000_000) ?? limits.ConnectionsPerUser,
            LoginTimeout = Duration(section.Find("login_timeout")) ?? limits.LoginTimeout,
            Functions = section.Find("functions") is { } functions ? AdmittedFunctions.Read(reading, functions, servers) : limits.Functions,
            FrameSize = (int?)Size(section.Find("frame_size"), 1 << 30) ?? limits.FrameSize,
        };
        section.Close();
        return limits;

        long? Number(ConfigurationNode? value, long max) => value is null ? null : reading.Number(value, 1, max);
        long? Size(ConfigurationNode? value, long max) => value is null ? null : reading.Size(value, max);
        TimeSpan? Duration(ConfigurationNode? value) => value is null ? null : reading.Duration(value);
    }

    /// <summary>`audit`.</summary>
    public static AuditConfiguration ReadAudit(Reading reading, Section root)
    {
        var audit = new AuditConfiguration(AuditDurability.Process, RedactionPolicy.None);
        if (root.Find("audit") is not { } node || reading.Section(node, "audit") is not { } section)
            return audit;

        if (section.Find("durability") is { } durability)
        {
            audit = audit with
            {
                Durability = reading.Choice(durability, ("process", AuditDurability.Process), ("disk", AuditDurability.Disk)) ?? audit.Durability,
            };
        }

        audit = audit with
        {
            Redaction = RedactionPart.Read(reading, section),
            Retention = section.Find("retention") is { } retention ? reading.Duration(retention) : null,
            RetentionSize = section.Find("retention_size") is { } size ? reading.Size(size, long.MaxValue) : null,
            Forward = section.Find("forward") is { } forward ? OutletsPart.Read(reading, forward) : [],
        };
        section.Close();
        return audit;
    }
}
