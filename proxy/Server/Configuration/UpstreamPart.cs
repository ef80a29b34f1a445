using JitProxy.Policy.Sql;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `servers.NAME.upstream`.</summary>
internal static class UpstreamPart
{
    /// <summary>One upstream.</summary>
    public static UpstreamConfiguration? Read(Reading reading, ConfigurationNode node, string name, SqlDialect engine)
    {
        if (reading.Section(node, name) is not { } section)
            return null;

        var host = section.Require("host") is { } hostNode ? reading.Text(hostNode) : null;
        var port = section.Find("port") is { } portNode ? reading.Number(portNode, 1, ushort.MaxValue) : engine == SqlDialect.PostgreSql ? 5432 : 3306;
        var user = section.Require("user") is { } userNode ? reading.Text(userNode) : null;
        var password = ReadPassword(reading, section);
        var tls = section.Find("tls") is { } tlsNode
            ? reading.Choice(
                tlsNode,
                ("disable", UpstreamTlsMode.Disable),
                ("prefer", UpstreamTlsMode.Prefer),
                ("require", UpstreamTlsMode.Require),
                ("verify-full", UpstreamTlsMode.VerifyFull))
            : UpstreamTlsMode.Prefer;
        var caNode = section.Find("ca");
        var ca = caNode is null ? null : reading.ExistingFile(caNode);
        if (caNode is not null && tls is not null and not UpstreamTlsMode.VerifyFull)
            reading.Faults.Add(caNode, "\"ca\" is used only with tls: verify-full");

        var sharing = section.Find("sharing") is { } sharingNode
            ? reading.Choice(
                sharingNode, ("session", UpstreamSharing.Session), ("transaction", UpstreamSharing.Transaction), ("pipeline", UpstreamSharing.Pipeline))
            : UpstreamSharing.Pipeline;

        var pool = section.Find("pool") is { } poolNode ? ReadPool(reading, poolNode) : PoolConfiguration.Default;
        section.Close();
        return host is null || port is null || user is null
            ? null
            : new()
            {
                Host = host,
                Port = (int)port,
                User = user,
                Password = password,
                Tls = tls ?? UpstreamTlsMode.VerifyFull,
                Ca = ca,
                Sharing = sharing ?? UpstreamSharing.Session,
                Pool = pool,
            };
    }

    private static PoolConfiguration ReadPool(Reading reading, ConfigurationNode node)
    {
        var pool = PoolConfiguration.Default;
        if (reading.Section(node, "pool") is not { } section)
            return pool;

        pool = new()
        {
            Max = section.Find("max") is { } max ? (int)(reading.Number(max, 1, int.MaxValue) ?? 1) : pool.Max,
            Idle = section.Find("idle") is { } idle ? (int)(reading.Number(idle, 0, int.MaxValue) ?? 0) : pool.Idle,
            MaxIdleTime = section.Find("max_idle_time") is { } time ? reading.Duration(time) ?? pool.MaxIdleTime : pool.MaxIdleTime,
        };
        section.Close();
        return pool;
    }

    private static string? ReadPassword(Reading reading, Section section)
    {
        var (direct, file) = (section.Find("password"), section.Find("password_file"));
        if (direct is not null && file is not null)
            reading.Faults.Add(file, "password and password_file are both given; keep one");

        if (direct is not null)
            return reading.Text(direct);

        if (file is null || reading.ExistingFile(file) is not { } path)
            return null;

        try
        {
            // Editors end a file with a line break; it is not part of the secret.
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reading.Faults.Add(file, $"{path} cannot be read: {e.Message}");
            return null;
        }
    }
}
