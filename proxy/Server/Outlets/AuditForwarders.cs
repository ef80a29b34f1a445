using System.Collections.Immutable;
using JitProxy.Server.Configuration;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Outlets;

/// <summary>The receivers of the configuration in force, and the removal of records that all of them have.</summary>
internal sealed class AuditForwarders : IAsyncDisposable
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromMinutes(10);

    private readonly AuditTrail _trail;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly Lock _sync = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private ImmutableArray<(OutletConfiguration Outlet, AuditForwarder Forwarder)> _all = [];
    private volatile AuditConfiguration _configuration;
    private int _isPruning;

    /// <summary>Starts with a configuration.</summary>
    public AuditForwarders(AuditTrail trail, AuditConfiguration configuration, ILogger log, TimeProvider clock)
    {
        (_trail, _log, _clock, _configuration) = (trail, log, clock, configuration);
        Use(configuration);
        _timer = clock.CreateTimer(_ => Prune(), null, TimeSpan.FromSeconds(10), PruneInterval);
    }

    /// <summary>The receivers now.</summary>
    public IEnumerable<AuditForwarder> All => _all.Select(static pair => pair.Forwarder);

    /// <summary>Takes another configuration. Receivers that stay go on; those that are gone are forgotten, but not their place.</summary>
    public void Use(AuditConfiguration configuration)
    {
        ImmutableArray<(OutletConfiguration Outlet, AuditForwarder Forwarder)> gone;
        lock (_sync)
        {
            _configuration = configuration;
            var before = _all;
            _all =
            [
                .. configuration.Forward.Select(outlet => before.FirstOrDefault(pair => IsSame(pair.Outlet, outlet)) is { Forwarder: not null } same
                    ? same
                    : (outlet, new AuditForwarder(outlet.Name, _trail, Make(outlet), _log, _clock))),
            ];
            gone = before.RemoveRange(_all);
        }

        foreach (var (_, forwarder) in gone)
            _ = forwarder.DisposeAsync().AsTask();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _timer.DisposeAsync();
        foreach (var (_, forwarder) in _all)
            await forwarder.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Removes what is too old or too much by the configuration, and what every receiver has. Blocks on the store.</summary>
    public void Prune()
    {
        var configuration = _configuration;
        if ((configuration.Retention is null && configuration.RetentionSize is null) || Interlocked.Exchange(ref _isPruning, 1) != 0)
            return;

        try
        {
            var before = configuration.Retention is { } retention ? _clock.GetUtcNow() - retention : default(DateTimeOffset?);
            var needed = _all.Select(static pair => pair.Forwarder.Position).DefaultIfEmpty(long.MaxValue).Min();
            if (_trail.Prune(before, configuration.RetentionSize, needed, _stop.Token) is { } fault)
                OutletLog.NotPruned(_log, fault);
        }
        finally
        {
            Volatile.Write(ref _isPruning, 0);
        }
    }

    private static IOutlet Make(OutletConfiguration outlet) => outlet.Kind switch
    {
        OutletKind.Syslog => new SyslogOutlet(outlet.Address, outlet.Ca),
        OutletKind.Otlp => new OtlpOutlet(outlet.Address, outlet.Headers, outlet.Ca),
    };

    private static bool IsSame(OutletConfiguration? left, OutletConfiguration right) =>
        left is not null && left.Kind == right.Kind && left.Address == right.Address && left.Ca == right.Ca && left.Headers.SequenceEqual(right.Headers);
}
