using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Notify;
using JitProxy.Server.Outlets;
using JitProxy.Server.Record;
using JitProxy.Server.Sessions;
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Hosting;

/// <summary>Everything that a running proxy has one of, made in the order in which it needs each other and let go in the reverse.</summary>
internal sealed class ProxyRuntime : IAsyncDisposable
{
    private readonly ILoggerFactory _logs;
    private readonly TimeProvider _clock;
    private readonly StaleRequests _stale;
    private readonly MySqlCatalogueProbe _mySqlNames;

    private ProxyRuntime(ProxyConfiguration configuration, Store store, AuditTrail trail, ILoggerFactory logs, TimeProvider clock)
    {
        (Store, Trail, _logs, _clock, _mySqlNames) = (store, trail, logs, clock, new(clock));
        var masks = MaskSecrets.Derive(store.InstallationSecret.Span);
        Policies = new(new(configuration, configuration.Masking.WithSecrets(masks)));
        Users = new(store, ChangeRecords.ForUsers(trail), clock);
        Catalogues = new(ReadCatalogueAsync, clock, ProbeCatalogueAsync);
        Catalogues.Failed += why => CatalogueLog.Unreadable(logs.CreateLogger<ProxyRuntime>(), why);
        var redactor = new Redactor(Policies, Catalogues, store.InstallationSecret);
        var records = ChangeRecords.ForGrants(trail, redactor);
        Desk = new(store, Users, new(() => Policies.Current.Configuration, FindCatalogueAsync, StatementAnalyzer.Analyze, records, clock));
        Gate = new(Desk, Desk.TrySpend, Catalogues, Policies, clock);
        Watch = new(clock);
        Recorder = new(trail, redactor, () => Policies.Current.Configuration.Admin.ConsoleAddress);
        Cancels = new();
        Numbers = new();
        RsaKey = new();
        Logins = new(clock);
        Places = new();
        Sessions = new(Gate, Recorder, Policies, Catalogues, Watch, new(logs.CreateLogger<SessionLog>()))
        {
            FindViewChange = (who, views, stop) => _mySqlNames.FindChangeAsync(Policies.Current.Configuration.Servers[who.Server].Upstream, views, stop),
        };
        Reload = new(configuration, logs.CreateLogger<ConfigurationWatcher>(), clock);
        Reload.Changed += (_, changed) => Policies.Current = new(changed, changed.Masking.WithSecrets(masks));
        Desk.Changed += _ => Watch.LookAtAll();
        Users.Changed += Watch.LookAtSessionsOf;
        Webhooks = new(Desk, trail.CountByGrant, redactor.StatementOf, new(logs.CreateLogger<NotifyLog>()), clock);
        Reload.Changed += (_, changed) => Webhooks.Use(changed.Webhooks);
        Webhooks.Use(configuration.Webhooks);
        Webhooks.Start();
        Forwarders = new(trail, configuration.Audit, logs.CreateLogger<AuditForwarders>(), clock);
        Reload.Changed += (_, changed) => Forwarders.Use(changed.Audit);
        _stale = new(Desk, clock);
        Watch.Start();
        Catalogues.Start();
    }

    /// <summary>Users, tokens and grants.</summary>
    public Store Store { get; }

    /// <summary>The audit trail.</summary>
    public AuditTrail Trail { get; }

    /// <summary>The configuration in force.</summary>
    public PolicySnapshots Policies { get; }

    /// <summary>Who may sign in.</summary>
    public UserDirectory Users { get; }

    /// <summary>The catalogues of the databases in use.</summary>
    public CatalogueCache Catalogues { get; }

    /// <summary>Where grants are asked for, signed and ended.</summary>
    public GrantDesk Desk { get; }

    /// <summary>Decides statements.</summary>
    public Gate Gate { get; }

    /// <summary>Looks after executions under way.</summary>
    public ExecutionWatch Watch { get; }

    /// <summary>Writes to the trail.</summary>
    public Recorder Recorder { get; }

    /// <summary>The cancel keys given out.</summary>
    public CancelRegistry Cancels { get; }

    /// <summary>Slows down guessing, for all doors together.</summary>
    public LoginLimiter Logins { get; }

    /// <summary>How many sessions each person has.</summary>
    public UserPlaces Places { get; }

    /// <summary>The numbers of MySQL connections.</summary>
    public ConnectionNumbers Numbers { get; }

    /// <summary>The key that MySQL clients without TLS encrypt their password with.</summary>
    public MySqlRsaKey RsaKey { get; }

    /// <summary>What sessions share.</summary>
    public SessionServices Sessions { get; }

    /// <summary>Tells the hooks of the configuration what happens to grants.</summary>
    public Webhooks Webhooks { get; }

    /// <summary>Sends the trail on, and removes what is too old.</summary>
    public AuditForwarders Forwarders { get; }

    /// <summary>Reads the configuration again when it changes.</summary>
    public ConfigurationWatcher Reload { get; }

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory Logs => _logs;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>Opens the store and the trail, and puts everything together.</summary>
    /// <exception cref="StoreException">The store cannot be opened; the message names the file and what to do.</exception>
    public static ProxyRuntime Open(ProxyConfiguration configuration, ILoggerFactory logs, TimeProvider clock)
    {
        var store = Store.Open(configuration.Storage.Location, clock);
        try
        {
            var options = new AuditOptions { Durability = configuration.Audit.Durability };
            return new(configuration, store, AuditTrail.Open(configuration.Storage.Location, options, clock), logs, clock);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Reload.Dispose();
        Catalogues.Dispose();
        await _mySqlNames.DisposeAsync();
        Watch.Dispose();
        RsaKey.Dispose();
        await _stale.DisposeAsync();
        await Webhooks.DisposeAsync();
        await Forwarders.DisposeAsync();
        await Trail.DisposeAsync();
        Store.Dispose();
    }

    private Task<Catalogue> ReadCatalogueAsync(string database, CancellationToken stop)
    {
        var (server, name) = ServerOf(database);
        return server.Engine switch
        {
            SqlDialect.PostgreSql => PostgresCatalogueReader.ReadAsync(server.Upstream, name, stop),
            SqlDialect.MySql or SqlDialect.MariaDb => MySqlCatalogueReader.ReadAsync(server.Upstream, name, stop),
        };
    }

    private Task<string?> ProbeCatalogueAsync(string database, CancellationToken stop)
    {
        var (server, name) = ServerOf(database);
        return server.Engine switch
        {
            SqlDialect.PostgreSql => PostgresCatalogueProbe.ReadAsync(server.Upstream, name, stop),

            SqlDialect.MySql or SqlDialect.MariaDb => _mySqlNames.ReadAsync(server.Upstream, stop),
        };
    }

    private (ServerConfiguration Server, string Database) ServerOf(string database)
    {
        var slash = database.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 && Policies.Current.Configuration.Servers.TryGetValue(database[..slash], out var server)
            ? (server, database[(slash + 1)..])
            : throw new CatalogueFaultException(new($"the configuration has no server for {database}"));
    }

    private async ValueTask<Catalogue?> FindCatalogueAsync(string database, CancellationToken stop)
    {
        // A request is made once and lives long: it is held against the names as they are now.
        try
        {
            return await Catalogues.RefreshAsync(database, stop);
        }
        catch (CatalogueFaultException e)
        {
            CatalogueLog.Unreadable(_logs.CreateLogger<ProxyRuntime>(), e.Fault.ForLog);
            return null;
        }
    }
}
