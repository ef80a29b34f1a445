using System.Globalization;
using System.Text;

namespace JitProxy.Server.Measure;

/// <summary>Writes metrics in the text format of Prometheus (0.0.4), which OpenMetrics readers take as well.</summary>
internal static class MetricText
{
    /// <summary>The text.</summary>
    public static string Write(MetricSet metrics)
    {
        var text = new StringBuilder();
        foreach (var family in metrics.Families)
        {
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Kind.ToString().ToLowerInvariant()).Append('\n');
            foreach (var point in family.Points)
                Write(text, family.Name, point.Value, point.Labels.AsSpan());
            if (family.Histogram is { } histogram)
                Write(text, family.Name, histogram);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, string name, MetricHistogram histogram)
    {
        var count = 0L;
        for (var place = 0; place < histogram.Counts.Length; place++)
        {
            count += histogram.Counts[place];
            var bound = place < histogram.Bounds.Length ? histogram.Bounds[place] : double.PositiveInfinity;
            Write(text, name + "_bucket", count, [("le", Number(bound))]);
        }

        Write(text, name + "_sum", histogram.Sum, []);
        Write(text, name + "_count", count, []);
    }

    private static void Write(StringBuilder text, string name, double value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        for (var index = 0; index < labels.Length; index++)
            text.Append(index == 0 ? '{' : ',').Append(labels[index].Name).Append("=\"").Append(Escape(labels[index].Value)).Append('"');

        if (!labels.IsEmpty)
            text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
