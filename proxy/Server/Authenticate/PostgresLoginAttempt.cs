// One client's way in: opening packets (loop with a bound, never recursion) -> startup packet -> limiter -> SCRAM.
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Authenticate;

/// <summary>The login of one connection.</summary>
internal sealed class PostgresLoginAttempt : ILoginAttempt
{
    private const int TlsHandshakeByte = 0x16;
    private const int MinorMax = 2;
    private const int MessageSizeMax = 2 * ScramText.MessageSizeMax;
    private const string Alpn = "postgresql";
    private static readonly SslApplicationProtocol AlpnProtocol = new(Alpn);

    private readonly Connection _connection;
    private readonly PostgresLoginOptions _options;
    private string? _user;
    private string? _database;

    /// <summary>A login that has not begun.</summary>
    public PostgresLoginAttempt(Connection connection, PostgresLoginOptions options) => (_connection, _options) = (connection, options);

    /// <inheritdoc/>
    public async Task<LoginOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var first = await _connection.PeekFirstByteAsync(cancellationToken).ConfigureAwait(false);
        if (first < 0)
            return new ClientLeft();

        if (first == TlsHandshakeByte)
            await StartDirectTlsAsync(cancellationToken).ConfigureAwait(false);

        // Each request for encryption is answered once, so this ends.
        bool sawSsl = _connection.IsTls, sawGss = _connection.IsTls;
        while (await LoginReader.ReadOpeningAsync(_connection, cancellationToken).ConfigureAwait(false) is { } packet)
        {
            switch (packet.Kind)
            {
                case PgOpeningKind.SslRequest:
                    CheckRequest(packet, ref sawSsl);
                    await AnswerSslRequestAsync(cancellationToken).ConfigureAwait(false);
                    sawGss |= _connection.IsTls;
                    break;
                case PgOpeningKind.GssEncRequest:
                    CheckRequest(packet, ref sawGss);
                    await AnswerAsync((byte)'N', cancellationToken).ConfigureAwait(false);
                    break;
                case PgOpeningKind.CancelRequest:
                    return ReadCancel(packet.Body);
                case PgOpeningKind.Startup:
                    return await StartAsync(packet.Body, cancellationToken).ConfigureAwait(false);
            }
        }

        return new ClientLeft();
    }

    /// <inheritdoc/>
    public LoginRefused Refused(LoginRefusal reason, string why) => new(reason, _user, _database, why);

    private static void CheckRequest(OpeningPacket packet, ref bool wasSeen)
    {
        if (wasSeen)
            ProtocolViolationException.Throw(ProtocolViolation.EncryptionRequestRepeated);

        // A client waits for the answer. Bytes behind the request may have been put there by somebody who wants them read after the handshake.
        if (packet.IsFollowed)
            ProtocolViolationException.Throw(ProtocolViolation.BytesBeforeTls);

        wasSeen = true;
    }

    private static CancelAsked ReadCancel(byte[] body)
    {
        if (!PgCancelRequest.TryParse(body, out var request))
            ProtocolViolationException.Throw(ProtocolViolation.StartupMalformed);

        return new CancelAsked(request.ProcessId, request.Key.ToArray());
    }

    private async Task StartDirectTlsAsync(CancellationToken cancellationToken)
    {
        var identity = _options.TlsMode == ListenerTlsMode.Disable ? null : _options.Identity;
        if (identity is null)
            ProtocolViolationException.Throw(ProtocolViolation.StartupMalformed);

        await _connection.UpgradeToServerTlsAsync(identity.ServerOptions(AlpnProtocol), TlsStart.Direct, cancellationToken).ConfigureAwait(false);
        if (_connection.Tls?.ApplicationProtocol != Alpn)
            ProtocolViolationException.Throw(ProtocolViolation.DirectTlsWithoutAlpn);
    }

    private async Task AnswerSslRequestAsync(CancellationToken cancellationToken)
    {
        if (_options.Identity is not { } identity || _options.TlsMode == ListenerTlsMode.Disable)
        {
            await AnswerAsync((byte)'N', cancellationToken).ConfigureAwait(false);
            return;
        }

        await AnswerAsync((byte)'S', cancellationToken).ConfigureAwait(false);
        await _connection.UpgradeToServerTlsAsync(identity.ServerOptions(AlpnProtocol), TlsStart.Requested, cancellationToken).ConfigureAwait(false);
    }

    private async Task AnswerAsync(byte answer, CancellationToken cancellationToken)
    {
        _connection.Output.GetSpan(1)[0] = answer;
        _connection.Output.Advance(1);
        await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<LoginOutcome> StartAsync(byte[] body, CancellationToken cancellationToken)
    {
        if (!TryReadStartup(body, out var request, out var minor, out var refusal))
        {
            (_user, _database) = (refusal.User, refusal.Database);
            return await RefuseAsync(refusal.Reason, refusal.Notice, cancellationToken).ConfigureAwait(false);
        }

        (_user, _database) = (request.User, request.Database);
        if (!_options.Limiter.MayTry(request.User, _connection.RemoteEndPoint, out var wait))
            return await RefuseTooManyAsync(wait, cancellationToken).ConfigureAwait(false);

        return await AuthenticateAsync(request, minor, cancellationToken).ConfigureAwait(false);
    }

    private bool TryReadStartup(
        byte[] body,
        [NotNullWhen(true)] out StartupRequest? request,
        out int minor,
        [NotNullWhen(false)] out StartupRefusal? refusal)
    {
        (request, minor, refusal) = (null, 0, null);
        if (!PgStartup.TryParse(body, out var packet))
        {
            // Another major version may well have another layout.
            if (body.Length >= sizeof(int) && (body[0] != 0 || body[1] != 3))
            {
                refusal = new(LoginRefusal.ProtocolVersion, VersionNotice());
                return false;
            }

            ProtocolViolationException.Throw(ProtocolViolation.StartupMalformed);
        }

        if (packet.Version >> 16 != 3)
        {
            refusal = new(LoginRefusal.ProtocolVersion, VersionNotice());
            return false;
        }

        if (_options.TlsMode == ListenerTlsMode.Require && !_connection.IsTls)
        {
            refusal = new(LoginRefusal.TlsRequired, new("FATAL", "28000", "this server requires TLS", null, "Connect with sslmode=require or stricter."));
            return false;
        }

        minor = Negotiate(packet);
        return StartupRequest.TryCreate(packet, out request, out refusal);
    }

    private static PgNotice VersionNotice() => new("FATAL", "0A000", "unsupported protocol version: this server speaks 3.0 and 3.2");

    // 3.1 was never released, so whoever asks for it can be given 3.0 only.
    private int Negotiate(PgStartup packet)
    {
        var asked = packet.Version & 0xFFFF;
        var minor = asked >= MinorMax ? MinorMax : 0;
        var unknown = StartupRequest.UnknownOptions(packet);
        if (asked != minor || unknown.Count > 0)
            PgNegotiateProtocolVersion.Write(_connection.Output, (3 << 16) | minor, unknown);

        return minor;
    }

    private async Task<LoginOutcome> AuthenticateAsync(StartupRequest request, int minor, CancellationToken cancellationToken)
    {
        byte[]? binding = null;
        if (_connection.Tls is { } tls && ChannelBinding.TryCompute(tls.ServerCertificate, out binding))
            PgAuthentication.WriteSasl(_connection.Output, ScramText.Plus, ScramText.Plain);
        else
            PgAuthentication.WriteSasl(_connection.Output, ScramText.Plain);

        var account = _options.FindUser(request.User);
        var initial = await ExchangeAsync(cancellationToken).ConfigureAwait(false);
        if (initial is null)
            return new ClientLeft();

        var fault = Begin(initial, account, binding, out var server);
        if (fault != ScramFault.None)
            return await FailAsync(fault, cancellationToken).ConfigureAwait(false);

        var response = await ExchangeAsync(cancellationToken).ConfigureAwait(false);
        if (response is null)
            return new ClientLeft();

        fault = server.TryFinish(response, out var final, out var credential);
        if (fault != ScramFault.None || IsOver(credential!))
            return await FailAsync(fault, cancellationToken).ConfigureAwait(false);

        if (!_options.Limiter.TrySucceed(request.User, _connection.RemoteEndPoint, out var wait))
            return await RefuseTooManyAsync(wait, cancellationToken).ConfigureAwait(false);

        PgAuthentication.WriteSaslFinal(_connection.Output, final);
        PgAuthentication.WriteOk(_connection.Output);
        return new LoginAccepted(request.User, request.Database, request.Settings, minor, credential!, request.Grant);
    }

    // A token may end between the moment that it was looked up and the proof.
    private bool IsOver(ScramCredential credential) => credential.ExpiresAt is { } end && end <= _options.Clock.GetUtcNow();

    private ScramFault Begin(byte[] body, ScramAccount account, byte[]? binding, out ScramServer server)
    {
        server = new ScramServer(account, binding, isPlus: false);
        if (!PgSaslInitialResponse.TryParse(body, out var initial) || initial.Data.IsNull)
            return ScramFault.Malformed;

        var isPlus = initial.Mechanism.SequenceEqual(ScramText.Plus);
        if (isPlus ? binding is null : !initial.Mechanism.SequenceEqual(ScramText.Plain))
            return ScramFault.Malformed;

        server = new ScramServer(account, binding, isPlus);
        var fault = server.TryBegin(initial.Data.Bytes, out var serverFirst);
        if (fault == ScramFault.None)
            PgAuthentication.WriteSaslContinue(_connection.Output, serverFirst);

        return fault;
    }

    // Sends what is written and reads the answer; null if the client left instead, as clients do that have to ask for a password first.
    private async Task<byte[]?> ExchangeAsync(CancellationToken cancellationToken)
    {
        await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        var message = await LoginReader.ReadMessageAsync(_connection, MessageSizeMax, cancellationToken).ConfigureAwait(false);
        if (message is { Tag: not (byte)PgClientTag.Password })
            ProtocolViolationException.Throw(ProtocolViolation.MessageUnexpected);

        return message?.Body;
    }

    private async Task<LoginOutcome> FailAsync(ScramFault fault, CancellationToken cancellationToken)
    {
        _options.Limiter.Fail(_user!, _connection.RemoteEndPoint);
        if (fault == ScramFault.Malformed)
        {
            PgErrorResponse.Write(_connection.Output, new PgNotice("FATAL", "08P01", "malformed SCRAM message"));
            await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            return new LoginBroken(ProtocolViolation.MessageMalformed);
        }

        // One text for every cause.
        var notice = new PgNotice("FATAL", "28P01", $"password authentication failed for user \"{_user}\"");
        return await RefuseAsync(LoginRefusal.Credentials, notice, cancellationToken).ConfigureAwait(false);
    }

    private Task<LoginOutcome> RefuseTooManyAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var notice = new PgNotice("FATAL", "53300", "too many failed logins", null, $"Try again in {Math.Ceiling(wait.TotalSeconds)} s.");
        return RefuseAsync(LoginRefusal.TooManyFailures, notice, cancellationToken);
    }

    private async Task<LoginOutcome> RefuseAsync(LoginRefusal reason, PgNotice notice, CancellationToken cancellationToken)
    {
        PgErrorResponse.Write(_connection.Output, notice);
        await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return Refused(reason, notice.Message);
    }
}
