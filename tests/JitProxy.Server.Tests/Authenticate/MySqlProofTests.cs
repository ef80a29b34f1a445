using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Authenticate;
using NUnit.Framework;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class MySqlProofTests
{
    private static readonly byte[] Nonce = [.. "abcdefghijklmnopqrst"u8];

    [TestCase("secret")]
    [TestCase("")]
    [TestCase("pässword")]
    public void Proof_fits_what_is_kept_of_the_password_and_nothing_else(string password)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
#pragma warning disable CA5350 // The method that is tested is SHA-1.
        var (kept1, kept256) = (SHA1.HashData(SHA1.HashData(bytes)), SHA256.HashData(SHA256.HashData(bytes)));
#pragma warning restore CA5350
        var (native, sha2) = (MySqlProof.Native(bytes, Nonce), MySqlProof.CachingSha2(bytes, Nonce));
        Assert.That(MySqlProof.IsNative(native, Nonce, kept1), Is.True);
        Assert.That(MySqlProof.IsCachingSha2(sha2, Nonce, kept256), Is.True);
        Assert.That(MySqlProof.IsPassword(bytes, kept256), Is.True);
        Assert.That(MySqlProof.IsPassword([.. bytes, 1], kept256), Is.False);
        for (var index = 0; index < 20; index++)
        {
            byte[] other = [.. Nonce];
            other[index] ^= 1;
            native[index] ^= 4;
            sha2[index] ^= 4;
            Assert.That(MySqlProof.IsNative(native, Nonce, kept1) || MySqlProof.IsCachingSha2(sha2, Nonce, kept256), Is.False);
            native[index] ^= 4;
            sha2[index] ^= 4;
            Assert.That(MySqlProof.IsNative(native, other, kept1) || MySqlProof.IsCachingSha2(sha2, other, kept256), Is.False);
        }
    }

    // From python: sha1(p) ^ sha1(nonce + sha1(sha1(p))), and sha256(p) ^ sha256(sha256(sha256(p)) + nonce).
    [Test]
    public void Proofs_are_those_that_servers_expect()
    {
        Assert.That(Convert.ToHexStringLower(MySqlProof.Native("secret"u8, Nonce)), Is.EqualTo("8817c50fa779daef010ee7577825b0847df9842e"));
        Assert.That(Convert.ToHexStringLower(MySqlProof.CachingSha2("secret"u8, Nonce)), Is.EqualTo("c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809"));
    }

    // RFC 8032 section 7.1: with a password of 32 bytes, MariaDB's plugin is Ed25519 itself.
    [TestCase("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [TestCase("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void Signature_is_that_of_the_standard(string secret, string publicKey, string message, string signature)
    {
        Assert.That(Convert.ToHexStringLower(MariaDbEd25519.PublicKey(Convert.FromHexString(secret))), Is.EqualTo(publicKey));
        Assert.That(Convert.ToHexStringLower(MariaDbEd25519.Sign(Convert.FromHexString(secret), Convert.FromHexString(message))), Is.EqualTo(signature));
    }

    [Test]
    public void Signature_under_any_password_is_one_that_others_accept()
    {
        var random = new Random(3);
        for (var round = 0; round < 50; round++)
        {
            var (password, nonce) = (new byte[random.Next(100)], new byte[32]);
            random.NextBytes(password);
            random.NextBytes(nonce);
            var signature = MariaDbEd25519.Sign(password, nonce);
            var publicKey = MariaDbEd25519.PublicKey(password);
            Assert.That(Ed25519.Verify(signature, 0, publicKey, 0, nonce, 0, nonce.Length), Is.True, $"{round}");
            signature[random.Next(64)] ^= 1;
            Assert.That(Ed25519.Verify(signature, 0, publicKey, 0, nonce, 0, nonce.Length), Is.False);
        }
    }

    [Test]
    public void Nonce_holds_twenty_bytes_that_every_client_reads_as_they_are()
    {
        var seen = new HashSet<string>();
        for (var count = 0; count < 1000; count++)
        {
            var nonce = MySqlAuthentication.NewNonce();
            Assert.That(nonce, Has.Length.EqualTo(20).And.All.InRange(1, 127).And.None.EqualTo((byte)'$'));
            Assert.That(seen.Add(Convert.ToHexString(nonce)), Is.True);
        }
    }

    [Test]
    public void Cipher_that_is_no_password_for_this_nonce_is_refused()
    {
        using var key = new MySqlRsaKey();
        using var client = RSA.Create();
        client.ImportFromPem(Encoding.ASCII.GetString(key.PublicPem));
        byte[] Encrypt(byte[] plain) => client.Encrypt(plain, RSAEncryptionPadding.OaepSHA1);
        byte[] covered = [.. "secret\0"u8];
        MySqlProof.Cover(covered, Nonce);
        Assert.That(key.TryDecrypt(Encrypt(covered), Nonce, out var password), Is.True);
        Assert.That(password, Is.EqualTo("secret"u8.ToArray()));
        Assert.That(key.TryDecrypt(Encrypt("secret\0"u8.ToArray()), Nonce, out _), Is.False, "not covered");
        Assert.That(key.TryDecrypt(Encrypt([]), Nonce, out _), Is.False, "empty");
        Assert.That(key.TryDecrypt(new byte[256], Nonce, out _), Is.False, "not a cipher");
        Assert.That(key.TryDecrypt(new byte[255], Nonce, out _), Is.False, "too short");
        Assert.That(key.TryDecrypt(new byte[5000], Nonce, out _), Is.False, "too long");
    }
}
