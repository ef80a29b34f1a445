namespace JitProxy.Server.Share;

/// <summary>A connection of a pool, for the time that a session has it.</summary>
/// <param name="Key">What it is like.</param>
/// <param name="Upstream">The connection with what its login agreed on.</param>
/// <param name="BornAt">When it was opened.</param>
internal sealed record Lease<T>(PoolKey Key, T Upstream, DateTimeOffset BornAt);
