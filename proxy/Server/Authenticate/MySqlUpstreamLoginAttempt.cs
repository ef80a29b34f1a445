// The proxy's way in to a server: greeting -> TLS if configured -> handshake response -> whatever the server asks for, within what is allowed -> OK.
using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>The login of one connection to an upstream.</summary>
internal sealed class MySqlUpstreamLoginAttempt(Connection connection, UpstreamConfiguration target, UpstreamTls tls, MySqlUpstreamWish wish)
{
    private const int MessageSizeMax = 64 * 1024;
    private const int MessageCountMax = 8;
    private const uint PacketSizeMax = MySqlPacketHeader.PayloadSizeLimit;

    // What is asked for in any case, and what only if the client behind has it too. Nothing else is, whatever anybody claims: no files of the
    // client, no second statement in a text, no other reading of texts, no compression.
    private const MySqlCapabilities Always = MySqlCapabilities.Protocol41 | MySqlCapabilities.SecureConnection | MySqlCapabilities.PluginAuth
        | MySqlCapabilities.PluginAuthLenencData | MySqlCapabilities.LongPassword | MySqlCapabilities.LongFlag | MySqlCapabilities.Transactions
        | MySqlCapabilities.ConnectAttributes | MySqlCapabilities.MultiResults | MySqlCapabilities.PsMultiResults | MySqlCapabilities.SessionTrack;

    private const MySqlCapabilities AsClient = MySqlCapabilities.FoundRows | MySqlCapabilities.DeprecateEof;

    private static readonly KeyValuePair<byte[], byte[]>[] Attributes =
        [new(Encoding.ASCII.GetBytes("program_name"), Encoding.ASCII.GetBytes("jitproxy"))];

    private readonly MySqlUpstreamPassword _password = new(target);
    private string _version = "";
    private uint _connectionId;
    private MySqlCapabilities _offered;
    private MySqlCapabilities _agreed;
    private byte _characterSet;
    private byte _sequence;

    /// <summary>Takes the connection to its result.</summary>
    public async Task<UpstreamLoginResult<MySqlUpstreamSession>> RunAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } greeting)
            return new(null, Fault("it closed the connection"));

        if (TakeGreeting(greeting.Payload) is { } fault)
            return new(null, fault);

        if (await EncryptAsync(cancellationToken).ConfigureAwait(false) is { } refused)
            return new(null, refused);

        if (!TryWriteResponse())
            return new(null, Fault("user or database cannot be named in a login"));

        for (var count = 0; count < MessageCountMax; count++)
        {
            await connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } packet)
                return new(null, Fault("it closed the connection"));

            if (TakeAnswer(packet, out var session) is { } why)
                return new(null, why);

            if (session is not null)
                return new(session, null);
        }

        return new(null, Fault("it never becomes ready"));
    }

    private UpstreamFault Fault(string why) => UpstreamRun.Fault(target, why);

    private UpstreamFault Broken() => Fault("it broke the protocol");

    private UpstreamFault? TakeGreeting(byte[] payload)
    {
        if (payload is [MySqlError.Header, ..])
            return TakeError(payload);

        if (!MySqlHandshake.TryParse(payload, out var greeting))
            return Fault("it does not greet as MySQL 5.7 and later or MariaDB do");

        var nonce = new byte[MySqlHandshake.NonceSize];
        greeting.CopyNonce(nonce);
        _version = Encoding.UTF8.GetString(greeting.ServerVersion);
        (_connectionId, _offered, _characterSet) = (greeting.ConnectionId, greeting.Capabilities, greeting.CharacterSet);
        _agreed = _offered & (Always | (wish.Capabilities & AsClient) | (wish.Database is null ? default : MySqlCapabilities.ConnectWithDb));
        _password.Begin(MySqlPluginName.Read(greeting.Plugin), nonce);
        return null;
    }

    private async Task<UpstreamFault?> EncryptAsync(CancellationToken cancellationToken)
    {
        if (target.Tls == UpstreamTlsMode.Disable)
            return null;

        if ((_offered & MySqlCapabilities.Ssl) == 0)
            return target.Tls == UpstreamTlsMode.Prefer ? null : Fault("it does not offer TLS, which the configuration asks for");

        _agreed |= MySqlCapabilities.Ssl;
        MySqlSslRequest.Write(connection.Output, ref _sequence, _agreed, PacketSizeMax, MySqlCharacterSet.Utf8);
        await connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);

        // Whatever the server sent behind its greeting would be read as if it had come through TLS; the upgrade refuses it.
        await connection.UpgradeToClientTlsAsync(tls.ClientOptions(), cancellationToken).ConfigureAwait(false);
        return null;
    }

    private bool TryWriteResponse()
    {
        try
        {
            var database = wish.Database is null ? [] : Encoding.UTF8.GetBytes(wish.Database);
            MySqlHandshakeResponse.Write(
                connection.Output, ref _sequence, _agreed, PacketSizeMax, MySqlCharacterSet.Utf8, Encoding.UTF8.GetBytes(target.User), _password.Proof(),
                database, MySqlPluginName.Of(_password.Plugin), (_agreed & MySqlCapabilities.ConnectAttributes) == 0 ? [] : Attributes);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private UpstreamFault? TakeAnswer(LoginPacket packet, out MySqlUpstreamSession? session)
    {
        session = null;
        switch (packet.Payload)
        {
            case [MySqlOk.Header, ..] when !packet.IsFollowed && MySqlOk.TryParse(packet.Payload, _agreed, out var ok):
                session = new(_version, _connectionId, _agreed, _offered, _characterSet, ok.Status & ~MySqlServerStatus.SessionStateChanged);
                return null;
            case [MySqlError.Header, ..]:
                return TakeError(packet.Payload);
            case [MySqlAuthSwitchRequest.Header, ..]:
                return TakeSwitch(packet.Payload);
            case [MySqlAuthMoreData.Header, ..] when MySqlAuthMoreData.TryParse(packet.Payload, out var more):
                var fault = _password.TakeMore(more.Data, connection, out var answer);
                if (answer is not null)
                    MySqlAuthMoreData.WriteResponse(connection.Output, ref _sequence, answer);

                CryptographicOperations.ZeroMemory(answer);
                return fault is null ? null : Fault(fault);
            default:
                return Broken();
        }
    }

    private UpstreamFault? TakeSwitch(byte[] payload)
    {
        if (!MySqlAuthSwitchRequest.TryParse(payload, out var request))
            return Fault("it asks for the password in a form of before MySQL 4.1");

        if (_password.Change(MySqlPluginName.Read(request.Plugin), request.Data) is { } fault)
            return Fault(fault);

        MySqlAuthMoreData.WriteResponse(connection.Output, ref _sequence, _password.Proof());
        return null;
    }

    private UpstreamFault TakeError(byte[] payload)
    {
        if (!MySqlError.TryParse(payload, out var error) || error.IsProgress)
            return Broken();

        var state = Encoding.ASCII.GetString(error.SqlState);
        var sqlState = state.Length == 5 && state.All(char.IsAsciiLetterOrDigit) ? state : null;
        return UpstreamRun.Fault(
            target, $"it refuses with error {error.Code} (SQLSTATE {sqlState ?? "missing"})", MySqlSignInCode.SqlStateOf(error.Code, sqlState),
            Encoding.UTF8.GetString(error.Message), error.Code);
    }

    private async Task<LoginPacket?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await LoginReader.ReadPacketAsync(connection, MessageSizeMax, cancellationToken).ConfigureAwait(false) is not { } packet)
            return null;

        MySqlLoginAttempt.CheckSequence(packet, _sequence);
        _sequence = MySqlPacketHeader.Next(_sequence);
        return packet;
    }
}
