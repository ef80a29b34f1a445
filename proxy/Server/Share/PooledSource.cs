using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;

namespace JitProxy.Server.Share;

/// <summary>How a session gets connections to its server, all of them alike.</summary>
/// <typeparam name="T">A connection with what its login agreed on.</typeparam>
/// <param name="Key">What they have in common.</param>
/// <param name="ConnectionOf">The connection itself.</param>
/// <param name="DialAsync">Opens a new one.</param>
/// <param name="IsUnchangedAsync">False if <paramref name="Key"/> would be another one now: then the session ends.</param>
/// <param name="OnLost">Told why the session cannot go on, in words for operators.</param>
internal sealed record PooledSource<T>(
    PoolKey Key,
    Func<T, Connection> ConnectionOf,
    Func<CancellationToken, Task<(T? Upstream, UpstreamFault? Fault)>> DialAsync,
    Func<CancellationToken, ValueTask<bool>> IsUnchangedAsync,
    Action<string> OnLost)
    where T : class;
