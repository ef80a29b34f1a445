namespace JitProxy.Server.Measure;

/// <summary>The metrics of one moment, in the order in which they were taken; written by <see cref="MetricText"/> and <see cref="OtlpMetrics"/>.</summary>
internal sealed class MetricSet
{
    private readonly List<MetricFamily> _families = [];

    /// <summary>What was taken.</summary>
    public IReadOnlyList<MetricFamily> Families => _families;

    /// <summary>Begins a family of numbers.</summary>
    /// <param name="name">Its name: a counter's ends with <c>_total</c>.</param>
    /// <param name="kind">What kind of number.</param>
    /// <param name="help">What it is, in one line.</param>
    public MetricSet Family(string name, MetricKind kind, string help)
    {
        _families.Add(new(name, kind, help));
        return this;
    }

    /// <summary>A number of the family begun last.</summary>
    public MetricSet Value(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _families[^1].Points.Add(new(value, [.. labels]));
        return this;
    }

    /// <summary>A histogram.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="help">What it is, in one line.</param>
    /// <param name="histogram">Its numbers.</param>
    public MetricSet Histogram(string name, string help, MetricHistogram histogram)
    {
        _families.Add(new(name, MetricKind.Histogram, help) { Histogram = histogram });
        return this;
    }
}
