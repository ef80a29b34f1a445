using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace JitProxy.Storage.Users;

/// <summary>What is kept of a password: enough to check it in every protocol, not the password.</summary>
/// <param name="Salt">SCRAM salt.</param>
/// <param name="Iterations">SCRAM iteration count.</param>
/// <param name="StoredKey">SCRAM-SHA-256 StoredKey (RFC 5802, RFC 7677), 32 bytes.</param>
/// <param name="ServerKey">SCRAM-SHA-256 ServerKey, 32 bytes.</param>
/// <param name="Sha256Twice">SHA-256 of SHA-256 of the password, for MySQL's <c>caching_sha2_password</c>; 32 bytes.</param>
/// <param name="Sha1Twice">SHA-1 of SHA-1 of the password, for MySQL's <c>mysql_native_password</c>; 20 bytes.</param>
public sealed record PasswordVerifiers(
    ReadOnlyMemory<byte> Salt,
    int Iterations,
    ReadOnlyMemory<byte> StoredKey,
    ReadOnlyMemory<byte> ServerKey,
    ReadOnlyMemory<byte> Sha256Twice,
    ReadOnlyMemory<byte> Sha1Twice)
{
    /// <summary>The SCRAM iteration count of new users: what PostgreSQL itself uses.</summary>
    public const int IterationsDefault = 4096;

    /// <summary>Size of a new salt, in bytes.</summary>
    public const int SaltSize = 16;

    private const int KeySize = SHA256.HashSizeInBytes;

    /// <summary>Derives the verifiers of a password; false, with a sentence for people, if it cannot be one. Takes about a millisecond.</summary>
    public static bool TryDerive(
        string password,
        ReadOnlySpan<byte> salt,
        int iterations,
        [NotNullWhen(true)] out PasswordVerifiers? verifiers,
        [NotNullWhen(false)] out string? fault)
    {
        verifiers = PasswordText.TryEncode(password, out var bytes, out fault) ? Derive(bytes, salt, iterations) : null;
        return verifiers is not null;
    }

    /// <summary>Whether this is the password. Takes about a millisecond, and the same time whether it is or not.</summary>
    public bool Matches(string password) =>
        PasswordText.TryEncode(password, out var bytes, out _)
        && CryptographicOperations.FixedTimeEquals(Derive(bytes, Salt.Span, Iterations).StoredKey.Span, StoredKey.Span);

    // Never the verifiers themselves: whoever has the ServerKey can pose as the server.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Iterations = ").Append(Iterations);
        return true;
    }

    [SuppressMessage("Security", "CA5350", Justification = "mysql_native_password is SHA-1; the protocol leaves no choice.")]
    private static PasswordVerifiers Derive(byte[] password, ReadOnlySpan<byte> salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, KeySize);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new(
            salt.ToArray(),
            iterations,
            SHA256.HashData(clientKey),
            HMACSHA256.HashData(salted, "Server Key"u8),
            SHA256.HashData(SHA256.HashData(password)),
            SHA1.HashData(SHA1.HashData(password)));
    }
}
