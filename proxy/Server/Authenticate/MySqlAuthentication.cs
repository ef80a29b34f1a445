// The exchange that proves a password: the proof that came with the login -> perhaps another plugin, once -> perhaps the password itself.
using System.Security.Cryptography;
using JitProxy.Server.Accept;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>How a client's proof failed.</summary>
internal enum MySqlProofFault : byte
{
    /// <summary>It has not failed.</summary>
    None,

    /// <summary>The client went away instead.</summary>
    Left,

    /// <summary>It fits no secret of the person.</summary>
    Wrong,

    /// <summary>The client sent its secret in clear without TLS.</summary>
    InClear,
}

/// <summary>The server's half of mysql_native_password and caching_sha2_password, for one login.</summary>
/// <remarks>
/// Every secret is kept as the double hash that fast authentication checks, so a right proof always ends the exchange at once. After a wrong one the
/// password itself is asked for, as servers do, but only over TLS or encrypted. What happens never depends on whether the person exists.
/// </remarks>
/// <param name="connection">The connection.</param>
/// <param name="preferred">The plugin that the greeting named.</param>
/// <param name="key">The key for passwords without TLS; null to do without.</param>
/// <param name="account">The person, or the stand-in.</param>
/// <param name="onWrongProof">
/// Told of a wrong proof before anything more is asked: a client that guesses learns that it was wrong from the question, and need not stay for it.
/// </param>
internal sealed class MySqlAuthentication(
    Connection connection, MySqlPlugin preferred, MySqlRsaKey? key, MySqlAccount account, Action onWrongProof)
{
    private const int MessageSizeMax = 8 * 1024;
    private const byte FastIsOver = 3;
    private const byte AskForPassword = 4;
    private const byte AskForKey = 2;

    // As MySQL's: seven bits, no NUL (clients read a string) and no dollar sign (it separates the fields of what servers keep).
    private static readonly byte[] NonceBytes = [.. Enumerable.Range(1, 127).Where(static value => value != '$').Select(static value => (byte)value)];

    private byte[] _nonce = [];
    private byte _sequence;

    /// <summary>The number of the packet that comes next.</summary>
    public byte Sequence => _sequence;

    /// <summary>A nonce for a greeting or a change of plugin.</summary>
    public static byte[] NewNonce() => RandomNumberGenerator.GetItems<byte>(NonceBytes, MySqlHandshake.NonceSize);

    /// <summary>Finds the secret that the client proves to know.</summary>
    /// <param name="plugin">The plugin that the client used.</param>
    /// <param name="canChange">Whether the client knows that there are several.</param>
    /// <param name="proof">The proof that came with the login.</param>
    /// <param name="nonce">The nonce of the greeting.</param>
    /// <param name="sequence">The number of the packet that comes next.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    public async Task<(MySqlCredential? Credential, MySqlProofFault Fault)> RunAsync(
        MySqlPlugin plugin, bool canChange, byte[] proof, byte[] nonce, byte sequence, CancellationToken cancellationToken)
    {
        (_nonce, _sequence) = (nonce, sequence);
        if (proof.Length != SizeOf(plugin))
        {
            // A client whose plugin is not the greeting's one does not use its nonce: it names the plugin, sends nothing, and waits.
            if (!canChange || (proof.Length == 0 && plugin == preferred))
                return (null, MySqlProofFault.Wrong);

            plugin = plugin is MySqlPlugin.NativePassword or MySqlPlugin.CachingSha2Password ? plugin : preferred;
            _nonce = NewNonce();
            MySqlAuthSwitchRequest.Write(connection.Output, ref _sequence, MySqlPluginName.Of(plugin), [.. _nonce, 0]);
            if (await ExchangeAsync(cancellationToken).ConfigureAwait(false) is not { } answer)
                return (null, MySqlProofFault.Left);

            if (answer.Length != SizeOf(plugin))
                return (null, MySqlProofFault.Wrong);

            proof = answer;
        }

        return plugin == MySqlPlugin.NativePassword
            ? Judge(account.Find(credential => MySqlProof.IsNative(proof, _nonce, credential.Sha1Twice.Span)))
            : await FinishSha2Async(proof, cancellationToken).ConfigureAwait(false);
    }

    private static int SizeOf(MySqlPlugin plugin) => plugin switch
    {
        MySqlPlugin.NativePassword => MySqlProof.NativeSize,
        MySqlPlugin.CachingSha2Password => MySqlProof.CachingSha2Size,
        MySqlPlugin.Ed25519 or MySqlPlugin.Unknown => -1,
    };

    private static (MySqlCredential? Credential, MySqlProofFault Fault) Judge(MySqlCredential? credential) =>
        (credential, credential is null ? MySqlProofFault.Wrong : MySqlProofFault.None);

    private async Task<(MySqlCredential? Credential, MySqlProofFault Fault)> FinishSha2Async(byte[] proof, CancellationToken cancellationToken)
    {
        if (account.Find(credential => MySqlProof.IsCachingSha2(proof, _nonce, credential.Sha256Twice.Span)) is { } proven)
        {
            MySqlAuthMoreData.Write(connection.Output, ref _sequence, [FastIsOver]);
            return (proven, MySqlProofFault.None);
        }

        if (!connection.IsTls && key is null)
            return (null, MySqlProofFault.Wrong);

        onWrongProof();
        MySqlAuthMoreData.Write(connection.Output, ref _sequence, [AskForPassword]);
        if (await ExchangeAsync(cancellationToken).ConfigureAwait(false) is not { } answer)
            return (null, MySqlProofFault.Left);

        if (connection.IsTls)
            return JudgePassword(answer.Length > 0 && answer[^1] == 0 ? answer[..^1] : []);

        if (answer is not [AskForKey])
            return (null, MySqlProofFault.InClear);

        MySqlAuthMoreData.Write(connection.Output, ref _sequence, key!.PublicPem);
        if (await ExchangeAsync(cancellationToken).ConfigureAwait(false) is not { } cipher)
            return (null, MySqlProofFault.Left);

        return key.TryDecrypt(cipher, _nonce, out var password) ? JudgePassword(password) : (null, MySqlProofFault.Wrong);
    }

    private (MySqlCredential? Credential, MySqlProofFault Fault) JudgePassword(byte[] password)
    {
        var judgement = Judge(account.Find(credential => MySqlProof.IsPassword(password, credential.Sha256Twice.Span)));
        CryptographicOperations.ZeroMemory(password);
        return judgement;
    }

    // Sends what is written and reads the answer; null if the client left instead.
    private async Task<byte[]?> ExchangeAsync(CancellationToken cancellationToken)
    {
        await connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (await LoginReader.ReadPacketAsync(connection, MessageSizeMax, cancellationToken).ConfigureAwait(false) is not { } packet)
            return null;

        MySqlLoginAttempt.CheckSequence(packet, _sequence);
        _sequence = MySqlPacketHeader.Next(_sequence);
        return packet.Payload;
    }
}
