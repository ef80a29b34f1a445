using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>What SCRAM-SHA-256 needs of a person: the server must name salt and iterations before it knows which secret the client has.</summary>
/// <param name="Salt">The salt of all secrets of this person.</param>
/// <param name="Iterations">Their iteration count.</param>
/// <param name="Credentials">The password and the tokens that are valid now; empty for a person who has neither.</param>
internal sealed record ScramAccount(ReadOnlyMemory<byte> Salt, int Iterations, ImmutableArray<ScramCredential> Credentials)
{
    /// <summary>The iteration count shown for people who do not exist; new accounts have the same.</summary>
    public const int MockIterations = 4096;

    private const int SaltSize = 16;

    /// <summary>
    /// The account of somebody who does not exist: the salt is always the same for the same name, and no secret fits. Thus nobody learns
    /// from a failed login whether there is such a person.
    /// </summary>
    /// <param name="secret">A key that outlives the process; a salt that changed with a restart would tell.</param>
    /// <param name="user">The name that was given.</param>
    public static ScramAccount Mock(ReadOnlySpan<byte> secret, string user)
    {
        var seed = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(user));
        var nobody = new ScramCredential(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes), RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
        return new(seed.AsMemory(0, SaltSize), MockIterations, [nobody]);
    }
}

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
