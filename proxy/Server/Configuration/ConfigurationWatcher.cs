// Reads the configuration again on SIGHUP and when its file changes. A bad file never comes into force.
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Configuration;

/// <summary>Holds the configuration in force.</summary>
internal sealed partial class ConfigurationWatcher : IDisposable
{
    // Editors write a file in several steps; what follows within this time is one change.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(200);

    private readonly ILogger _log;
    private readonly Lock _reload = new();
    private readonly PosixSignalRegistration _signal;
    private readonly FileSystemWatcher _files;
    private readonly ITimer _settle;
    private volatile ProxyConfiguration _current;
    private bool _isDisposed;

    /// <summary>Watches the file of <paramref name="first"/>.</summary>
    public ConfigurationWatcher(ProxyConfiguration first, ILogger log, TimeProvider clock)
    {
        (_current, _log) = (first, log);
        _settle = clock.CreateTimer(_ => Reload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
        _files = new(Path.GetDirectoryName(first.Path)!, Path.GetFileName(first.Path));
        _files.Changed += (_, _) => Settle();
        _files.Created += (_, _) => Settle();
        _files.Renamed += (_, _) => Settle();
        _files.EnableRaisingEvents = true;
    }

    /// <summary>Raised after <see cref="Current"/> changed, with the former and the new configuration; one at a time.</summary>
    public event Action<ProxyConfiguration, ProxyConfiguration>? Changed;

    /// <summary>The configuration in force.</summary>
    public ProxyConfiguration Current => _current;

    /// <summary>Reads the file now. False if it was refused; its faults are logged, and what was in force stays.</summary>
    public bool Reload()
    {
        lock (_reload)
        {
            if (_isDisposed)
                return false;

            var former = _current;
            if (!ConfigurationLoader.TryLoad(former.Path, out var read, out var faults))
            {
                foreach (var fault in faults)
                    LogFault(fault);

                LogRefused(former.Path, faults.Count);
                return false;
            }

            foreach (var key in ConfigurationDifference.NeedsRestart(former, read))
                LogNeedsRestart(key);

            _current = read;
            LogLoaded(former.Path);
            Changed?.Invoke(former, read);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_reload)
            _isDisposed = true;

        _signal.Dispose();
        _files.Dispose();
        _settle.Dispose();
    }

    private void Settle()
    {
        lock (_reload)
        {
            if (!_isDisposed)
                _settle.Change(Settled, Timeout.InfiniteTimeSpan);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Fault}")]
    private partial void LogFault(ConfigurationFault fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} has {Count} faults and was refused; the former configuration stays in force")]
    private partial void LogRefused(string path, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} is in force")]
    private partial void LogLoaded(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} changed; the change takes effect when the proxy is started again")]
    private partial void LogNeedsRestart(string key);
}
