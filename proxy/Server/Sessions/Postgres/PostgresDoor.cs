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
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Where clients of one PostgreSQL server come in.</summary>
internal sealed class PostgresDoor : Door
{
    private readonly PostgresLogin _login;
    private readonly UpstreamDialer _dialer;
    private readonly PostgresLanes _lanes;
    private readonly UpstreamPool<DialedUpstream> _pool;
    private readonly KnownServers<IReadOnlyDictionary<string, string>> _known;

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
        _known = new(runtime.Clock);
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
    protected override Task ServeAsync(Connection client, LoginOutcome outcome, CancellationToken stop)
    {
        if (outcome is LoginAccepted accepted)
            return OpenAsync(client, accepted, stop);

        // Whether the key was right is not told: the connection just closes, as the server's does.
        if (outcome is CancelAsked cancel)
            Runtime.Cancels.TryCancel(cancel.ProcessId, cancel.Key);

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void WriteRefusal(Connection client, Refusal refusal, LoginOutcome? login) => client.Output.Write(refusal.ToErrorResponse("FATAL"));

    private async Task OpenAsync(Connection client, LoginAccepted login, CancellationToken stop)
    {
        var who = new SessionIdentity(login.User, AddressOf(client), Server, login.Database, SqlDialect.PostgreSql) { StartGrant = login.Grant };
        if (Runtime.Policies.Current.Configuration.FindProject(Server, login.Database) is null)
        {
            await RefuseUncoveredAsync(client, who, $"database \"{login.Database}\"", login, stop);
            return;
        }

        Catalogue catalogue;
        try
        {
            catalogue = await Runtime.Catalogues.GetAsync(who.QualifiedDatabase, stop);
        }
        catch (CatalogueFaultException e)
        {
            await RefuseAsync(client, who, e.Fault, login, stop);
            return;
        }

        var source = SourceOf(client, who, catalogue, login);
        var upstream = new PooledConnection<DialedUpstream>(client, _pool, source);
        var isOnDemand = client.Loop is not null && source.Key.Target.Sharing != UpstreamSharing.Session;
        if ((isOnDemand ? _known.Find(source.Key) : null) is not { } statuses)
        {
            var (lease, fault) = await _pool.TakeAsync(source.Key, () => source.DialAsync(stop), Dialer.Timeout, stop);
            if (lease is null)
            {
                await RefuseAsync(client, who, fault!, login, stop);
                return;
            }

            upstream.Begin(lease);
            _known.Add(source.Key, statuses = lease.Upstream.Session.ParameterStatuses);
        }

        upstream.IsAsTold = dialed => ReportedSettings.AreSame(statuses, dialed.Session.ParameterStatuses);
        who = who with { SearchPath = catalogue.EffectiveSchema };
        await RunAsync(client, upstream, isOnDemand ? upstream : upstream.Current!, statuses, who, catalogue, login, stop);
    }

    private PooledSource<DialedUpstream> SourceOf(Connection client, SessionIdentity who, Catalogue catalogue, LoginAccepted login)
    {
        var snapshot = Runtime.Policies.Current;
        var key = KeyOf(client, who.Database, catalogue, login);
        return new(
            key,
            static dialed => dialed.Connection,
            stop => _dialer.DialAsync(Server, who.Database, catalogue, login.Settings, client, stop),
            async stop => await Runtime.Catalogues.GetAsync(who.QualifiedDatabase, stop) is var now && Runtime.Policies.Current is var policies
                && ((ReferenceEquals(now, catalogue) && ReferenceEquals(policies, snapshot)) || KeyOf(client, who.Database, now, login) == key),
            why =>
            {
                _known.Remove(key);
                Log.UpstreamUnavailable(who.User, who.QualifiedDatabase, PlainText.OneLine(why));
            });
    }

    private PoolKey KeyOf(Connection client, string database, Catalogue catalogue, LoginAccepted login)
    {
        var snapshot = Runtime.Policies.Current;
        var settings = UpstreamStartup.KeyOf(UpstreamStartup.Of(catalogue, snapshot.Limits, login.Settings));
        return new(client.Loop, snapshot.Configuration.Servers[Server].Upstream, database, settings);
    }

    private async Task RunAsync(
        Connection client, PooledConnection<DialedUpstream> pooled, Connection upstream, IReadOnlyDictionary<string, string> statuses, SessionIdentity who,
        Catalogue catalogue, LoginAccepted login, CancellationToken stop)
    {
        using var session = new PostgresSession(
            Runtime.Sessions, who, client, upstream, timeout => pooled.Upstream?.Cancel.SendAsync(timeout) ?? Task.CompletedTask,
            () => IsWelcome(login.User, login.Credential.TokenId, login.Credential.ExpiresAt),
            _lanes.Find(client, who.Database, catalogue, login.Settings), keepsUpstream: true);
        var key = Runtime.Cancels.Register(login.ProtocolMinor >= 2, session.CancelByClient);
        try
        {
            foreach (var (name, value) in statuses)
            {
                if (ReportedSettings.IsReported(name))
                    ReportedSettings.Write(client.Output, name, value, who.User);
            }

            PgBackendKeyData.Write(client.Output, key.ProcessId, key.Secret);
            PgReadyForQuery.Write(client.Output, PgTransactionStatus.Idle);
            await RunAsync(session, who, client, upstream, login.Credential.ToString(), stop);
        }
        finally
        {
            Runtime.Cancels.Remove(key);
            pooled.Leave(session.LeavesUpstreamClean);
        }
    }
}
