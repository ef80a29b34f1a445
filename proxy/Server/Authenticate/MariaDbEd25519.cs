using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace JitProxy.Server.Authenticate;

/// <summary>The proof of MariaDB's ed25519 plugin: a signature of the nonce under a key made of the password.</summary>
/// <remarks>
/// https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-ed25519. It is RFC 8032 with the password, of any
/// length, in the place of the 32 secret bytes.
/// </remarks>
internal static class MariaDbEd25519
{
    /// <summary>Size of the server's nonce, in bytes.</summary>
    public const int NonceSize = 32;

    // The order of the base point.
    private static readonly BigInteger Order =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);

    /// <summary>The public key that MariaDB keeps of a password, 32 bytes.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> password) => Edwards25519.MultiplyBase(Secret(SHA512.HashData(password)));

    /// <summary>The signature, 64 bytes.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> password, ReadOnlySpan<byte> nonce)
    {
        var hash = SHA512.HashData(password);
        var secret = Secret(hash);
        var publicKey = Edwards25519.MultiplyBase(secret);
        var random = Reduce(SHA512.HashData([.. hash.AsSpan(Edwards25519.Size), .. nonce]));
        var commitment = Edwards25519.MultiplyBase(Bytes(random));
        var challenge = Reduce(SHA512.HashData([.. commitment, .. publicKey, .. nonce]));
        var answer = (random + (challenge * new BigInteger(secret, isUnsigned: true))) % Order;
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(secret);
        return [.. commitment, .. Bytes(answer)];
    }

    private static byte[] Secret(ReadOnlySpan<byte> hash)
    {
        var secret = hash[..Edwards25519.Size].ToArray();
        secret[0] &= 0xF8;
        secret[^1] &= 0x7F;
        secret[^1] |= 0x40;
        return secret;
    }

    private static BigInteger Reduce(ReadOnlySpan<byte> number) => new BigInteger(number, isUnsigned: true) % Order;

    private static byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[Edwards25519.Size];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
