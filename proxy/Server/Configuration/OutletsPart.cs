using System.Collections.Immutable;
using JitProxy.Server.Authenticate;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `audit.forward` and `metrics`.</summary>
internal static class OutletsPart
{
    private const int CountMax = 8;
    private static readonly ImmutableSortedDictionary<string, string> NoHeaders = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>All receivers.</summary>
    public static ImmutableArray<OutletConfiguration> Read(Reading reading, ConfigurationNode node)
    {
        if (reading.Items(node) is not { } items)
            return [];

        if (items.Length > CountMax)
            reading.Faults.Add(node, $"there may be at most {CountMax} receivers");

        var outlets = ImmutableArray.CreateBuilder<OutletConfiguration>();
        foreach (var item in items)
        {
            if (ReadOne(reading, item) is not { } outlet)
                continue;

            if (outlets.Any(other => other.Name == outlet.Name))
                reading.Faults.Add(item, "this receiver is twice in the list");
            outlets.Add(outlet);
        }

        return outlets.ToImmutable();
    }

    private static OutletConfiguration? ReadOne(Reading reading, ConfigurationNode node)
    {
        if (reading.Section(node, "audit.forward") is not { } section)
            return null;

        var syslog = section.Find("syslog");
        var otlp = section.Find("otlp");
        var headers = section.Find("headers") is { } headersNode ? ReadHeaders(reading, headersNode) : NoHeaders;
        var isPlain = section.Find("plain") is { } plain && reading.Flag(plain) == true;
        var ca = section.Find("ca") is { } caNode ? ReadAuthorities(reading, caNode) : null;
        section.Close();
        if (syslog is null == otlp is null)
        {
            reading.Faults.Add(node, "a receiver has one of syslog and otlp");
            return null;
        }

        var kind = syslog is null ? OutletKind.Otlp : OutletKind.Syslog;
        return ReadAddress(reading, (syslog ?? otlp)!, kind, isPlain) is { } address ? new(kind, address, headers) { Ca = ca } : null;
    }

    /// <summary>`metrics`.</summary>
    public static MetricsConfiguration? ReadMetrics(Reading reading, Section root)
    {
        if (root.Find("metrics") is not { } node || reading.Section(node, "metrics") is not { } section)
            return null;

        var otlp = section.Require("otlp");
        var headers = section.Find("headers") is { } headersNode ? ReadHeaders(reading, headersNode) : NoHeaders;
        var interval = section.Find("interval") is { } intervalNode ? reading.Duration(intervalNode) : TimeSpan.FromSeconds(30);
        var isPlain = section.Find("plain") is { } plain && reading.Flag(plain) == true;
        section.Close();
        return otlp is not null && ReadAddress(reading, otlp, OutletKind.Otlp, isPlain, "metrics") is { } address && interval is { } time
            ? new(address, headers, time)
            : null;
    }

    private static Uri? ReadAddress(Reading reading, ConfigurationNode node, OutletKind kind, bool isPlain, string signal = "logs")
    {
        if (reading.Text(node) is not { } text)
            return null;

        var isKnown = Uri.TryCreate(text, UriKind.Absolute, out var address) && (kind == OutletKind.Otlp
            ? address.Scheme is "http" or "https"
            : address.Scheme == "unix" ? address.AbsolutePath.Length > 1
            : address.Scheme is "udp" or "tcp" or "tls" && address is { Host.Length: > 0, Port: > 0 });
        if (!isKnown)
        {
            var words = kind == OutletKind.Otlp
                ? $"a collector; write https://HOST:4318/v1/{signal}"
                : "a syslog receiver; write udp://HOST:514, tcp://HOST:601, tls://HOST:6514 or unix:///dev/log";
            reading.Faults.Add(node, $"\"{Reading.Raw(node)}\" is not the address of {words}");
            return null;
        }

        // Statements hold data.
        if (address!.Scheme is "http" or "udp" or "tcp" && !address.IsLoopback && !isPlain)
        {
            const string Choice = "use tls:// or https://, or say plain: true if the network is trusted";
            reading.Faults.Add(node, $"{(signal == "logs" ? "statements and names" : "headers and names")} would leave this machine in clear; {Choice}");
        }

        return address;
    }

    // Read again for each handshake; a file without certificates is a fault now, not at night.
    private static string? ReadAuthorities(Reading reading, ConfigurationNode node)
    {
        if (reading.ExistingFile(node) is not { } file)
            return null;

        try
        {
            if (TrustPolicy.Read(file).Count > 0)
                return file;

            reading.Faults.Add(node, $"{file} holds no certificate");
        }
        catch (Exception e) when (e is IOException or System.Security.Cryptography.CryptographicException)
        {
            reading.Faults.Add(node, $"{file} cannot be read: {e.Message}");
        }

        return null;
    }

    private static ImmutableSortedDictionary<string, string> ReadHeaders(Reading reading, ConfigurationNode node)
    {
        if (reading.Section(node, "headers") is not { } section)
            return NoHeaders;

        var headers = NoHeaders.ToBuilder();
        foreach (var (key, value) in section.Node.Entries)
        {
            if (reading.Text(value) is not { } text)
                continue;

            if (key.Text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-') && !text.AsSpan().ContainsAny('\r', '\n', '\0'))
                headers[key.Text] = text;
            else
                reading.Faults.Add(key, $"\"{key.Raw}\" is not a header that can be sent");
        }

        return headers.ToImmutable();
    }
}
