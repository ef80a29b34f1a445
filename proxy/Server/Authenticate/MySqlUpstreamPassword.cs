using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>The proxy's half of the plugins that it speaks, for one login: what may be told to a server, and when.</summary>
/// <remarks>
/// Proofs go to anybody: they are of use only with what the server keeps. The password itself goes to a server whose certificate was verified, and
/// encrypted with the key that a server shows to one that the configuration reaches without TLS on purpose (<c>tls: disable</c>). Never to
/// a server that merely does not offer TLS, or whose certificate nobody checked: it could be anybody.
/// </remarks>
internal sealed class MySqlUpstreamPassword(UpstreamConfiguration target)
{
    private const byte FastIsOver = 3;
    private const byte AskForPassword = 4;
    private const byte AskForKey = 2;
    private const int KeyBitsMin = 2048;
    private const int KeyBitsMax = 8192;
    private const int PaddingSize = 42;

    private readonly byte[] _password = Encoding.UTF8.GetBytes(target.Password ?? "");
    private byte[] _nonce = [];
    private Step _step;
    private bool _wasChanged;

    // What the server may say next; nothing else is accepted, so that it cannot ask for the password twice or out of turn.
    private enum Step : byte
    {
        Proof,
        Key,
        Result,
    }

    /// <summary>The plugin in use.</summary>
    public MySqlPlugin Plugin { get; private set; }

    /// <summary>Begins with the plugin that a greeting names, or with one of ours: the server changes it if it has to.</summary>
    public void Begin(MySqlPlugin plugin, byte[] nonce)
    {
        Plugin = plugin is MySqlPlugin.NativePassword or MySqlPlugin.CachingSha2Password ? plugin : MySqlPlugin.CachingSha2Password;
        _nonce = nonce;
    }

    /// <summary>Changes to the plugin that the server asks for; an answer is why not.</summary>
    public string? Change(MySqlPlugin plugin, ReadOnlySpan<byte> data)
    {
        if (_wasChanged || _step != Step.Proof)
            return "it broke the protocol";

        if (plugin == MySqlPlugin.Unknown)
            return "it asks for an authentication plugin that JitProxy does not speak; give the user caching_sha2_password, mysql_native_password or ed25519";

        // A nonce that ends with a NUL, which is not part of it; that of ed25519 has none.
        var size = plugin == MySqlPlugin.Ed25519 ? MariaDbEd25519.NonceSize : MySqlHandshake.NonceSize;
        if (data.Length == size + 1 && data[^1] == 0)
            data = data[..^1];

        if (data.Length != size)
            return "it broke the protocol";

        (_wasChanged, Plugin, _nonce) = (true, plugin, data.ToArray());
        return null;
    }

    /// <summary>The proof for the nonce; empty if there is no password.</summary>
    public byte[] Proof()
    {
        if (_password.Length == 0)
            return [];

        return Plugin switch
        {
            MySqlPlugin.NativePassword => MySqlProof.Native(_password, _nonce),
            MySqlPlugin.CachingSha2Password => MySqlProof.CachingSha2(_password, _nonce),
            MySqlPlugin.Ed25519 => MariaDbEd25519.Sign(_password, _nonce),
            MySqlPlugin.Unknown => [],
        };
    }

    /// <summary>Takes a further message of caching_sha2_password.</summary>
    /// <param name="data">What the server says.</param>
    /// <param name="connection">The connection, which knows whether it has TLS.</param>
    /// <param name="answer">What to send back, to be wiped afterwards; null for nothing.</param>
    /// <returns>Why the login ends; null if it goes on.</returns>
    public string? TakeMore(ReadOnlySpan<byte> data, Connection connection, out byte[]? answer)
    {
        answer = null;
        if (Plugin != MySqlPlugin.CachingSha2Password)
            return "it broke the protocol";

        switch (_step)
        {
            case Step.Proof when data is [FastIsOver]:
                _step = Step.Result;
                return null;
            case Step.Proof when data is [AskForPassword]:
                return TakeRequest(connection, out answer);
            case Step.Key:
                _step = Step.Result;
                return Encrypt(data, out answer);
            default:
                return "it broke the protocol";
        }
    }

    private string? TakeRequest(Connection connection, out byte[]? answer)
    {
        answer = null;
        if (target.Password is null)
            return "it asks for a password, and the configuration has none";

        if (connection.IsTls && target.Tls == UpstreamTlsMode.VerifyFull)
        {
            _step = Step.Result;
            answer = [.. _password, 0];
            return null;
        }

        if (connection.IsTls || target.Tls != UpstreamTlsMode.Disable)
        {
            return "it asks for the password itself, which is only sent with tls: verify-full, or encrypted with tls: disable on a network that is trusted;"
                + " the user could sign in elsewhere first, or get another plugin";
        }

        _step = Step.Key;
        answer = [AskForKey];
        return null;
    }

    private string? Encrypt(ReadOnlySpan<byte> pem, out byte[]? answer)
    {
        answer = null;
        using var key = RSA.Create();
        if (!TryImport(key, Encoding.ASCII.GetString(pem)))
            return "it shows a key that cannot be read";

        if (key.KeySize is < KeyBitsMin or > KeyBitsMax || _password.Length + 1 > (key.KeySize / 8) - PaddingSize)
            return $"it shows a key of {key.KeySize} bits, which does not fit";

        byte[] plain = [.. _password, 0];
        MySqlProof.Cover(plain, _nonce);
        answer = key.Encrypt(plain, RSAEncryptionPadding.OaepSHA1);
        return null;
    }

    private static bool TryImport(RSA key, string pem)
    {
        try
        {
            var fields = PemEncoding.Find(pem);
            if (pem[fields.Label] != "PUBLIC KEY")
                return false;

            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(pem[fields.Base64Data]), out _);
            return true;
        }
        catch (Exception bad) when (bad is ArgumentException or FormatException or CryptographicException)
        {
            return false;
        }
    }
}
