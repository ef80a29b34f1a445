using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Storage.Users;
using JitProxy.Wire.MySql;
using TransportKind = JitProxy.Server.Accept.TransportKind;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>A listener that signs MySQL clients in and tells how each login ended. Alice's password is <c>secret</c>.</summary>
internal sealed class MySqlLoginFixture : IAsyncDisposable
{
    public const MySqlCapabilities Server = MySqlCapabilities.LongPassword | MySqlCapabilities.SessionTrack | MySqlCapabilities.DeprecateEof | MySqlCapabilities.FoundRows
        | MySqlCapabilities.LocalFiles | MySqlCapabilities.MultiStatements | MySqlCapabilities.Compress | MySqlCapabilities.IgnoreSpace | MySqlCapabilities.Ssl;

    public static readonly MySqlGreeting MySql = MySqlGreeting.Of("9.7.4", Server, 255);
    public static readonly MySqlGreeting MariaDb = MySqlGreeting.Of("5.5.5-10.11.19-MariaDB", Server & ~MySqlCapabilities.LongPassword, 8);

    private readonly TransportFixture _transport;
    private readonly MySqlLogin _login;
    private readonly MySqlGreeting _greeting;
    private readonly MySqlRsaKey _key = new();
    private readonly System.Threading.Channels.Channel<LoginOutcome> _outcomes = System.Threading.Channels.Channel.CreateUnbounded<LoginOutcome>();
    private uint _lastId = 100;

    public MySqlLoginFixture(
        ListenerTlsMode tls = ListenerTlsMode.Prefer,
        TlsIdentity? identity = null,
        bool hasKey = true,
        TimeSpan? timeout = null,
        TransportKind kind = TransportKind.Socket,
        MySqlGreeting? greeting = null,
        MySqlAccount? alice = null)
    {
        var account = alice ?? new([Credential("secret")]);
        var stranger = new MySqlAccount([Credential("nobody knows this")]);
        _greeting = greeting ?? MySql;
        _login = new(new()
        {
            TlsMode = tls,
            Identity = identity,
            RsaKey = hasKey ? _key : null,
            FindUser = name => name == "alice" ? account : stranger,
            NextConnectionId = () => ++_lastId,
            Limiter = Limiter,
            Timeout = timeout ?? TransportFixture.Soon,
            Clock = TimeProvider.System,
        });
        _transport = new(kind, ServeAsync);
    }

    public LoginLimiter Limiter { get; } = new(TimeProvider.System);

    public int Port => _transport.Port;

    public static MySqlCredential Credential(string password, long? token = null, DateTimeOffset? end = null)
    {
        if (!PasswordVerifiers.TryDerive(password, new byte[16], 4096, out var verifiers, out var fault))
            throw new ArgumentException(fault, nameof(password));

        return new(verifiers.Sha256Twice, verifiers.Sha1Twice, token, end);
    }

    public async Task<MySqlScriptedPeer> ConnectAsync(bool isSliced = false) => new(await ConnectBareAsync()) { IsSliced = isSliced };

    public Task<Connection> ConnectBareAsync() => _transport.ConnectAsync();

    /// <summary>How the next login ended.</summary>
    public async Task<LoginOutcome> OutcomeAsync()
    {
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        return await _outcomes.Reader.ReadAsync(slow.Token);
    }

    /// <summary>How the next login ended, which must be this way.</summary>
    public async Task<T> OutcomeAsync<T>()
        where T : LoginOutcome
    {
        var outcome = await OutcomeAsync();
        return outcome as T ?? throw new InvalidOperationException($"the login ended as {outcome}");
    }

    /// <summary>Why the next login was refused.</summary>
    public async Task<LoginRefusal> RefusalAsync() => (await OutcomeAsync<LoginRefused>()).Refusal;

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        _key.Dispose();
    }

    private async Task ServeAsync(Connection connection, CancellationToken stop)
    {
        var outcome = await _login.RunAsync(connection, _greeting, stop);
        _outcomes.Writer.TryWrite(outcome);
        switch (outcome)
        {
            case MySqlLoginAccepted accepted:
                await AnswerAsync(connection, accepted, stop);
                break;
            case LoginRefused:
                await connection.LingerAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
                break;
            default:
                // Nobody is told anything.
                break;
        }
    }

    // Every command is answered with OK, which is enough for clients to connect, ping and leave.
    private static async Task AnswerAsync(Connection connection, MySqlLoginAccepted accepted, CancellationToken stop)
    {
        var sequence = accepted.Sequence;
        MySqlOk.Write(connection.Output, ref sequence, accepted.Capabilities, MySqlServerStatus.Autocommit);
        await connection.Output.FlushAsync(stop);
        while (await LoginReader.ReadPacketAsync(connection, 1 << 20, stop) is { } command && command.Payload is not [(byte)MySqlCommand.Quit])
        {
            sequence = MySqlPacketHeader.Next(command.Sequence);
            MySqlOk.Write(connection.Output, ref sequence, accepted.Capabilities, MySqlServerStatus.Autocommit);
            await connection.Output.FlushAsync(stop);
        }
    }
}
