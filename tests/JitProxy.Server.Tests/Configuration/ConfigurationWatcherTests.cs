using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using JitProxy.Server.Configuration;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

/// <summary>Reloading, with a real file, real signals and the real clock.</summary>
public sealed class ConfigurationWatcherTests
{
    private const string Server = "\nservers: { shop: { engine: postgresql, listen: 127.0.0.1:6432, upstream: { host: db, user: u } } }\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task A_changed_file_comes_into_force()
    {
        using var file = new ConfigurationFile("limits: { rows: 1 }" + Server);
        using var watcher = new ConfigurationWatcher(file.Load(), new Lines(), TimeProvider.System);
        var changed = new TaskCompletionSource<(long, long)>(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Changed += (former, read) => changed.TrySetResult((former.Limits.Rows, read.Limits.Rows));
        file.Write("jitproxy.yaml", "limits: { rows: 2 }" + Server);
        Assert.That(await changed.Task.WaitAsync(Patience), Is.EqualTo((1, 2)));
        Assert.That(watcher.Current.Limits.Rows, Is.EqualTo(2));
    }

    [Test]
    public async Task A_file_that_is_replaced_comes_into_force()
    {
        using var file = new ConfigurationFile("limits: { rows: 1 }" + Server);
        using var watcher = new ConfigurationWatcher(file.Load(), new Lines(), TimeProvider.System);
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Changed += (_, _) => changed.TrySetResult();
        file.Write("new.yaml", "limits: { rows: 2 }" + Server);
        File.Move(Path.Combine(file.Directory, "new.yaml"), file.FilePath, overwrite: true);
        await changed.Task.WaitAsync(Patience);
        Assert.That(watcher.Current.Limits.Rows, Is.EqualTo(2));
    }

    [Test]
    public void A_bad_file_is_refused_and_the_old_one_stays()
    {
        using var file = new ConfigurationFile("limits: { rows: 1 }" + Server);
        var log = new Lines();
        using var watcher = new ConfigurationWatcher(file.Load(), log, TimeProvider.System);
        file.Write("jitproxy.yaml", "limits: { rows: none }" + Server);
        Assert.That(watcher.Reload(), Is.False);
        Assert.That(watcher.Current.Limits.Rows, Is.EqualTo(1));
        Assert.That(log.All, Has.Some.StartsWith($"{file.FilePath}:1:17: \"none\" is not a whole number"));
        Assert.That(log.All, Has.Some.Contains("the former configuration stays in force"));
    }

    [Test]
    public async Task SIGHUP_reads_the_file_again()
    {
        using var file = new ConfigurationFile("limits: { rows: 1 }" + Server);
        using var watcher = new ConfigurationWatcher(file.Load(), new Lines(), TimeProvider.System);
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Changed += (_, _) => changed.TrySetResult();
        Assert.That(Kill(Environment.ProcessId, 1), Is.Zero);
        await changed.Task.WaitAsync(Patience);
        Assert.That(watcher.Current, Is.Not.Null);
    }

    [Test]
    public void A_change_that_needs_a_restart_is_said()
    {
        using var file = new ConfigurationFile("storage: sqlite:a.db" + Server);
        var log = new Lines();
        using var watcher = new ConfigurationWatcher(file.Load(), log, TimeProvider.System);
        file.Write("jitproxy.yaml", "storage: sqlite:b.db" + Server.Replace("6432", "6433", StringComparison.Ordinal));
        Assert.That(watcher.Reload(), Is.True);
        Assert.That(log.All, Has.Some.StartsWith("storage changed").And.Some.StartsWith("servers.shop.listen changed"));
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));
    }
}
