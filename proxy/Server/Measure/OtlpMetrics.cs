// https://opentelemetry.io/docs/specs/otlp/#otlphttp-request: an ExportMetricsServiceRequest as JSON.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using JitProxy.Server.Outlets;

namespace JitProxy.Server.Measure;

/// <summary>Writes metrics as a request to an OpenTelemetry collector: counters and histograms as sums since the start of the process.</summary>
internal static class OtlpMetrics
{
    private const int Cumulative = 2;

    /// <summary>The request's body.</summary>
    /// <param name="metrics">The metrics.</param>
    /// <param name="startedAt">Since when counters count.</param>
    /// <param name="at">When the metrics were taken.</param>
    public static byte[] Write(MetricSet metrics, DateTimeOffset startedAt, DateTimeOffset at)
    {
        var (start, now) = (OtlpJson.Time(startedAt), OtlpJson.Time(at));
        return OtlpJson.Write("resourceMetrics", "scopeMetrics", "jitproxy.metrics", json =>
        {
            json.WriteStartArray("metrics");
            foreach (var family in metrics.Families)
                Write(json, family, start, now);
            json.WriteEndArray();
        });
    }

    private static void Write(Utf8JsonWriter json, MetricFamily family, string start, string now)
    {
        json.WriteStartObject();
        json.WriteString("name", family.Name);
        json.WriteString("description", family.Help);
        json.WriteStartObject(family.Kind switch
        {
            MetricKind.Gauge => "gauge",
            MetricKind.Counter => "sum",
            MetricKind.Histogram => "histogram",
        });
        if (family.Kind != MetricKind.Gauge)
            json.WriteNumber("aggregationTemporality", Cumulative);
        if (family.Kind == MetricKind.Counter)
            json.WriteBoolean("isMonotonic", true);

        json.WriteStartArray("dataPoints");
        foreach (var point in family.Points)
        {
            Begin(json, point.Labels, start, now);
            json.WriteNumber("asDouble", point.Value);
            json.WriteEndObject();
        }

        if (family.Histogram is { } histogram)
            Write(json, histogram, start, now);

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MetricHistogram histogram, string start, string now)
    {
        Begin(json, [], start, now);
        json.WriteString("count", histogram.Counts.Sum().ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("sum", histogram.Sum);
        json.WriteStartArray("bucketCounts");
        foreach (var count in histogram.Counts)
            json.WriteStringValue(count.ToString(CultureInfo.InvariantCulture));
        json.WriteEndArray();
        json.WriteStartArray("explicitBounds");
        foreach (var bound in histogram.Bounds)
            json.WriteNumberValue(bound);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, ImmutableArray<(string Name, string Value)> labels, string start, string now)
    {
        json.WriteStartObject();
        json.WriteString("startTimeUnixNano", start);
        json.WriteString("timeUnixNano", now);
        json.WriteStartArray("attributes");
        foreach (var (name, value) in labels)
            OtlpJson.Attribute(json, name, value);
        json.WriteEndArray();
    }
}
