using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Admin;

/// <summary>What machines ask about the proxy.</summary>
/// <param name="ReadyAsync">Whether it can serve.</param>
/// <param name="Metrics">The metrics in the text format of Prometheus.</param>
internal sealed record AdminProbes(Func<CancellationToken, Task<ReadyView>> ReadyAsync, Func<string> Metrics);
