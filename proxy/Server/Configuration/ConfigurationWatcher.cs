// Reads the configuration again on SIGHUP and when its file changes. A bad file never comes into force.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Configuration;

/// <summary>Holds the configuration in force.</summary>
internal sealed partial class ConfigurationWatcher : IDisposable
{
    // Looked at by its content: the store lies in the same folder, and a watch on that would wake up for each of its writes; times are
    // too coarse to tell two quick changes apart.
    // Editors write a file in several steps; it is read once it stayed the same from one look to the next.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ILogger _log;
    private readonly Lock _reload = new();
    private readonly PosixSignalRegistration _signal;
    private readonly ITimer _look;
    private string? _read;
    private string? _seen;
    private volatile ProxyConfiguration _current;
    private bool _isDisposed;

    /// <summary>Watches the file of <paramref name="first"/>.</summary>
    public ConfigurationWatcher(ProxyConfiguration first, ILogger log, TimeProvider clock)
    {
        (_current, _log) = (first, log);
        _read = _seen = StampOf(first.Path);
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
        _look = clock.CreateTimer(_ => Look(), null, Interval, Interval);
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
        _look.Dispose();
    }

    private void Look()
    {
        lock (_reload)
        {
            if (_isDisposed)
                return;

            var now = StampOf(_current.Path);
            var isSettled = now == _seen;
            _seen = now;
            if (!isSettled || now == _read || now is null)
                return;

            _read = now;
            Reload();
        }
    }

    // A file that is away for a moment is about to be replaced.
    private static string? StampOf(string path)
    {
        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
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
