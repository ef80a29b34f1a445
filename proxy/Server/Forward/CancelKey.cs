namespace JitProxy.Server.Forward;

/// <summary>One session's cancel key.</summary>
/// <param name="ProcessId">The number that BackendKeyData names.</param>
/// <param name="Secret">The secret.</param>
/// <param name="Cancel">Cancels whatever the session has under way.</param>
internal sealed record CancelKey(int ProcessId, byte[] Secret, Action Cancel);
