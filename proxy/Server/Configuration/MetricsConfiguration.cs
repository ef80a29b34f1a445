using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>`metrics`: where they are sent, beside being there to be read.</summary>
/// <param name="Address">The HTTP address of an OpenTelemetry collector.</param>
/// <param name="Headers">Headers of each request, such as an Authorization.</param>
/// <param name="Interval">Time between two sendings; positive.</param>
internal sealed record MetricsConfiguration(Uri Address, ImmutableSortedDictionary<string, string> Headers, TimeSpan Interval)
{
    /// <summary>The address without what may be secret in it.</summary>
    public string Name => Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>True if nothing differs.</summary>
    public static bool IsSame(MetricsConfiguration? left, MetricsConfiguration? right) => left is null || right is null
        ? ReferenceEquals(left, right)
        : left.Address == right.Address && left.Interval == right.Interval && left.Headers.SequenceEqual(right.Headers);
}
