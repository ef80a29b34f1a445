using JitProxy.Server.Capture;

namespace JitProxy.Server.Forward;

/// <summary>An answer of our own to the client's giving a statement up. If the upstream skips to a Sync first, the client still has it.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Answer">What the client is told.</param>
internal sealed record LocalClose(ClientStatement Statement, byte[] Answer);
