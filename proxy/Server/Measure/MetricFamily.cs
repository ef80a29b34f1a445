using System.Collections.Immutable;

namespace JitProxy.Server.Measure;

/// <summary>One metric with all its numbers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of number.</param>
/// <param name="Help">What it is.</param>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Help)
{
    /// <summary>The numbers; none for a histogram.</summary>
    public List<MetricPoint> Points { get; } = [];

    /// <summary>The histogram; null for anything else.</summary>
    public MetricHistogram? Histogram { get; init; }
}

/// <summary>A number with what tells it from the others of its family.</summary>
internal sealed record MetricPoint(double Value, ImmutableArray<(string Name, string Value)> Labels);

/// <summary>How many values there were up to each bound.</summary>
/// <param name="Bounds">Upper bounds, ascending, each included.</param>
/// <param name="Counts">Values in each range; one more than bounds, for what lies beyond the last.</param>
/// <param name="Sum">All values together.</param>
internal sealed record MetricHistogram(ImmutableArray<double> Bounds, ImmutableArray<long> Counts, double Sum);

/// <summary>What kind of number a metric is.</summary>
internal enum MetricKind : byte
{
    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Only goes up, from the start of the process.</summary>
    Counter,

    /// <summary>Values by size, from the start of the process.</summary>
    Histogram,
}
