// The proxy's way in to a server: TLS if configured -> startup packet -> whatever the server asks for, within what is allowed -> ready.
using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Authenticate;

/// <summary>The login of one connection to an upstream.</summary>
internal sealed class UpstreamLoginAttempt
{
    private const int MessageSizeMax = 64 * 1024;
    private const int MessageCountMax = 1000;

    private readonly Connection _connection;
    private readonly UpstreamConfiguration _target;
    private readonly ScramKeyCache _keys;
    private readonly Dictionary<string, string> _statuses = new(StringComparer.Ordinal);
    private Step _step;
    private ScramClient? _scram;
    private int _processId;
    private byte[] _cancelKey = [];

    /// <summary>A login that has not begun.</summary>
    public UpstreamLoginAttempt(Connection connection, UpstreamConfiguration target, ScramKeyCache keys) =>
        (_connection, _target, _keys) = (connection, target, keys);

    // What the server may say next; nothing else is accepted, so that it cannot skip its half of SCRAM.
    private enum Step : byte
    {
        Request,
        ScramContinue,
        ScramFinal,
        Ok,
        Ready,
    }

    /// <summary>Starts TLS if it is configured; the fault if that fails.</summary>
    public async Task<UpstreamFault?> EncryptAsync(UpstreamTls tls, CancellationToken cancellationToken)
    {
        if (_target.Tls == UpstreamTlsMode.Disable)
            return null;

        PgSslRequest.Write(_connection.Output);
        await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        var read = await _connection.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Buffer.IsEmpty)
            return Fault("it closed the connection");

        // One byte is the whole answer. Whatever follows it was sent in clear and would be read as if it had come through TLS; an error
        // text at this point could be anybody's, so it is not even read.
        var (answer, isFollowed) = (read.Buffer.FirstSpan[0], read.Buffer.Length > 1);
        _connection.Input.AdvanceTo(read.Buffer.GetPosition(1));
        if (answer == (byte)'S' && !isFollowed)
        {
            await _connection.UpgradeToClientTlsAsync(tls.ClientOptions(), cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (answer == (byte)'N' && !isFollowed)
            return _target.Tls == UpstreamTlsMode.Prefer ? null : Fault("it does not offer TLS, which the configuration asks for");

        return Fault(
            isFollowed && answer is (byte)'S' or (byte)'N' ? "bytes in clear came ahead of the TLS handshake" : "it does not understand a request for TLS");
    }

    /// <summary>Sends the startup packet and answers until the session is ready.</summary>
    public async Task<UpstreamLoginResult<UpstreamSession>> SignInAsync(
        string database, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        if (!TryWriteStartup(database, settings))
            return new(null, Fault("the startup parameters are too long"));

        for (var count = 0; count < MessageCountMax; count++)
        {
            if (_connection.Output.UnflushedBytes > 0)
                await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);

            var message = await LoginReader.ReadMessageAsync(_connection, MessageSizeMax, cancellationToken).ConfigureAwait(false);
            if (message is not { } received)
                return new(null, Fault("it closed the connection"));

            if (Take(received, out var session) is { } fault)
                return new(null, fault);

            if (session is not null)
                return new(session, null);
        }

        return new(null, Fault("it never becomes ready"));
    }

    private UpstreamFault Fault(string why, string? sqlState = null, string? serverText = null) =>
        UpstreamRun.Fault(_target, why, sqlState, serverText);

    private bool TryWriteStartup(string database, IReadOnlyDictionary<string, string> settings)
    {
        var parameters = new List<KeyValuePair<byte[], byte[]>>();
        void Add(string name, string value) => parameters.Add(new(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value)));
        Add("user", _target.User);
        Add("database", database);
        Add("client_encoding", "UTF8");
        foreach (var (name, value) in settings)
        {
            // These are not settings: they would make it another session.
            if (name is "user" or "database" or "replication" or "options" or "client_encoding")
                throw new ArgumentException($"{name} is not a setting that a session may begin with", nameof(settings));

            Add(name, value);
        }

        try
        {
            PgStartup.Write(_connection.Output, PgStartup.Version30, parameters.ToArray());
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private UpstreamFault? Take(LoginMessage message, out UpstreamSession? session)
    {
        session = null;
        switch ((PgServerTag)message.Tag)
        {
            case PgServerTag.NoticeResponse:
                return null;
            case PgServerTag.ErrorResponse:
                return TakeError(message.Body);
            case PgServerTag.Authentication when _step != Step.Ready:
                return PgAuthentication.TryParse(message.Body, out var authentication) ? TakeAuthentication(authentication) : Broken();
            case PgServerTag.ParameterStatus when _step == Step.Ready && PgParameterStatus.TryParse(message.Body, out var status):
                _statuses[Encoding.UTF8.GetString(status.Name)] = Encoding.UTF8.GetString(status.Value);
                return null;
            case PgServerTag.BackendKeyData when _step == Step.Ready && PgBackendKeyData.TryParse(message.Body, out var key):
                (_processId, _cancelKey) = (key.ProcessId, key.Key.ToArray());
                return null;
            case PgServerTag.ReadyForQuery when _step == Step.Ready && PgReadyForQuery.TryParse(message.Body, out var ready):
                session = new(_statuses, _processId, _cancelKey, ready.Status);
                return null;
            default:
                return Broken();
        }
    }

    private UpstreamFault Broken() => Fault("it broke the protocol");

    private UpstreamFault TakeError(byte[] body)
    {
        if (!PgErrorResponse.TryParse(body, out var error))
            return Broken();

        var code = Encoding.UTF8.GetString(error.Code);
        var sqlState = code.Length == 5 && code.All(char.IsAsciiLetterOrDigit) ? code : null;
        return Fault($"it refuses with SQLSTATE {sqlState ?? "missing"}", sqlState, Encoding.UTF8.GetString(error.Message));
    }

    private UpstreamFault? TakeAuthentication(PgAuthentication asked)
    {
        switch (asked.Kind)
        {
            // A server that trusts this address asks for nothing; one that began SCRAM has to finish it.
            case PgAuthenticationKind.Ok when _step is Step.Request or Step.Ok:
                _step = Step.Ready;
                return null;
            case PgAuthenticationKind.Sasl when _step == Step.Request:
                return BeginScram(asked);
            case PgAuthenticationKind.SaslContinue when _step == Step.ScramContinue:
                return ContinueScram(asked.Data);
            case PgAuthenticationKind.SaslFinal when _step == Step.ScramFinal:
                _step = Step.Ok;
                return _scram!.Verify(asked.Data) ? null : Fault("it does not know the password itself: somebody may be posing as the server");
            case PgAuthenticationKind.Md5Password when _step == Step.Request:
                return SendMd5(asked.Data);
            case PgAuthenticationKind.CleartextPassword when _step == Step.Request:
                return SendCleartext();
            case PgAuthenticationKind.Unknown when _step == Step.Request:
                return Fault($"it asks for authentication method {asked.Code}, which JitProxy does not speak");
            default:
                return Broken();
        }
    }

    private UpstreamFault? BeginScram(PgAuthentication asked)
    {
        if (_target.Password is not { } password)
            return NoPassword();

        var canBind = ChannelBinding.TryCompute(_connection.Tls?.ServerCertificate, out var binding);
        var isPlus = canBind && asked.Offers(ScramText.Plus);
        if (!isPlus && !asked.Offers(ScramText.Plain))
            return Fault("it offers no SASL mechanism that JitProxy speaks");

        _scram = new ScramClient(password, _keys, isPlus ? binding : null, couldBind: canBind);
        PgSaslInitialResponse.Write(_connection.Output, isPlus ? ScramText.Plus : ScramText.Plain, _scram.Begin());
        _step = Step.ScramContinue;
        return null;
    }

    private UpstreamFault? ContinueScram(ReadOnlySpan<byte> serverFirst)
    {
        if (!_scram!.TryContinue(serverFirst, out var response, out var fault))
            return Fault(fault);

        PgSaslResponse.Write(_connection.Output, response);
        _step = Step.ScramFinal;
        return null;
    }

    private UpstreamFault? SendMd5(ReadOnlySpan<byte> salt)
    {
        if (_target.Password is not { } password)
            return NoPassword();

#pragma warning disable CA5351 // The method that the server asks for is MD5.
        var inner = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(password + _target.User)));
        var outer = Convert.ToHexStringLower(MD5.HashData([.. Encoding.ASCII.GetBytes(inner), .. salt]));
#pragma warning restore CA5351
        PgPassword.Write(_connection.Output, Encoding.ASCII.GetBytes("md5" + outer));
        _step = Step.Ok;
        return null;
    }

    private UpstreamFault? SendCleartext()
    {
        if (_target.Password is not { } password)
            return NoPassword();

        // The password itself goes only to a server that has proven to be the one configured.
        if (!_connection.IsTls || _target.Tls != UpstreamTlsMode.VerifyFull)
            return Fault("it asks for the password in clear, which is only sent with tls: verify-full");

        PgPassword.Write(_connection.Output, Encoding.UTF8.GetBytes(password));
        _step = Step.Ok;
        return null;
    }

    private UpstreamFault NoPassword() => Fault("it asks for a password, and the configuration has none");
}
