// One client's way in: greeting -> perhaps TLS, once -> handshake response -> limiter -> proof. The OK at the end is the session's to write.
using System.Diagnostics.CodeAnalysis;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>The login of one connection.</summary>
internal sealed class MySqlLoginAttempt : ILoginAttempt
{
    private const int ResponseSizeMax = MySqlAttributes.SizeMax + 4096;
    private const int TlsHandshakeByte = 0x16;
    private const int UserSizeMax = 63;
    private const int DatabaseSizeMax = 256;
    private const int ProgramSizeMax = 63;

    private readonly Connection _connection;
    private readonly MySqlGreeting _greeting;
    private readonly MySqlLoginOptions _options;
    private readonly MySqlCapabilities _offered;
    private byte _sequence;
    private string? _user;
    private string? _database;

    /// <summary>A login that has not begun.</summary>
    public MySqlLoginAttempt(Connection connection, MySqlGreeting greeting, MySqlLoginOptions options)
    {
        (_connection, _greeting, _options) = (connection, greeting, options);
        var hasTls = options.TlsMode != ListenerTlsMode.Disable && options.Identity is not null;
        _offered = (greeting.Capabilities & ~MySqlCapabilities.Ssl) | (hasTls ? MySqlCapabilities.Ssl : default);
    }

    /// <summary>A packet out of order may be an answer to something that was never asked.</summary>
    /// <exception cref="ProtocolViolationException">It has another number.</exception>
    public static void CheckSequence(LoginPacket packet, byte expected)
    {
        if (packet.Sequence != expected)
            ProtocolViolationException.Throw(ProtocolViolation.SequenceNumber);
    }

    /// <inheritdoc/>
    public LoginRefused Refused(LoginRefusal reason, string why) => new(reason, _user, _database, why);

    /// <inheritdoc/>
    public async Task<LoginOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var (nonce, connectionId) = (MySqlAuthentication.NewNonce(), _options.NextConnectionId());
        MySqlHandshake.Write(
            _connection.Output, ref _sequence, System.Text.Encoding.ASCII.GetBytes(_greeting.Version), connectionId, _offered, _greeting.CharacterSet,
            MySqlServerStatus.Autocommit, MySqlPluginName.Of(_greeting.Plugin), nonce);
        var packet = await ExchangeAsync(cancellationToken).ConfigureAwait(false);
        if (packet is { Payload.Length: MySqlSslRequest.Size } request)
        {
            await StartTlsAsync(request, cancellationToken).ConfigureAwait(false);
            packet = await ExchangeAsync(cancellationToken).ConfigureAwait(false);
        }

        if (packet is not { } response)
            return new ClientLeft();

        if (!TryRead(response, nonce, connectionId, out var asked, out var refusal))
            return await RefuseAsync(refusal, cancellationToken).ConfigureAwait(false);

        return _options.Limiter.MayTry(asked.User, _connection.RemoteEndPoint, out var wait)
            ? await AuthenticateAsync(asked, cancellationToken).ConfigureAwait(false)
            : await RefuseTooManyAsync(wait, cancellationToken).ConfigureAwait(false);
    }

    private async Task StartTlsAsync(LoginPacket request, CancellationToken cancellationToken)
    {
        if (!MySqlSslRequest.TryParse(request.Payload, out _))
            ProtocolViolationException.Throw(ProtocolViolation.StartupMalformed);

        if ((_offered & MySqlCapabilities.Ssl) == 0)
            ProtocolViolationException.Throw(ProtocolViolation.MessageUnexpected);

        if (_connection.IsTls)
            ProtocolViolationException.Throw(ProtocolViolation.EncryptionRequestRepeated);

        // The client waits for no answer, so bytes that came already are no injection if they are its handshake. All of them go into the handshake.
        var first = await _connection.PeekFirstByteAsync(cancellationToken).ConfigureAwait(false);
        if (first >= 0 && first != TlsHandshakeByte)
            ProtocolViolationException.Throw(ProtocolViolation.BytesBeforeTls);

        await _connection.UpgradeToServerTlsAsync(_options.Identity!.ServerOptions(), TlsStart.Announced, cancellationToken).ConfigureAwait(false);
    }

    private bool TryRead(
        LoginPacket packet, byte[] nonce, uint connectionId, [NotNullWhen(true)] out Asked? asked, [NotNullWhen(false)] out MySqlRefusal? refusal)
    {
        asked = null;
        if (packet.Payload.Length == MySqlSslRequest.Size)
            ProtocolViolationException.Throw(ProtocolViolation.EncryptionRequestRepeated);

        if (!MySqlHandshakeResponse.TryParse(packet.Payload, out var response))
        {
            refusal = new(LoginRefusal.ProtocolVersion, 1043, "08S01", "malformed handshake response: this server speaks protocol 4.1 and later");
            return false;
        }

        // Whether there is TLS the socket knows; a client that believes it and does not have it has been lied to.
        if (!_connection.IsTls && (response.Capabilities & MySqlCapabilities.Ssl) != 0)
            ProtocolViolationException.Throw(ProtocolViolation.MessageUnexpected);

        LoginName.TryDecode(response.User, out var user);
        LoginName.TryDecode(response.Database, out var database);
        refusal = Object(response, user, database);
        if (refusal is not null)
            return false;

        (_user, _database) = (user!, database!.Length == 0 ? null : database);
        var plugin = response.Plugin.IsEmpty ? MySqlPlugin.NativePassword : MySqlPluginName.Read(response.Plugin);

        // Some clients do not repeat their request inside TLS.
        var agreed = (response.Capabilities & _offered & ~MySqlCapabilities.Ssl) | (_connection.IsTls ? MySqlCapabilities.Ssl : default);
        asked = new(
            _user, _database, agreed, response.CharacterSet, connectionId, ProgramOf(response.Attributes), plugin,
            response.AuthResponse.ToArray(), nonce);
        return true;
    }

    private MySqlRefusal? Object(MySqlHandshakeResponse response, string? user, string? database)
    {
        if (_options.TlsMode == ListenerTlsMode.Require && !_connection.IsTls)
            return new(LoginRefusal.TlsRequired, 3159, "HY000", "this server requires TLS; connect with --ssl-mode=REQUIRED, or --ssl for MariaDB's clients");

        if (LoginName.Object("user", user, UserSizeMax) is { } badUser)
            return new(LoginRefusal.Name, 1045, "28000", badUser);

        if (database is not "" && LoginName.Object("database", database, DatabaseSizeMax) is { } badDatabase)
            return new(LoginRefusal.Name, 1049, "42000", badDatabase);

        return MySqlCharacterSet.IsAllowed(response.CharacterSet)
            ? null
            : new(LoginRefusal.CharacterSet, 1115, "42000", $"character set {response.CharacterSet} is not supported; connect with utf8mb4");
    }

    private static string ProgramOf(MySqlAttributes attributes)
    {
        var program = "";
        foreach (var pair in attributes)
        {
            var isProgram = pair.Name.SequenceEqual("program_name"u8);
            if ((isProgram || (program.Length == 0 && pair.Name.SequenceEqual("_client_name"u8))) && LoginName.TryDecode(pair.Value, out var value))
                program = LoginName.Clean(value, ProgramSizeMax);
        }

        return program;
    }

    private async Task<LoginOutcome> AuthenticateAsync(Asked asked, CancellationToken cancellationToken)
    {
        var isCounted = false;
        void CountFailure()
        {
            if (!isCounted)
                _options.Limiter.Fail(asked.User, _connection.RemoteEndPoint);

            isCounted = true;
        }

        var authentication = new MySqlAuthentication(_connection, _greeting.Plugin, _options.RsaKey, _options.FindUser(asked.User), CountFailure);
        var canChange = (asked.Capabilities & MySqlCapabilities.PluginAuth) != 0;
        var (credential, fault) = await authentication.RunAsync(asked.Plugin, canChange, asked.Proof, asked.Nonce, _sequence, cancellationToken)
            .ConfigureAwait(false);
        _sequence = authentication.Sequence;
        if (fault == MySqlProofFault.Left)
            return new ClientLeft();

        // A token may end between the moment that it was looked up and the proof.
        if (credential is null || credential.ExpiresAt <= _options.Clock.GetUtcNow())
        {
            CountFailure();
            var reason = fault == MySqlProofFault.InClear ? LoginRefusal.SecretInClear : LoginRefusal.Credentials;

            // One text for every cause.
            return await RefuseAsync(new(reason, 1045, "28000", $"Access denied for user '{asked.User}' (using password: YES)"), cancellationToken)
                .ConfigureAwait(false);
        }

        if (!_options.Limiter.TrySucceed(asked.User, _connection.RemoteEndPoint, out var wait))
            return await RefuseTooManyAsync(wait, cancellationToken).ConfigureAwait(false);

        return new MySqlLoginAccepted(
            asked.User, asked.Database, asked.Capabilities, asked.CharacterSet, asked.ConnectionId, _sequence, asked.Program, credential);
    }

    // Sends what is written and reads the answer; null if the client left instead.
    private async Task<LoginPacket?> ExchangeAsync(CancellationToken cancellationToken)
    {
        if (_connection.Output.UnflushedBytes > 0)
            await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);

        if (await LoginReader.ReadPacketAsync(_connection, ResponseSizeMax, cancellationToken).ConfigureAwait(false) is not { } packet)
            return null;

        CheckSequence(packet, _sequence);
        _sequence = MySqlPacketHeader.Next(_sequence);
        return packet;
    }

    private Task<LoginOutcome> RefuseTooManyAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var message = $"too many failed logins; try again in {Math.Ceiling(wait.TotalSeconds)} s";
        return RefuseAsync(new(LoginRefusal.TooManyFailures, 1226, "42000", message), cancellationToken);
    }

    private async Task<LoginOutcome> RefuseAsync(MySqlRefusal refusal, CancellationToken cancellationToken)
    {
        MySqlError.Write(_connection.Output, ref _sequence, refusal.Code, refusal.SqlState, refusal.Message);
        await _connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return Refused(refusal.Reason, refusal.Message);
    }

    private sealed record MySqlRefusal(LoginRefusal Reason, ushort Code, string SqlState, string Message);

    private sealed record Asked(
        string User,
        string? Database,
        MySqlCapabilities Capabilities,
        byte CharacterSet,
        uint ConnectionId,
        string Program,
        MySqlPlugin Plugin,
        byte[] Proof,
        byte[] Nonce);
}
