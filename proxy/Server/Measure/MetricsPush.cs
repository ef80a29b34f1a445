using JitProxy.Server.Configuration;
using JitProxy.Server.Outlets;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Measure;

/// <summary>Sends the metrics to an OpenTelemetry collector at an interval, until it is disposed of.</summary>
/// <remarks>What a collector does not take is not kept: the next sending holds the sums since the start all the same.</remarks>
internal sealed partial class MetricsPush : IAsyncDisposable
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(5);

    private readonly Func<(MetricSet Metrics, DateTimeOffset StartedAt)> _take;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http = HttpPost.NewSender();
    private readonly Lock _sync = new();
    private MetricsConfiguration? _configuration;
    private CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Waits for a configuration.</summary>
    /// <param name="take">Takes the metrics, and says since when they count.</param>
    /// <param name="log">For operators.</param>
    /// <param name="clock">The clock.</param>
    public MetricsPush(Func<(MetricSet Metrics, DateTimeOffset StartedAt)> take, ILogger log, TimeProvider clock) => (_take, _log, _clock) = (take, log, clock);

    /// <summary>Takes another configuration; null for nobody to send to.</summary>
    public void Use(MetricsConfiguration? configuration)
    {
        lock (_sync)
        {
            if (MetricsConfiguration.IsSame(configuration, _configuration))
                return;

            _configuration = configuration;
            _stop.Cancel();
            var before = _work;
            if (configuration is null)
                return;

            _stop = new();
            var stop = _stop.Token;
            _work = Task.Run(async () =>
            {
                await before;
                await RunAsync(configuration, stop);
            });
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(MetricsConfiguration configuration, CancellationToken stop)
    {
        var backoff = new Backoff(configuration.Interval, configuration.Interval > PauseMax ? configuration.Interval : PauseMax, _clock);
        var wasFaulty = false;
        try
        {
            while (true)
            {
                await backoff.WaitAsync(stop);
                var fault = await SendAsync(configuration, stop);
                if (fault is null)
                    backoff.Reset();

                if (fault is not null && !wasFaulty)
                    LogFault(_log, configuration.Name, fault);
                else if (fault is null && wasFaulty)
                    LogRecovered(_log, configuration.Name);
                wasFaulty = fault is not null;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end, or another configuration.
        }
    }

    private async Task<string?> SendAsync(MetricsConfiguration configuration, CancellationToken stop)
    {
        var (metrics, startedAt) = _take();
        using var request = HttpPost.OfJson(configuration.Address, OtlpMetrics.Write(metrics, startedAt, _clock.GetUtcNow()));
        foreach (var (name, value) in configuration.Headers)
            request.Headers.TryAddWithoutValidation(name, value);

        return await HttpPost.TrySendAsync(_http, request, stop);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Metrics cannot be sent to {Name}: {Fault}")]
    private static partial void LogFault(ILogger log, string name, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Metrics are sent to {Name} again")]
    private static partial void LogRecovered(ILogger log, string name);
}
