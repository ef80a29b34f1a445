namespace JitProxy.Server.Share;

/// <summary>What a pool has at one moment.</summary>
/// <param name="InUse">Connections that sessions have, or that are being opened.</param>
/// <param name="Idle">Connections that wait for a session.</param>
/// <param name="Waiting">Sessions that wait for a connection.</param>
/// <param name="Limit">Connections at most.</param>
internal readonly record struct PoolFigures(int InUse, int Idle, int Waiting, int Limit);
