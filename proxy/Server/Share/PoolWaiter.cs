namespace JitProxy.Server.Share;

/// <summary>A session that waits for a connection of a pool.</summary>
/// <param name="key">What the connection has to be like.</param>
internal sealed class PoolWaiter<T>(PoolKey key)
    where T : class
{
    /// <summary>What the connection has to be like.</summary>
    public PoolKey Key { get; } = key;

    /// <summary>Completes when it is this one's turn, or when it has waited long enough.</summary>
    public TaskCompletionSource<PoolTurn<T>> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A turn: with a connection, or with the right to open one.</summary>
internal sealed record PoolTurn<T>(Lease<T>? Lease)
    where T : class;
