using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace JitProxy.Server.Authenticate;

/// <summary>The client's half of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, for one login to an upstream.</summary>
/// <remarks>Passwords are used as they are configured (SASLprep leaves ASCII and composed letters unchanged).</remarks>
internal sealed class ScramClient
{
    /// <summary>
    /// The fewest iterations that a server may ask for (RFC 7677): fewer would let whoever poses as the server guess the password from
    /// the proof.
    /// </summary>
    public const int IterationsMin = 4096;

    /// <summary>The most: about half a second of one core.</summary>
    public const int IterationsMax = 1_000_000;

    private const int NonceSize = 18;
    private const int SaltSizeMax = 256;

    private readonly string _password;
    private readonly ScramKeyCache _cache;
    private readonly byte[] _header;
    private readonly byte[] _binding;
    private readonly byte[] _nonce;
    private readonly byte[] _bare;
    private byte[] _serverSignature = [];

    /// <summary>Begins an exchange.</summary>
    /// <param name="password">The password.</param>
    /// <param name="cache">Keys derived before.</param>
    /// <param name="binding">The hash of the server's certificate to use -PLUS with; null for the plain mechanism.</param>
    /// <param name="couldBind">For the plain mechanism: true if this side could bind and the server did not offer it, which the server then checks.</param>
    public ScramClient(string password, ScramKeyCache cache, byte[]? binding, bool couldBind)
        : this(password, cache, binding, couldBind, ScramText.Encode(RandomNumberGenerator.GetBytes(NonceSize)), [])
    {
    }

    internal ScramClient(string password, ScramKeyCache cache, byte[]? binding, bool couldBind, byte[] nonce, byte[] name)
    {
        _password = password;
        _cache = cache;
        _nonce = nonce;
        _header = binding is not null ? ScramText.BoundHeader.ToArray() : couldBind ? "y,,"u8.ToArray() : "n,,"u8.ToArray();
        _binding = binding ?? [];

        // PostgreSQL takes the name from the startup packet and ignores this one.
        _bare = [.. "n="u8, .. name, .. ",r="u8, .. nonce];
    }

    /// <summary>client-first-message.</summary>
    public byte[] Begin() => [.. _header, .. _bare];

    /// <summary>Reads server-first-message and answers with client-final-message. Computes for milliseconds the first time.</summary>
    public bool TryContinue(ReadOnlySpan<byte> serverFirst, [NotNullWhen(true)] out byte[]? clientFinal, [NotNullWhen(false)] out string? fault)
    {
        clientFinal = null;
        var rest = serverFirst;
        if (serverFirst.Length > ScramText.MessageSizeMax || !ScramText.TryTake(ref rest, 'r', out var nonce)
            || !ScramText.TryTake(ref rest, 's', out var saltText) || !ScramText.TryTake(ref rest, 'i', out var iterationText)
            || !ScramText.IsNonce(nonce) || !ScramText.AreExtensions(rest) || !ScramText.TryDecode(saltText, out var salt) || salt.Length > SaltSizeMax
            || !Utf8Parser.TryParse(iterationText, out int iterations, out var used) || used != iterationText.Length)
        {
            fault = "its SCRAM message is malformed";
            return false;
        }

        if (nonce.Length <= _nonce.Length || !nonce.StartsWith(_nonce))
        {
            fault = "its SCRAM message answers another login";
            return false;
        }

        if (iterations is < IterationsMin or > IterationsMax)
        {
            fault = $"it asks for {iterations} SCRAM iterations; {IterationsMin} to {IterationsMax} are accepted";
            return false;
        }

        var keys = _cache.Get(_password, salt, iterations);
        byte[] withoutProof = [.. "c="u8, .. ScramText.Encode([.. _header, .. _binding]), .. ",r="u8, .. nonce];
        byte[] message = [.. _bare, .. ","u8, .. serverFirst, .. ","u8, .. withoutProof];
        var proof = HMACSHA256.HashData(SHA256.HashData(keys.ClientKey), message);
        for (var index = 0; index < proof.Length; index++)
            proof[index] ^= keys.ClientKey[index];

        _serverSignature = HMACSHA256.HashData(keys.ServerKey, message);
        clientFinal = [.. withoutProof, .. ",p="u8, .. ScramText.Encode(proof)];
        fault = null;
        return true;
    }

    /// <summary>Reads server-final-message; false if the server does not know the password itself.</summary>
    public bool Verify(ReadOnlySpan<byte> serverFinal)
    {
        var rest = serverFinal;
        return _serverSignature.Length > 0 && ScramText.TryTake(ref rest, 'v', out var text) && ScramText.AreExtensions(rest)
            && ScramText.TryDecode(text, out var signature) && CryptographicOperations.FixedTimeEquals(signature, _serverSignature);
    }
}
