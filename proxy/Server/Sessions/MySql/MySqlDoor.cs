using System.Globalization;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Cli;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Hosting;
using JitProxy.Server.Share;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Where clients of one MySQL or MariaDB server come in.</summary>
internal sealed class MySqlDoor : Door
{
    private readonly MySqlLogin _login;
    private readonly MySqlDialer _dialer;
    private readonly MySqlLanes _lanes;
    private readonly UpstreamPool<DialedMySql> _pool;
    private readonly SemaphoreSlim _greetingTurn = new(1, 1);
    private volatile MySqlGreeting? _greeting;

    /// <summary>The door of a server; the transport outlives it.</summary>
    /// <exception cref="IOException">Certificate or key cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Certificate or key cannot be used.</exception>
    public MySqlDoor(ProxyRuntime runtime, ServerConfiguration server, Transport transport)
        : this(runtime, server, transport, IdentityOf(server))
    {
    }

    private MySqlDoor(ProxyRuntime runtime, ServerConfiguration server, Transport transport, TlsIdentity? identity)
        : base(runtime, server.Name, transport, identity)
    {
        _dialer = new(new(transport, runtime.Clock), runtime.Policies, Log);
        _pool = new(
            () => runtime.Policies.Current.Configuration.Servers[server.Name].Upstream.Pool, static upstream => upstream.Connection,
            ServiceCommands.ResetAsync, runtime.Clock);
        _lanes = new(server.Name, _dialer, runtime.Policies, runtime.Clock);
        _login = new(new()
        {
            TlsMode = server.Tls.Mode,
            Identity = identity,
            RsaKey = runtime.RsaKey,
            FindUser = name => MySqlAccount.Of(runtime.Users.FindOrMock(name), runtime.Clock.GetUtcNow()),
            NextConnectionId = runtime.Numbers.Next,
            Limiter = runtime.Logins,
            Timeout = runtime.Policies.Current.Limits.LoginTimeout,
            Clock = runtime.Clock,
        });
    }

    /// <inheritdoc/>
    public override (PoolFigures Pool, LaneFigures Lanes) Look() => (_pool.Look(), _lanes.Look());

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _lanes.Dispose();
        _pool.Dispose();
        _greetingTurn.Dispose();
        base.Dispose(isDisposing);
    }

    /// <inheritdoc/>
    protected override async Task<LoginOutcome?> LoginAsync(Connection client, CancellationToken stop)
    {
        // The server speaks first here, and clients choose what they send by what it is.
        if (_greeting is not { } greeting)
        {
            var (known, fault) = await FindGreetingAsync(stop);
            if (known is null)
            {
                Log.UpstreamUnavailable(AddressOf(client), Server, PlainText.OneLine(fault!.ForLog));
                await RefuseAsync(client, fault.ToRefusal(Server, ""), null, stop);
                return null;
            }

            greeting = known;
        }

        return await _login.RunAsync(client, greeting, stop);
    }

    /// <inheritdoc/>
    protected override async Task<Visit?> OpenAsync(Connection client, LoginOutcome outcome, CancellationToken stop) =>
        outcome is MySqlLoginAccepted accepted ? await OpenAsync(client, accepted, stop) : null;

    /// <inheritdoc/>
    protected override void WriteRefusal(Connection client, Refusal refusal, LoginOutcome? login)
    {
        if (login is MySqlLoginAccepted accepted)
        {
            var sequence = accepted.Sequence;
            MySqlRefusal.Write(client.Output, ref sequence, refusal);
            return;
        }

        // In place of the greeting there is no SQLSTATE: nothing was agreed on yet.
        byte first = 0;
        var text = Encoding.UTF8.GetBytes(MySqlRefusal.TextOf(refusal));
        MySqlError.Write(client.Output, ref first, MySqlRefusal.CodeOf(refusal.SqlState).Code, default, text);
    }

    private async Task<(MySqlGreeting? Greeting, UpstreamFault? Fault)> FindGreetingAsync(CancellationToken stop)
    {
        await _greetingTurn.WaitAsync(stop);
        try
        {
            if (_greeting is { } known)
                return (known, null);

            var (upstream, fault) = await _dialer.DialAsync(Server, "", default, null, stop);
            if (upstream is null)
                return (null, fault);

            await upstream.Connection.DisposeAsync();
            return (_greeting = upstream.Session.Greeting, null);
        }
        finally
        {
            _greetingTurn.Release();
        }
    }

    private async Task<Visit?> OpenAsync(Connection client, MySqlLoginAccepted login, CancellationToken stop)
    {
        var who = new SessionIdentity(login.User, AddressOf(client), Server, login.Database ?? "", SqlDialect.MySql);
        var configuration = Runtime.Policies.Current.Configuration;
        var isCovered = login.Database is null ? configuration.HasProject(Server) : configuration.FindProject(Server, login.Database) is not null;
        if (!isCovered)
        {
            await RefuseUncoveredAsync(client, who, login.Database is null ? "any database" : $"database \"{login.Database}\"", login, stop);
            return null;
        }

        try
        {
            var catalogue = await Runtime.Catalogues.GetAsync(who.QualifiedDatabase, stop);
            who = who with { Dialect = catalogue.Dialect };
        }
        catch (CatalogueFaultException e)
        {
            await RefuseAsync(client, who, e.Fault, login, stop);
            return null;
        }

        var key = new PoolKey(
            client.Loop, configuration.Servers[Server].Upstream, who.Database, ((ulong)login.Capabilities).ToString(CultureInfo.InvariantCulture));
        var (lease, fault) = await _pool.TakeAsync(
            key, () => _dialer.DialAsync(Server, who.Database, login.Capabilities, client, stop), Dialer.Timeout, stop);
        if (lease is null)
        {
            await RefuseAsync(client, who, fault!, login, stop);
            return null;
        }

        _greeting = lease.Upstream.Session.Greeting;
        return Open(client, lease, who, login);
    }

    private MySqlVisit Open(Connection client, Lease<DialedMySql> lease, SessionIdentity who, MySqlLoginAccepted login)
    {
        var upstream = lease.Upstream;
        Func<bool> isWelcome = () => IsWelcome(login.User, login.Credential.TokenId, login.Credential.ExpiresAt);
        var session = new MySqlSession(
            Runtime.Sessions, who, new(login.Capabilities, login.Sequence), client, upstream, Runtime.Numbers, isWelcome, keepsUpstream: true,
            applied => _lanes.Find(client, who.Database, upstream.Session.Capabilities, login.Capabilities, applied));
        Runtime.Numbers.Register(login.ConnectionId, who, session.CancelByClient, session.EndByClient);
        return new(session, who, client, upstream.Connection, Runtime.Sessions, isWelcome, isClean =>
        {
            Runtime.Numbers.Remove(login.ConnectionId);
            _pool.Return(lease, isClean);
            if (session.OpeningFault is { } unpinned)
                Log.UpstreamUnavailable(who.User, who.QualifiedDatabase, PlainText.OneLine(unpinned));
        });
    }
}
