using System.Collections.Immutable;
using System.Security.Cryptography;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Authenticate;

/// <summary>What SCRAM-SHA-256 needs of a person: the server must name salt and iterations before it knows which secret the client has.</summary>
/// <param name="Salt">The salt of all secrets of this person.</param>
/// <param name="Iterations">Their iteration count.</param>
/// <param name="Credentials">The password and the tokens that are valid now.</param>
internal sealed record ScramAccount(ReadOnlyMemory<byte> Salt, int Iterations, ImmutableArray<ScramCredential> Credentials)
{
    // Fits no secret; whoever has none is checked against it, so that the same work is done.
    private static readonly ScramCredential Nobody = new(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes), new byte[SHA256.HashSizeInBytes]);

    /// <summary>The account of a person, or of a stand-in for one who does not exist.</summary>
    public static ScramAccount Of(DirectoryUser user, DateTimeOffset now)
    {
        var credentials = user.SecretsAt(now)
            .Select(static secret => new ScramCredential(secret.Verifiers.StoredKey, secret.Verifiers.ServerKey, secret.TokenId, secret.ExpiresAt))
            .DefaultIfEmpty(Nobody);
        return new(user.Salt, user.Iterations, [.. credentials]);
    }
}
