using System.Runtime.InteropServices;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Admin;
using JitProxy.Server.Cli;
using JitProxy.Server.Configuration;
using JitProxy.Server.Export;
using JitProxy.Server.Measure;
using JitProxy.Server.Results;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.MySql;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Hosting;

/// <summary><c>jitproxy serve</c>: starts every listener, says that it is ready, and drains on SIGTERM.</summary>
internal static class Serve
{
    /// <summary>How long sessions may take to end after SIGTERM.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs until it is told to stop; the result is the exit code.</summary>
    public static async Task<int> RunAsync(ProxyConfiguration configuration, CliEnvironment environment, CancellationToken stop)
    {
        using var logs = LoggerFactory.Create(static builder => builder
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddSimpleConsole(static console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
            }));

        ProxyRuntime runtime;
        try
        {
            runtime = ProxyRuntime.Open(configuration, logs, environment.Clock);
        }
        catch (StoreException e)
        {
            await environment.Error.WriteLineAsync($"jitproxy: {e.Message}");
            return 1;
        }

        await using (runtime)
            return await RunAsync(runtime, configuration, environment, stop);
    }

    private static async Task<int> RunAsync(ProxyRuntime runtime, ProxyConfiguration configuration, CliEnvironment environment, CancellationToken stop)
    {
        using var told = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, told));
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, told));
        var listeners = new List<Listener>();
        var doors = new List<Door>();
        using var transports = new Transports(runtime.Logs.CreateLogger("JitProxy.Transport"));
        try
        {
            var limit = new ConnectionLimit(configuration.Limits.Connections);
            foreach (var server in configuration.Servers.Values)
            {
                var transport = transports.Get(server.Transport);
                Door door = server.Engine switch
                {
                    SqlDialect.PostgreSql => new PostgresDoor(runtime, server, transport),
                    SqlDialect.MySql or SqlDialect.MariaDb => new MySqlDoor(runtime, server, transport),
                };
                doors.Add(door);
                listeners.Add(Listener.Start(door.Transport, server.Listen, limit, door.Handlers, runtime.Clock, runtime.Logs.CreateLogger<Listener>()));
            }

            using var ready = new ReadyProbe(() => runtime.Policies.Current.Configuration, runtime.Trail, runtime.Clock);
            var metrics = new ProxyMetrics(
                runtime.Trail, runtime.Desk, runtime.Watch, runtime.Recorder, runtime.Webhooks, runtime.Forwarders, limit, () => doors, () => transports.All,
                runtime.Clock);
            await using var push = new MetricsPush(() => (metrics.Take(), metrics.StartedAt), runtime.Logs.CreateLogger<MetricsPush>(), runtime.Clock);
            push.Use(configuration.Metrics);
            runtime.Reload.Changed += (_, changed) => push.Use(changed.Metrics);
            var services = AdminServicesOf(runtime, transports.Get(TransportKind.Socket), new(ready.LookAsync, metrics.Write));
            await using var admin = await AdminServer.StartAsync(
                configuration.Admin, services, new(services, runtime.Logins, runtime.Watch), runtime.Logs, told.Token);
            runtime.Trail.TryRecord(new() { Event = AuditEvent.Started, Detail = configuration.Path }, out _, out _);
            ready.Accept(true);
            await environment.Out.WriteLineAsync("jitproxy: ready");
            await environment.Out.FlushAsync(CancellationToken.None);
            await UntilToldAsync(told.Token);
            ready.Accept(false);
            await environment.Out.WriteLineAsync("jitproxy: stopping");
            await Task.WhenAll(listeners.Select(static listener => listener.StopAsync(DrainTimeout)));
            runtime.Trail.TryRecord(new() { Event = AuditEvent.Stopped }, out _, out _);
            return 0;
        }
        catch (System.Net.Sockets.SocketException e)
        {
            await environment.Error.WriteLineAsync(
                $"jitproxy: cannot listen: {e.Message}. Is another program, or another jitproxy, using the address in {configuration.Path}?");
            return 1;
        }
        catch (Exception e) when (e is IOException or System.Security.Cryptography.CryptographicException)
        {
            await environment.Error.WriteLineAsync($"jitproxy: {e.Message}");
            return 1;
        }
        finally
        {
            foreach (var listener in listeners)
                await listener.DisposeAsync();

            foreach (var door in doors)
                door.Dispose();
        }
    }

    private static AdminServices AdminServicesOf(ProxyRuntime runtime, Transport transport, AdminProbes probes)
    {
        var results = new ResultSessions(runtime.Sessions, runtime.Catalogues, runtime.Numbers, new(transport, runtime.Clock));
        return new(
            () => runtime.Policies.Current.Configuration,
            runtime.Desk,
            runtime.Users,
            runtime.Trail,
            new ExplainService(runtime.Gate, runtime.Desk, runtime.Catalogues, runtime.Policies),
            new RunService(results),
            new ExportService(results, runtime.Recorder),
            runtime.Logins,
            probes,
            runtime.Clock)
        {
            Refused = runtime.Recorder.Refused,
        };
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource told)
    {
        context.Cancel = true;
        told.Cancel();
    }

    private static async Task UntilToldAsync(CancellationToken told)
    {
        var wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (told.Register(wait.SetResult))
            await wait.Task;
    }
}
