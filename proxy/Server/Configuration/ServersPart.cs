using System.Collections.Immutable;
using System.Net;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Configuration;

/// <summary>The servers that were read, and the names of all, faulty ones included.</summary>
internal sealed record ServersRead(ImmutableSortedDictionary<string, ServerConfiguration> Servers, ImmutableArray<string> Names);

/// <summary>Reads `servers`.</summary>
internal static class ServersPart
{
    /// <summary>All servers.</summary>
    public static ServersRead Read(Reading reading, Section root)
    {
        if (root.Require("servers") is not { } node || reading.Section(node, "servers") is not { } all)
            return new(ImmutableSortedDictionary<string, ServerConfiguration>.Empty, []);

        var servers = ImmutableSortedDictionary.CreateBuilder<string, ServerConfiguration>(StringComparer.Ordinal);
        var listeners = new Dictionary<IPEndPoint, string>();
        foreach (var (key, value) in all.Node.Entries)
        {
            if (!key.Text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') || key.Text.Length == 0)
                reading.Faults.Add(key, $"\"{key.Raw}\" cannot name a server; use letters, digits, \"_\" and \"-\"");

            if (reading.Section(value, $"servers.{key.Raw}") is { } section && ReadServer(reading, section, key.Text, listeners) is { } server)
                servers[key.Text] = server;
        }

        if (all.Node.Entries.IsEmpty)
            reading.Faults.Add(node, "servers names no server");

        return new(servers.ToImmutable(), [.. all.Node.Entries.Select(static e => e.Key.Text)]);
    }

    private static ServerConfiguration? ReadServer(Reading reading, Section section, string name, Dictionary<IPEndPoint, string> listeners)
    {
        var engine = section.Require("engine") is { } engineNode
            ? reading.Choice(engineNode, ("postgresql", SqlDialect.PostgreSql), ("mysql", SqlDialect.MySql), ("mariadb", SqlDialect.MariaDb))
            : null;
        var environment = section.Find("environment") is { } label ? reading.Text(label) : "";
        var listen = section.Require("listen") is { } listenNode ? ReadListen(reading, listenNode, name, listeners) : null;
        var tls = section.Find("tls") is { } tlsNode ? ReadTls(reading, tlsNode, $"{section.Name}.tls") : ListenerTls.Disabled;
        var upstream = section.Require("upstream") is { } upstreamNode
            ? UpstreamPart.Read(reading, upstreamNode, $"{section.Name}.upstream", engine ?? SqlDialect.PostgreSql)
            : null;
        var transport = section.Find("transport") is { } transportNode
            ? reading.Choice(transportNode, ("auto", TransportKind.Auto), ("epoll", TransportKind.Epoll), ("socket", TransportKind.Socket))
            : TransportKind.Auto;
        section.Close();
        return engine is null || listen is null || upstream is null
            ? null
            : new()
            {
                Name = name,
                Engine = engine.Value,
                Environment = environment ?? "",
                Listen = listen,
                Tls = tls,
                Upstream = upstream,
                Transport = transport ?? TransportKind.Auto,
            };
    }

    private static IPEndPoint? ReadListen(Reading reading, ConfigurationNode node, string name, Dictionary<IPEndPoint, string> listeners)
    {
        // Port 0 lets the system choose, so two of them do not meet.
        if (reading.Endpoint(node) is { } listen && listen.Port != 0 && !listeners.TryAdd(listen, name))
        {
            reading.Faults.Add(node, $"server {listeners[listen]} listens on {listen} already");
            return null;
        }

        return reading.Endpoint(node);
    }

    private static ListenerTls ReadTls(Reading reading, ConfigurationNode node, string name)
    {
        if (reading.Section(node, name) is not { } section)
            return ListenerTls.Disabled;

        var mode = section.Find("mode") is { } modeNode
            ? reading.Choice(modeNode, ("disable", ListenerTlsMode.Disable), ("prefer", ListenerTlsMode.Prefer), ("require", ListenerTlsMode.Require))
            : ListenerTlsMode.Prefer;
        var needed = mode != ListenerTlsMode.Disable;
        var certificate = (needed ? section.Require("certificate") : section.Find("certificate")) is { } c ? reading.ExistingFile(c) : null;
        var key = (needed ? section.Require("key") : section.Find("key")) is { } k ? reading.ExistingFile(k) : null;
        section.Close();
        return new(mode ?? ListenerTlsMode.Prefer, certificate, key);
    }
}
