using JitProxy.Server.Configuration;

namespace JitProxy.Server.Share;

/// <summary>What two sessions must have in common for one to take over the other's connection to the server.</summary>
/// <param name="Loop">The loop thread that both live on; null where there is none.</param>
/// <param name="Target">The server and the account.</param>
/// <param name="Database">The database's name there.</param>
/// <param name="Settings">All that the connection began with.</param>
internal readonly record struct PoolKey(object? Loop, UpstreamConfiguration Target, string Database, string Settings);
