namespace JitProxy.Server.Authenticate;

/// <summary>One secret, as SCRAM-SHA-256 keeps it (RFC 5802 section 3).</summary>
/// <param name="StoredKey">Checks the client's proof; 32 bytes.</param>
/// <param name="ServerKey">Proves to the client that the server knows the secret; 32 bytes.</param>
/// <param name="TokenId">The token that this is; null for the password.</param>
/// <param name="ExpiresAt">When the token ends, UTC; null for the password.</param>
internal sealed record ScramCredential(
    ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey, long? TokenId = null, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Which secret it is, never its keys: whoever has the ServerKey can pose as the server.</summary>
    public override string ToString() => TokenId is { } id ? $"token {id}" : "password";
}
