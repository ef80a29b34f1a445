using JitProxy.Server.Authenticate;

namespace JitProxy.Server.Share;

/// <summary>How one session gets connections to its server, all of them alike.</summary>
/// <typeparam name="T">A connection with what its login agreed on.</typeparam>
internal interface IUpstreamSource<T>
    where T : class
{
    /// <summary>What they have in common.</summary>
    PoolKey Key { get; }

    /// <summary>Opens a new one.</summary>
    Task<(T? Upstream, UpstreamFault? Fault)> DialAsync(CancellationToken stop);

    /// <summary>False if <see cref="Key"/> would be another one now: then the session ends.</summary>
    ValueTask<bool> IsUnchangedAsync(CancellationToken stop);

    /// <summary>False if the server said otherwise at this login than the client was told: then the session ends, too.</summary>
    bool IsAsTold(T upstream);

    /// <summary>Told why the session cannot go on, in words for operators.</summary>
    void OnLost(string why);
}
