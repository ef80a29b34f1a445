namespace JitProxy.Server.Share;

/// <summary>What the lanes of a server have at one moment.</summary>
/// <param name="Lanes">Ways of being alike that there are connections for.</param>
/// <param name="Connections">Shared connections.</param>
/// <param name="UnderWay">Executions that run on them.</param>
/// <param name="Limit">Executions that they could run at once.</param>
internal readonly record struct LaneFigures(int Lanes, int Connections, int UnderWay, int Limit);
