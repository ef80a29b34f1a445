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
    /// <summary>Proofs are checked against a multiple of so many secrets: how long it takes tells neither whether somebody exists nor who has tokens.</summary>
    private const int CheckedTogether = 8;

    // Fits no secret.
    private static readonly ScramCredential Nobody = new(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes), new byte[SHA256.HashSizeInBytes]);

    /// <summary>The account of a person, or of a stand-in for one who does not exist.</summary>
    public static ScramAccount Of(DirectoryUser user, DateTimeOffset now)
    {
        var credentials = user.SecretsAt(now)
            .Select(static secret => new ScramCredential(secret.Verifiers.StoredKey, secret.Verifiers.ServerKey, secret.TokenId, secret.ExpiresAt))
            .ToList();
        do
            credentials.Add(Nobody);
        while (credentials.Count % CheckedTogether != 0);

        return new(user.Salt, user.Iterations, [.. credentials]);
    }
}
