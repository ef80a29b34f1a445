using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>One entry of `audit.forward`: where records are sent as they come.</summary>
/// <param name="Kind">What is spoken there.</param>
/// <param name="Address">`udp://HOST:PORT`, `tcp://HOST:PORT`, `tls://HOST:PORT` or `unix:///PATH` for syslog, an HTTP address for OpenTelemetry.</param>
/// <param name="Headers">For OpenTelemetry: headers of each request, such as an Authorization.</param>
internal sealed record OutletConfiguration(OutletKind Kind, Uri Address, ImmutableSortedDictionary<string, string> Headers)
{
    /// <summary>A PEM file of the authorities that its certificate has to come from; null for the system's.</summary>
    public string? Ca { get; init; }

    /// <summary>What its position in the trail is kept under. It holds no header and no secret.</summary>
    public string Name =>
        (Kind == OutletKind.Syslog ? "syslog " : "otlp ")
        + Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
}

/// <summary>What is spoken to a receiver of records.</summary>
internal enum OutletKind : byte
{
    /// <summary>Syslog, RFC 5424.</summary>
    Syslog,

    /// <summary>OpenTelemetry logs, over HTTP as JSON.</summary>
    Otlp,
}
