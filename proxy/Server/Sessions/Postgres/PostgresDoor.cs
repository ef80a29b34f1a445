using System.Buffers;
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

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Where clients of one PostgreSQL server come in.</summary>
internal sealed class PostgresDoor : Door
{
    private readonly PostgresLogin _login;
    private readonly UpstreamDialer _dialer;
    private readonly PostgresLanes _lanes;
    private readonly UpstreamPool<DialedUpstream> _pool;

    /// <summary>The door of a server; the transport outlives it.</summary>
    /// <exception cref="IOException">Certificate or key cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Certificate or key cannot be used.</exception>
    public PostgresDoor(ProxyRuntime runtime, ServerConfiguration server, Transport transport)
        : this(runtime, server, transport, IdentityOf(server))
    {
    }

    private PostgresDoor(ProxyRuntime runtime, ServerConfiguration server, Transport transport, TlsIdentity? identity)
        : base(runtime, server.Name, transport, identity)
    {
        _dialer = new(new(transport, runtime.Clock), runtime.Policies, Log);
        _pool = new(
            () => runtime.Policies.Current.Configuration.Servers[server.Name].Upstream.Pool, static upstream => upstream.Connection,
            static (upstream, stop) => UpstreamReset.RunAsync(upstream.Connection, stop), runtime.Clock);
        Known = new(runtime.Clock);
        _lanes = new(server.Name, _dialer, runtime.Policies, runtime.Clock);
        _login = new(new()
        {
            TlsMode = server.Tls.Mode,
            Identity = identity,
            FindUser = name => ScramAccount.Of(runtime.Users.FindOrMock(name), runtime.Clock.GetUtcNow()),
            Limiter = runtime.Logins,
            Timeout = runtime.Policies.Current.Limits.LoginTimeout,
            Clock = runtime.Clock,
        });
    }

    /// <summary>What all sessions share.</summary>
    public SessionServices Services => Runtime.Sessions;

    /// <summary>The keys that clients cancel with.</summary>
    public CancelRegistry Cancels => Runtime.Cancels;

    /// <summary>What the server said at its last logins.</summary>
    public KnownServers<IReadOnlyDictionary<string, string>> Known { get; }

    /// <summary>What all connections of sessions with these settings have in common.</summary>
    public PoolKey KeyOf(
        Connection client, string database, Catalogue catalogue, PolicySnapshot snapshot, IReadOnlyDictionary<string, string> settings)
    {
        var all = UpstreamStartup.Of(catalogue, snapshot.Limits, settings);
        return new(client.Loop, snapshot.Configuration.Servers[Server].Upstream, database, UpstreamStartup.KeyOf(all));
    }

    /// <summary>A visit's connection to the server.</summary>
    public PooledConnection<DialedUpstream> ConnectionOf(Connection client, IUpstreamSource<DialedUpstream> source) => new(client, _pool, source);

    /// <summary>The shared connections for a session; null if it has to use its own for everything.</summary>
    public Lane<PostgresLaneConnection>? FindLane(Connection client, string database, Catalogue catalogue, IReadOnlyDictionary<string, string> settings) =>
        _lanes.Find(client, database, catalogue, settings);

    /// <summary>Opens a connection to the server.</summary>
    public Task<(DialedUpstream? Upstream, UpstreamFault? Fault)> DialAsync(
        string database, Catalogue catalogue, IReadOnlyDictionary<string, string> settings, Connection client, CancellationToken stop) =>
        _dialer.DialAsync(Server, database, catalogue, settings, client, stop);

    /// <summary>What names mean, and what is configured, now.</summary>
    public async ValueTask<(Catalogue Catalogue, PolicySnapshot Snapshot)> LookAsync(SessionIdentity who, CancellationToken stop) =>
        (await Runtime.Catalogues.GetAsync(who.QualifiedDatabase, stop), Runtime.Policies.Current);

    /// <summary>A session lost its server.</summary>
    public void Lost(PoolKey key, SessionIdentity who, string why)
    {
        Known.Remove(key);
        Log.UpstreamUnavailable(who.User, who.QualifiedDatabase, PlainText.OneLine(why));
    }

    /// <summary>A few hashes in clear; TLS leaves the loop by itself.</summary>
    protected override bool LoginsAreLight => true;

    /// <inheritdoc/>
    public override (PoolFigures Pool, LaneFigures Lanes) Look() => (_pool.Look(), _lanes.Look());

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _lanes.Dispose();
        _pool.Dispose();
        base.Dispose(isDisposing);
    }

    /// <inheritdoc/>
    protected override async Task<LoginOutcome?> LoginAsync(Connection client, CancellationToken stop) => await _login.RunAsync(client, stop);

    /// <inheritdoc/>
    protected override async Task<Visit?> OpenAsync(Connection client, LoginOutcome outcome, CancellationToken stop)
    {
        if (outcome is not LoginAccepted login)
        {
            // Whether the key was right is not told: the connection just closes, as the server's does.
            if (outcome is CancelAsked cancel)
                Runtime.Cancels.TryCancel(cancel.ProcessId, cancel.Key);

            return null;
        }

        var who = new SessionIdentity(login.User, AddressOf(client), Server, login.Database, SqlDialect.PostgreSql) { StartGrant = login.Grant };
        var snapshot = Runtime.Policies.Current;
        if (snapshot.Configuration.FindProject(Server, login.Database) is null)
        {
            await RefuseUncoveredAsync(client, who, $"database \"{login.Database}\"", login, stop);
            return null;
        }

        try
        {
            var catalogue = await Runtime.Catalogues.GetAsync(who.QualifiedDatabase, stop);
            var visit = new PostgresVisit(this, client, who with { SearchPath = catalogue.EffectiveSchema }, login, catalogue, snapshot);
            if (await visit.BeginAsync(stop) is { } fault)
            {
                await RefuseAsync(client, who, fault, login, stop);
                return null;
            }

            visit.Greet(Runtime.Cancels.Register(login.ProtocolMinor >= 2, visit.CancelByClient));
            return visit;
        }
        catch (CatalogueFaultException e)
        {
            await RefuseAsync(client, who, e.Fault, login, stop);
            return null;
        }
    }

    /// <inheritdoc/>
    protected override void WriteRefusal(Connection client, Refusal refusal, LoginOutcome? login) => client.Output.Write(refusal.ToErrorResponse("FATAL"));
}
