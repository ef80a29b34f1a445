using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>A client that sends single messages and sees single messages; to the proxy as well as to the server.</summary>
internal sealed class WireClient : IAsyncDisposable
{
    /// <summary>How long an answer may take before the test fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Transport _transport;
    private readonly Connection _connection;

    private WireClient(Transport transport, Connection connection, UpstreamSession session) =>
        (_transport, _connection, Session) = (transport, connection, session);

    /// <summary>What the login told.</summary>
    public UpstreamSession Session { get; }

    /// <summary>How many Query and Sync messages were written: so many times the server becomes ready.</summary>
    public int Asked { get; private set; }

    /// <summary>Signs in to app.</summary>
    public static async Task<WireClient> ConnectAsync(int port, string user = "alice", string? password = ThrowAwayProxy.Password)
    {
        using var slow = new CancellationTokenSource(Patience);
        var transport = Transport.Create(new() { Kind = TransportKind.Socket }, NullLogger.Instance);
        var connected = await new Connector(transport, TimeProvider.System).ConnectAsync("127.0.0.1", port, Patience);
        if (!connected.TryGet(out var connection, out var fault))
            throw new IOException(fault);

        var target = new UpstreamConfiguration { Host = "127.0.0.1", Port = port, User = user, Password = password, Tls = UpstreamTlsMode.Disable, Ca = null };
        var login = await new UpstreamLogin(target, new()).RunAsync(connection, "app", new Dictionary<string, string>(), slow.Token);
        return login.TryGet(out var session, out var refused)
            ? new(transport, connection, session)
            : throw new IOException($"{refused.Message} {refused.ServerText}");
    }

    /// <summary>The text of a value of a message, and what is not text as dots.</summary>
    public static string Show(LoginMessage message) =>
        (char)message.Tag + ":" + string.Concat(Encoding.UTF8.GetString(message.Body).Select(static c => char.IsControl(c) ? '.' : c));

    public WireClient Query(string text)
    {
        Asked++;
        PgQuery.Write(_connection.Output, Encoding.UTF8.GetBytes(text));
        return this;
    }

    public WireClient Parse(string name, string text, params uint[] types)
    {
        PgParse.Write(_connection.Output, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(text), types);
        return this;
    }

    /// <summary>Bind, with all results text (0) or binary (1), and parameters as text.</summary>
    public WireClient Bind(string portal, string statement, short format = 0, params string[] parameters)
    {
        var values = parameters.Select(static p => (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(p)).ToArray();
        PgBind.Write(_connection.Output, Encoding.UTF8.GetBytes(portal), Encoding.UTF8.GetBytes(statement), [], values, [format]);
        return this;
    }

    public WireClient Describe(PgObjectKind kind, string name)
    {
        PgDescribe.Write(_connection.Output, kind, Encoding.UTF8.GetBytes(name));
        return this;
    }

    public WireClient Execute(string portal, int rowsMax = 0)
    {
        PgExecute.Write(_connection.Output, Encoding.UTF8.GetBytes(portal), rowsMax);
        return this;
    }

    public WireClient Close(PgObjectKind kind, string name)
    {
        PgClose.Write(_connection.Output, kind, Encoding.UTF8.GetBytes(name));
        return this;
    }

    public WireClient Sync()
    {
        Asked++;
        return Raw(PgMessages.Sync);
    }

    public WireClient Flush() => Raw(PgMessages.Flush);

    /// <summary>Bytes as they are.</summary>
    public WireClient Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_connection.Output.GetSpan(bytes.Length));
        _connection.Output.Advance(bytes.Length);
        return this;
    }

    /// <summary>Sends what was written.</summary>
    public async Task SendAsync() => await _connection.Output.FlushAsync();

    /// <summary>The next message; null at the connection's end.</summary>
    public async Task<LoginMessage?> ReadAsync()
    {
        using var slow = new CancellationTokenSource(Patience);
        return await LoginReader.ReadMessageAsync(_connection, 1 << 28, slow.Token);
    }

    /// <summary>Sends, and reads up to and with the message of this type, so often.</summary>
    public async Task<List<LoginMessage>> RunAsync(PgServerTag last = PgServerTag.ReadyForQuery, int times = 1)
    {
        await SendAsync();
        var messages = new List<LoginMessage>();
        while (times > 0)
        {
            var message = await ReadAsync() ?? throw new IOException($"closed after {string.Join(' ', messages.Select(Show))}");
            messages.Add(message);
            if (message.Tag == (byte)last)
                times--;
        }

        return messages;
    }

    /// <summary>Goes away without a word.</summary>
    public void Abort() => _connection.Abort();

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _transport.Dispose();
    }
}
