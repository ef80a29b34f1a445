using System.Collections.Immutable;
using System.Security.Cryptography;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Authenticate;

/// <summary>What the MySQL protocol needs of a person: any of these secrets signs in.</summary>
/// <param name="Credentials">The password and the tokens that are valid now, among others that nothing fits.</param>
internal sealed record MySqlAccount(ImmutableArray<MySqlCredential> Credentials)
{
    /// <summary>Proofs are checked against a multiple of so many secrets: how long it takes tells neither whether somebody exists nor who has tokens.</summary>
    private const int CheckedTogether = 8;

    // Fits no secret.
    private static readonly MySqlCredential Nobody =
        new(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes), RandomNumberGenerator.GetBytes(SHA1.HashSizeInBytes));

    /// <summary>The account of a person, or of a stand-in for one who does not exist.</summary>
    public static MySqlAccount Of(DirectoryUser user, DateTimeOffset now)
    {
        var credentials = user.SecretsAt(now)
            .Select(static secret => new MySqlCredential(secret.Verifiers.Sha256Twice, secret.Verifiers.Sha1Twice, secret.TokenId, secret.ExpiresAt))
            .ToList();
        do
            credentials.Add(Nobody);
        while (credentials.Count % CheckedTogether != 0);

        return new([.. credentials]);
    }

    /// <summary>The secret that passes a check; null if none does. Every one is checked, so that the time does not tell which it was.</summary>
    public MySqlCredential? Find(Func<MySqlCredential, bool> check)
    {
        MySqlCredential? found = null;
        foreach (var credential in Credentials)
        {
            if (check(credential))
                found = credential;
        }

        return found;
    }
}

/// <summary>One secret, as MySQL's plugins keep it.</summary>
/// <param name="Sha256Twice">For caching_sha2_password, 32 bytes.</param>
/// <param name="Sha1Twice">For mysql_native_password, 20 bytes.</param>
/// <param name="TokenId">The token that this is; null for the password.</param>
/// <param name="ExpiresAt">When the token ends, UTC; null for the password.</param>
internal sealed record MySqlCredential(
    ReadOnlyMemory<byte> Sha256Twice, ReadOnlyMemory<byte> Sha1Twice, long? TokenId = null, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Which secret it is, never its hashes.</summary>
    public override string ToString() => TokenId is { } id ? $"token {id}" : "password";
}
