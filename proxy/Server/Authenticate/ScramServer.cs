using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>Why a SCRAM exchange failed.</summary>
internal enum ScramFault : byte
{
    /// <summary>It has not failed.</summary>
    None,

    /// <summary>A message does not have the layout that it must have.</summary>
    Malformed,

    /// <summary>The client is bound to another TLS channel, or was kept from binding by somebody in between.</summary>
    ChannelBinding,

    /// <summary>The client does not know a secret of this person.</summary>
    WrongSecret,
}

/// <summary>The server's half of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677, RFC 5929), for one login.</summary>
/// <remarks>Takes the same time whether the person exists or not; the caller gives a mock account for those who do not.</remarks>
internal sealed class ScramServer
{
    private const int NonceSize = 18;

    private readonly ScramAccount _account;
    private readonly byte[]? _binding;
    private readonly bool _isPlus;
    private readonly byte[] _ownNonce;
    private byte[] _header = [];
    private byte[] _clientFirstBare = [];
    private byte[] _serverFirst = [];
    private byte[] _nonce = [];

    /// <summary>Begins an exchange.</summary>
    /// <param name="account">The person's salt and keys.</param>
    /// <param name="binding">The hash of the own certificate if -PLUS was offered; null if it was not.</param>
    /// <param name="isPlus">Whether the client chose -PLUS.</param>
    public ScramServer(ScramAccount account, byte[]? binding, bool isPlus)
        : this(account, binding, isPlus, ScramText.Encode(RandomNumberGenerator.GetBytes(NonceSize)))
    {
    }

    internal ScramServer(ScramAccount account, byte[]? binding, bool isPlus, byte[] nonce) =>
        (_account, _binding, _isPlus, _ownNonce) = (account, binding, isPlus, nonce);

    /// <summary>Reads client-first-message and answers it with server-first-message.</summary>
    public ScramFault TryBegin(ReadOnlySpan<byte> clientFirst, [NotNullWhen(true)] out byte[]? serverFirst)
    {
        serverFirst = null;
        if (clientFirst.Length > ScramText.MessageSizeMax)
            return ScramFault.Malformed;

        var fault = ReadHeader(clientFirst, out var bare);
        if (fault != ScramFault.None)
            return fault;

        // The name in here is ignored, as PostgreSQL does: the startup packet has given one.
        var rest = bare;
        if (!ScramText.TryTake(ref rest, 'n', out _) || !ScramText.TryTake(ref rest, 'r', out var clientNonce)
            || !ScramText.IsNonce(clientNonce) || !ScramText.AreExtensions(rest))
        {
            return ScramFault.Malformed;
        }

        _clientFirstBare = bare.ToArray();
        _nonce = [.. clientNonce, .. _ownNonce];
        var iterations = _account.Iterations.ToString(CultureInfo.InvariantCulture);
        _serverFirst = [.. "r="u8, .. _nonce, .. ",s="u8, .. ScramText.Encode(_account.Salt.Span), .. ",i="u8, .. Encoding.ASCII.GetBytes(iterations)];
        serverFirst = _serverFirst;
        return ScramFault.None;
    }

    /// <summary>Reads client-final-message; if a secret of the account fits, gives server-final-message and which one it was.</summary>
    public ScramFault TryFinish(
        ReadOnlySpan<byte> clientFinal, [NotNullWhen(true)] out byte[]? serverFinal, [NotNullWhen(true)] out ScramCredential? credential)
    {
        (serverFinal, credential) = (null, null);
        var proofStart = clientFinal.LastIndexOf(",p="u8);
        if (_serverFirst.Length == 0 || clientFinal.Length > ScramText.MessageSizeMax || proofStart < 0)
            return ScramFault.Malformed;

        var withoutProof = clientFinal[..proofStart];
        var rest = withoutProof;
        if (!ScramText.TryTake(ref rest, 'c', out var binding) || !ScramText.TryTake(ref rest, 'r', out var nonce) || !ScramText.AreExtensions(rest)
            || !ScramText.TryDecode(clientFinal[(proofStart + 3)..], out var proof) || proof.Length != SHA256.HashSizeInBytes)
        {
            return ScramFault.Malformed;
        }

        if (!CryptographicOperations.FixedTimeEquals(nonce, _nonce))
            return ScramFault.Malformed;

        if (!CryptographicOperations.FixedTimeEquals(binding, ScramText.Encode([.. _header, .. _isPlus ? _binding! : []])))
            return ScramFault.ChannelBinding;

        byte[] message = [.. _clientFirstBare, .. ","u8, .. _serverFirst, .. ","u8, .. withoutProof];
        credential = FindCredential(proof, message);
        if (credential is null)
            return ScramFault.WrongSecret;

        serverFinal = [.. "v="u8, .. ScramText.Encode(HMACSHA256.HashData(credential.ServerKey.Span, message))];
        return ScramFault.None;
    }

    // Every credential is tried, so that the time does not tell which one it was.
    private ScramCredential? FindCredential(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> message)
    {
        ScramCredential? found = null;
        Span<byte> clientKey = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> storedKey = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var credential in _account.Credentials)
        {
            HMACSHA256.HashData(credential.StoredKey.Span, message, clientKey);
            for (var index = 0; index < clientKey.Length; index++)
                clientKey[index] ^= proof[index];

            SHA256.HashData(clientKey, storedKey);
            if (CryptographicOperations.FixedTimeEquals(storedKey, credential.StoredKey.Span))
                found = credential;
        }

        return found;
    }

    private ScramFault ReadHeader(ReadOnlySpan<byte> clientFirst, out ReadOnlySpan<byte> bare)
    {
        bare = default;
        if (clientFirst.StartsWith(ScramText.BoundHeader))
        {
            if (!_isPlus || _binding is null)
                return ScramFault.Malformed;

            _header = ScramText.BoundHeader.ToArray();
        }
        else if (clientFirst.StartsWith("n,,"u8) || clientFirst.StartsWith("y,,"u8))
        {
            if (_isPlus)
                return ScramFault.Malformed;

            // `y`: the client could bind and believes that the server cannot. If the server offered it, somebody struck the offer out.
            if (clientFirst[0] == 'y' && _binding is not null)
                return ScramFault.ChannelBinding;

            _header = clientFirst[..3].ToArray();
        }
        else
        {
            // Another binding, or the wish to act as somebody else (authzid).
            return ScramFault.Malformed;
        }

        bare = clientFirst[_header.Length..];
        return ScramFault.None;
    }
}
