using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Tests.Accept;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>A listener that signs clients in and tells how each login ended. Alice's password is <c>secret</c>.</summary>
internal sealed class LoginFixture : IAsyncDisposable
{
    private readonly TransportFixture _transport;
    private readonly PostgresLogin _login;
    private readonly System.Threading.Channels.Channel<LoginOutcome> _outcomes = System.Threading.Channels.Channel.CreateUnbounded<LoginOutcome>();

    public LoginFixture(
        ListenerTlsMode tls = ListenerTlsMode.Prefer,
        TlsIdentity? identity = null,
        TimeSpan? timeout = null,
        TransportKind kind = TransportKind.Socket,
        ScramAccount? alice = null)
    {
        var salt = new byte[16];
        var account = alice ?? new ScramAccount(salt, 4096, [Credential("secret", salt)]);
        var stranger = new ScramAccount(new byte[16], 4096, [Credential(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), salt)]);
        _login = new(new()
        {
            TlsMode = tls,
            Identity = identity,
            FindUser = name => name == "alice" ? account : stranger,
            Limiter = Limiter,
            Timeout = timeout ?? TransportFixture.Soon,
            Clock = TimeProvider.System,
        });
        _transport = new(kind, ServeAsync);
    }

    public LoginLimiter Limiter { get; } = new(TimeProvider.System);

    public int Port => _transport.Port;

    public Transport Transport => _transport.Transport;

    public static ScramCredential Credential(string password, byte[] salt)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, 4096, HashAlgorithmName.SHA256, 32);
        return new(SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8)), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    public async Task<ScriptedClient> ConnectAsync() => new(await _transport.ConnectAsync());

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

    public async ValueTask DisposeAsync() => await _transport.DisposeAsync();

    private async Task ServeAsync(Connection connection, CancellationToken stop)
    {
        var outcome = await _login.RunAsync(connection, stop);
        _outcomes.Writer.TryWrite(outcome);
        switch (outcome)
        {
            case LoginAccepted:
                PgParameterStatus.Write(connection.Output, "server_version"u8, "15.0"u8);
                PgParameterStatus.Write(connection.Output, "client_encoding"u8, "UTF8"u8);
                PgReadyForQuery.Write(connection.Output, PgTransactionStatus.Idle);
                await connection.Output.FlushAsync(stop);
                await connection.Input.ReadAsync(stop);
                break;
            case LoginRefused or LoginBroken { Violation: Wire.ProtocolViolation.MessageMalformed }:
                await connection.LingerAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
                break;
            default:
                // Nobody is told anything.
                break;
        }
    }
}
