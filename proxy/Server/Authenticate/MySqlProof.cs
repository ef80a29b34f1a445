using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace JitProxy.Server.Authenticate;

/// <summary>How a password is proven for a nonce, and how a proof is checked against what is kept of the password.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html
/// and .../page_caching_sha2_authentication_exchanges.html. Both hide the hash of the password behind a hash of its hash and the nonce, so what is
/// kept (the hash of the hash) can check a proof, and cannot make one.
/// </remarks>
[SuppressMessage("Security", "CA5350", Justification = "mysql_native_password is SHA-1; the protocol leaves no choice.")]
internal static class MySqlProof
{
    /// <summary>Size of a proof of mysql_native_password, in bytes.</summary>
    public const int NativeSize = SHA1.HashSizeInBytes;

    /// <summary>Size of a proof of caching_sha2_password, in bytes.</summary>
    public const int CachingSha2Size = SHA256.HashSizeInBytes;

    /// <summary>A proof of mysql_native_password.</summary>
    public static byte[] Native(ReadOnlySpan<byte> password, ReadOnlySpan<byte> nonce)
    {
        var once = SHA1.HashData(password);
        return Xor(once, SHA1.HashData([.. nonce, .. SHA1.HashData(once)]));
    }

    /// <summary>A proof of caching_sha2_password.</summary>
    public static byte[] CachingSha2(ReadOnlySpan<byte> password, ReadOnlySpan<byte> nonce)
    {
        var once = SHA256.HashData(password);
        return Xor(once, SHA256.HashData([.. SHA256.HashData(once), .. nonce]));
    }

    /// <summary>Whether a proof of mysql_native_password is right; takes the same time if it is not.</summary>
    /// <param name="proof">The proof, <see cref="NativeSize"/> bytes.</param>
    /// <param name="nonce">The nonce that it was made for.</param>
    /// <param name="sha1Twice">What is kept of the password.</param>
    public static bool IsNative(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sha1Twice)
    {
        var once = Xor(proof, SHA1.HashData([.. nonce, .. sha1Twice]));
        return CryptographicOperations.FixedTimeEquals(SHA1.HashData(once), sha1Twice);
    }

    /// <summary>Whether a proof of caching_sha2_password is right; takes the same time if it is not.</summary>
    /// <param name="proof">The proof, <see cref="CachingSha2Size"/> bytes.</param>
    /// <param name="nonce">The nonce that it was made for.</param>
    /// <param name="sha256Twice">What is kept of the password.</param>
    public static bool IsCachingSha2(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sha256Twice)
    {
        var once = Xor(proof, SHA256.HashData([.. sha256Twice, .. nonce]));
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(once), sha256Twice);
    }

    /// <summary>Whether this is the password itself; takes the same time if it is not.</summary>
    public static bool IsPassword(ReadOnlySpan<byte> password, ReadOnlySpan<byte> sha256Twice) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(SHA256.HashData(password)), sha256Twice);

    /// <summary>Covers or uncovers a password with the nonce, again and again, as it is encrypted with a server's key.</summary>
    public static void Cover(Span<byte> password, ReadOnlySpan<byte> nonce)
    {
        for (var index = 0; index < password.Length; index++)
            password[index] ^= nonce[index % nonce.Length];
    }

    private static byte[] Xor(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var result = one.ToArray();
        for (var index = 0; index < result.Length; index++)
            result[index] ^= other[index];

        return result;
    }
}
