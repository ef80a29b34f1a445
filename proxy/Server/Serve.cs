using JitProxy.Server.Cli;
using JitProxy.Server.Configuration;

namespace JitProxy.Server;

/// <summary>`jitproxy serve`.</summary>
internal static class Serve
{
    /// <summary>Runs until <paramref name="stop"/>, then drains; the answer is the exit code.</summary>
    public static Task<int> RunAsync(ProxyConfiguration configuration, CliEnvironment environment, CancellationToken stop) =>
        throw new CliFailure("serve is not built yet", $"{configuration.Path} {environment.IsOutTerminal} {stop.IsCancellationRequested}");
}
