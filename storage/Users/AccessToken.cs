using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Storage.Users;

/// <summary>A secret for the command line and the API, which is also a database password of its user until it ends. Only hashes are kept.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="User">Whose it is.</param>
/// <param name="SecretHash">SHA-256 of the secret; enough, because the secret is 256 random bits.</param>
/// <param name="Verifiers">What checks it as a password.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="ExpiresAt">When it ends, UTC.</param>
/// <param name="RevokedAt">When it was taken back, UTC; null if it was not.</param>
public sealed record AccessToken(
    long Id,
    string User,
    ReadOnlyMemory<byte> SecretHash,
    PasswordVerifiers Verifiers,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? RevokedAt = null)
{
    private const int RandomSize = 32;

    /// <summary>Whether it can be used at that time.</summary>
    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && now < ExpiresAt;

    /// <summary>A new secret: a prefix that scanners for leaked secrets can find, and 256 random bits.</summary>
    public static string NewSecret() =>
        "jit_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(RandomSize)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>What is kept of a secret, and what it is found by.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
