using System.CommandLine;
using JitProxy.Server.Configuration;
using JitProxy.Server.Notify;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Cli;

/// <summary>`check`: needs no running proxy.</summary>
internal static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Make(CommandMaker maker) =>
        maker.Make("check", "Validates the configuration, the upstreams with their credentials, and masks against live columns", RunAsync);

    private static async Task<int> RunAsync(CliContext context, CancellationToken stop)
    {
        if (!ConfigurationLoader.TryLoad(context.ConfigurationPath, context.Environment.Variable, out var configuration, out var faults))
            return Refuse(context.Terminal, context.ConfigurationPath, faults);

        var servers = new List<ServerCheck>();
        await ProgressLine.ShowAsync(context.Terminal, "checking", async progress =>
        {
            foreach (var server in configuration.Servers.Values)
            {
                progress.Report(($"checking {server.Name}", (double)servers.Count / configuration.Servers.Count));
                servers.Add(await UpstreamCheck.RunAsync(server, configuration, stop));
            }
        });
        return Show(context.Terminal, configuration, servers, await PingAsync(configuration, context.Environment.Clock, stop));
    }

    private static async Task<List<HookCheck>> PingAsync(ProxyConfiguration configuration, TimeProvider clock, CancellationToken stop)
    {
        var hooks = new List<HookCheck>();
        if (configuration.Webhooks.IsEmpty)
            return hooks;

        using var http = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false });
        var ping = new WebhookMessage(WebhookEvent.Ping, clock.GetUtcNow(), null, null, null);
        foreach (var hook in configuration.Webhooks)
            hooks.Add(new(hook.Name, await WebhookSender.TryAsync(hook, ping, http, stop)));

        return hooks;
    }

    private static int Refuse(Terminal terminal, string path, IReadOnlyList<ConfigurationFault> faults)
    {
        if (terminal.IsJson)
            terminal.Json(new { Config = path, Valid = false, Faults = faults.Select(static f => f.ToString()) });

        foreach (var fault in faults)
            terminal.Note(fault.ToString());

        terminal.Fault($"the configuration has {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}");
        return ExitCode.Failed;
    }

    private static int Show(Terminal terminal, ProxyConfiguration configuration, List<ServerCheck> servers, List<HookCheck> hooks)
    {
        var rules = RuleCoverage.FindWarnings(configuration);
        var receivers = configuration.Audit.Forward
            .Select(outlet => new ReceiverCheck(outlet.Name, ReceiverPositions.LagOf(configuration.Storage.Location, outlet.Name)))
            .ToList();
        var isGood = servers.TrueForAll(static s => s.Fault is null) && hooks.TrueForAll(static h => h.Fault is null);
        if (terminal.IsJson)
        {
            terminal.Json(new { Config = configuration.Path, Valid = isGood, Servers = servers, Webhooks = hooks, Receivers = receivers, Warnings = rules });
            return isGood ? ExitCode.Done : ExitCode.Failed;
        }

        terminal.Line($"{configuration.Path}: valid");
        terminal.Table(
            ["server", "upstream", "result"],
            servers.Select(static s => (string[])[s.Server, s.Upstream, s.Fault ?? s.Version ?? "ok"]));
        if (hooks.Count > 0)
            terminal.Table(["webhook", "result"], hooks.Select(static h => (string[])[h.Url, h.Fault ?? "ok"]));
        if (receivers.Count > 0)
        {
            terminal.Table(
                ["audit receiver", "records behind"],
                receivers.Select(static r => (string[])[r.Name, r.Behind is { } behind ? $"{behind}" : "never connected"]));
        }

        foreach (var warning in servers.SelectMany(static s => s.Warnings).Concat(rules))
            terminal.Line($"warning: {PlainText.OneLine(warning)}");

        return isGood ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>A receiver of the trail.</summary>
    private sealed record ReceiverCheck(string Name, long? Behind);

    /// <summary>A webhook that was sent a ping.</summary>
    private sealed record HookCheck(string Url, string? Fault);
}
