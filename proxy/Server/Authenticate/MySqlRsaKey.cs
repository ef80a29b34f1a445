using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>
/// The key that clients without TLS encrypt their password with. Made when it is first needed, and never kept on disk. Safe for several threads.
/// </summary>
/// <remarks>Whoever sits in the middle can put another key in its place: it protects from listeners, not from impostors. TLS does both.</remarks>
internal sealed class MySqlRsaKey : IDisposable
{
    /// <summary>Size of what it decrypts, in bytes.</summary>
    public const int CipherSize = KeyBits / 8;

    private const int KeyBits = 2048;

    private readonly Lock _gate = new();
    private readonly Lazy<RSA> _key = new(static () => RSA.Create(KeyBits));
    private byte[]? _pem;

    /// <summary>The public half, as clients read it.</summary>
    public byte[] PublicPem => _pem ??= Encoding.ASCII.GetBytes(_key.Value.ExportSubjectPublicKeyInfoPem() + "\n");

    /// <summary>The password in a cipher, for this nonce; false if it holds none.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> nonce, out byte[] password)
    {
        password = [];
        if (cipher.Length != CipherSize)
            return false;

        byte[] plain;
        try
        {
            lock (_gate)
                plain = _key.Value.Decrypt(cipher, RSAEncryptionPadding.OaepSHA1);
        }
        catch (CryptographicException)
        {
            return false;
        }

        MySqlProof.Cover(plain, nonce);
        if (plain.Length == 0 || plain[^1] != 0)
            return false;

        password = plain[..^1];
        CryptographicOperations.ZeroMemory(plain);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_key.IsValueCreated)
            _key.Value.Dispose();
    }
}
