using System.Collections.Immutable;
using System.Text.Json;
using JitProxy.Server.Configuration;
using JitProxy.Server.Measure;
using JitProxy.Server.Outlets;
using JitProxy.Server.Tests.Notify;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Measure;

/// <summary>The same numbers for Prometheus and for OpenTelemetry.</summary>
internal sealed class MetricFormatTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Prometheus_reads_names_labels_and_growing_buckets() => Assert.That(MetricText.Write(Some()), Is.EqualTo("""
        # HELP a_total Things.
        # TYPE a_total counter
        a_total{server="sh\"op\\x\n",result="ok"} 3
        a_total 0.5
        # HELP b Now.
        # TYPE b gauge
        b 1E+20
        # HELP t_seconds Time.
        # TYPE t_seconds histogram
        t_seconds_bucket{le="0.1"} 2
        t_seconds_bucket{le="1"} 2
        t_seconds_bucket{le="+Inf"} 7
        t_seconds_sum 9.25
        t_seconds_count 7

        """.ReplaceLineEndings("\n")));

    [Test]
    public void OpenTelemetry_reads_sums_since_the_start_and_ranges()
    {
        using var document = JsonDocument.Parse(OtlpMetrics.Write(Some(), Start, Start.AddSeconds(1)));
        var scope = document.RootElement.GetProperty("resourceMetrics")[0].GetProperty("scopeMetrics")[0];
        var metrics = scope.GetProperty("metrics");

        var sum = metrics[0].GetProperty("sum");
        Assert.That((sum.GetProperty("aggregationTemporality").GetInt32(), sum.GetProperty("isMonotonic").GetBoolean()), Is.EqualTo((2, true)));
        var point = sum.GetProperty("dataPoints")[0];
        Assert.That(point.GetProperty("asDouble").GetDouble(), Is.EqualTo(3));
        Assert.That(point.GetProperty("startTimeUnixNano").GetString(), Is.EqualTo("1772366400000000000"));
        Assert.That(point.GetProperty("timeUnixNano").GetString(), Is.EqualTo("1772366401000000000"));
        Assert.That(point.GetProperty("attributes")[0].GetProperty("value").GetProperty("stringValue").GetString(), Is.EqualTo("sh\"op\\x\n"));
        Assert.That(metrics[1].GetProperty("gauge").GetProperty("dataPoints").GetArrayLength(), Is.EqualTo(1));
        var times = metrics[2].GetProperty("histogram").GetProperty("dataPoints")[0];
        Assert.That(times.GetProperty("bucketCounts").EnumerateArray().Select(static c => c.GetString()), Is.EqualTo(new[] { "2", "0", "5" }));
        Assert.That(times.GetProperty("explicitBounds").EnumerateArray().Select(static b => b.GetDouble()), Is.EqualTo(new[] { 0.1, 1 }));
        Assert.That((times.GetProperty("count").GetString(), times.GetProperty("sum").GetDouble()), Is.EqualTo(("7", 9.25)));
    }

    [Test]
    public async Task A_collector_gets_them_at_an_interval_and_after_it_failed()
    {
        using var collector = new HookReceiver();
        collector.Answer(200, 503, 503);
        await using var push = new MetricsPush(static () => (Some(), Start), NullLogger.Instance, TimeProvider.System);
        push.Use(new(collector.Url, ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMilliseconds(10)));

        for (var i = 0; i < 5; i++)
            Assert.That(collector.Take().Body, Does.StartWith("{\"resourceMetrics\":[{").And.Contain("\"name\":\"a_total\""));
    }

    [Test]
    public async Task Another_configuration_ends_what_the_one_before_sends()
    {
        using var first = new HookReceiver();
        using var second = new HookReceiver();
        await using var push = new MetricsPush(static () => (Some(), Start), NullLogger.Instance, TimeProvider.System);
        push.Use(new(first.Url, ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMilliseconds(10)));
        first.Take();
        push.Use(new(second.Url, ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMilliseconds(10)));
        second.Take();
        while (!first.IsEmpty)
            first.Take();
        second.Take();
        second.Take();
        Assert.That(first.IsEmpty);
        push.Use(null);
    }

    [TestCase("metrics: { otlp: \"https://collector:4318/v1/metrics\", headers: { Authorization: x }, interval: 10s }", null)]
    [TestCase("metrics: { otlp: \"http://127.0.0.1:4318/v1/metrics\" }", null)]
    [TestCase("metrics: { otlp: \"http://collector:4318/v1/metrics\", plain: true }", null)]
    [TestCase("metrics: { otlp: \"http://collector:4318/v1/metrics\" }", "would leave this machine in clear")]
    [TestCase("metrics: { otlp: \"udp://127.0.0.1:1\" }", "is not the address of a collector; write https://HOST:4318/v1/metrics")]
    [TestCase("metrics: { interval: 10s }", "metrics has no \"otlp\"")]
    public void Configuration_is_checked(string section, string? fault)
    {
        using var file = new Configuration.ConfigurationFile($"servers: {{ shop: {{ engine: mysql, listen: 127.0.0.1:1, upstream: {{ host: a, user: b }} }} }}\n{section}");
        ConfigurationLoader.TryLoad(file.FilePath, out var configuration, out var faults);

        Assert.That(faults.Select(static f => f.Message), fault is null ? (NUnit.Framework.Constraints.Constraint)Is.Empty : Has.One.Contains(fault));
        if (section.Contains("interval: 10s, ", StringComparison.Ordinal))
            Assert.That(configuration!.Metrics!.Interval, Is.EqualTo(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task Waits_double_up_to_a_limit_and_begin_anew_after_success()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(3), TimeProvider.System);
        var waits = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            waits.Add(backoff.Next.TotalMilliseconds);
            await backoff.WaitAsync(CancellationToken.None);
        }

        backoff.Reset();
        Assert.That(waits, Is.EqualTo(new[] { 1.0, 2, 3, 3 }));
        Assert.That(backoff.Next.TotalMilliseconds, Is.EqualTo(1));
    }

    private static MetricSet Some() => new MetricSet()
        .Family("a_total", MetricKind.Counter, "Things.").Value(3, ("server", "sh\"op\\x\n"), ("result", "ok")).Value(0.5)
        .Family("b", MetricKind.Gauge, "Now.").Value(1e20)
        .Histogram("t_seconds", "Time.", new([0.1, 1], [2, 0, 5], 9.25));
}
