using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Server.Tests.Decide;
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A real session with everything behind it, between a client and an upstream that a test plays.</summary>
internal sealed class SessionFixture : IAsyncDisposable
{
    public const string Database = "shop/app";
    public const uint Customers = 20001;
    private const uint Text = 25;
    private const uint Int4 = 23;

    private readonly ConfigurationFile _file;
    private readonly CancellationTokenSource _stop = new();
    private readonly PostgresSession _session;
    private readonly SessionServices _services;
    private readonly Connection _proxyClient;
    private Task<SessionEnd>? _running;

    public SessionFixture(string limits = "{}", string audit = "{}", string masking = "", long? startGrant = null, AuditOptions? trail = null)
    {
        _file = new($$"""
            storage: sqlite:jitproxy.db
            servers:
              shop:
                engine: postgresql
                listen: 127.0.0.1:6432
                upstream: { host: 127.0.0.1, user: jitproxy }
            projects:
              store:
                databases: [shop/app]
                owners: [bob]
                just_in_time_access: true
                data_export: request
                request_role: true
            database_roles:
              reader: [select, explain]
              writer: [select, insert, update, delete, ddl]
            approval:
              fallback: [project-owner]
            masking:
              semantic_types:
                ssn: { algorithm: full }
              columns:
                shop/app.public.customers.ssn: ssn
              {{masking}}
            limits: {{limits}}
            audit: {{audit}}
            """);
        Configuration = _file.Load();
        var path = Configuration.Storage.Location;
        Store = Store.Open(path, Clock);
        trail ??= new() { StallLimit = TimeSpan.FromMilliseconds(200), RetryInterval = TimeSpan.FromMilliseconds(50) };
        Trail = AuditTrail.Open(path, trail with { Durability = Configuration.Audit.Durability }, Clock);
        Secrets = MaskSecrets.Derive(Store.InstallationSecret.Span);
        Policies = new(new(Configuration, Configuration.Masking.WithSecrets(Secrets)));
        Catalogues = new((_, _) => Task.FromResult(Catalogue), Clock);
        Users = new(Store, ChangeRecords.ForUsers(Trail), Clock);
        Assert.That(Users.Add("alice", null, Actor.Administrator), Is.Null);
        Assert.That(Users.Add("bob", null, Actor.Administrator), Is.Null);
        Desk = new(Store, Users, new(() => Configuration, async (d, s) => await Catalogues.GetAsync(d, s), StatementAnalyzer.Analyze, ChangeRecords.ForGrants(Trail), Clock));
        Watch = new(Clock);
        var gate = new Gate(Desk, Desk.TrySpend, Catalogues, Policies, Clock);
        _services = new(gate, new(Trail), Policies, Catalogues, Watch, new(NullLogger<SessionLog>.Instance), Store.InstallationSecret);

        var (near, proxyClient) = MemoryConnection.CreatePair();
        _proxyClient = proxyClient;
        var (proxyUpstream, far) = MemoryConnection.CreatePair();
        Client = new(near);
        Upstream = new(far);
        var who = new SessionIdentity("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql) { StartGrant = startGrant };
        _session = new(_services, who, _proxyClient, proxyUpstream, CancelAsync, () => Users.Contains("alice"));
        Users.Changed += Watch.LookAtSessionsOf;
    }

    public SettableClock Clock { get; } = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public ProxyConfiguration Configuration { get; }

    public MaskSecrets Secrets { get; }

    public Store Store { get; }

    public AuditTrail Trail { get; }

    public PolicySnapshots Policies { get; }

    public CatalogueCache Catalogues { get; }

    public UserDirectory Users { get; }

    public GrantDesk Desk { get; }

    public ExecutionWatch Watch { get; }

    public SessionClient Client { get; }

    public SessionUpstream Upstream { get; }

    /// <summary>How often the proxy asked the server to cancel.</summary>
    public int Cancels { get; private set; }

    /// <summary>What happens when the proxy asks the server to cancel.</summary>
    public Func<Task> OnCancel { get; set; } = () => Task.CompletedTask;

    public Catalogue Catalogue { get; set; } = CatalogueWith();

    /// <summary>The usual tables, and these functions.</summary>
    public static Catalogue CatalogueWith(params CatalogueFunction[] functions) => new(
        SqlDialect.PostgreSql,
        ["public"],
        [
            new()
            {
                Oid = Customers,
                Schema = "public",
                Name = "customers",
                Columns = [new(1, "id", "integer", Int4), new(2, "name", "text", Text), new(3, "ssn", "text", Text)],
            },
            new() { Oid = Customers + 1, Schema = "public", Name = "orders", Columns = [new(1, "id", "integer", Int4), new(2, "note", "text", Text)] },
        ],
        functions);

    /// <summary>Starts the session; with a model, an upstream that behaves as the server does.</summary>
    public async Task<SessionFixture> StartAsync(ServerModel? model = null)
    {
        await Catalogues.RefreshAsync(Database, CancellationToken.None);
        _running = Task.Run(RunAsync);
        if (model is not null)
            Upstream.Play(model);

        return this;
    }

    public async Task<Grant> GrantAsync(string statement, bool unmask = false, bool export = false, int? executions = null, bool approve = true)
    {
        var wish = new GrantWish
        {
            Databases = [Database],
            Statement = statement,
            Reason = "test",
            Unmask = unmask,
            Export = export,
            ExecutionsMax = executions,
        };
        var grant = DeskFixture.Done(await Desk.RequestAsync(wish, new("alice"), CancellationToken.None));
        return approve ? DeskFixture.Done(Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested)) : grant;
    }

    public async Task<Grant> GrantRoleAsync(string role)
    {
        var wish = new GrantWish { Kind = GrantKind.Role, Databases = [Database], Role = role, Reason = "test" };
        var grant = DeskFixture.Done(await Desk.RequestAsync(wish, new("alice"), CancellationToken.None));
        return DeskFixture.Done(Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
    }

    public void Revoke(Grant grant) => DeskFixture.Done(Desk.Revoke(grant.Id, new("bob")));

    /// <summary>What the trail says of statements, oldest first, as `event outcome: statement`.</summary>
    public async Task<string[]> RecordedAsync()
    {
        await Trail.FlushAsync();
        return [.. Records().Where(r => r.Event is AuditEvent.Authorized or AuditEvent.Housekeeping or AuditEvent.Finished or AuditEvent.Denied)
            .Select(r => r.Event is AuditEvent.Authorized or AuditEvent.Housekeeping or AuditEvent.Denied ? $"{r.Event}: {r.Statement}" : $"{r.Outcome} {r.Rows}")];
    }

    /// <summary>The grants of executions, oldest first; an execution has two records.</summary>
    public async Task<long?[]> RecordedGrantsAsync()
    {
        await Trail.FlushAsync();
        return [.. Records().Where(r => r.Event is AuditEvent.Authorized or AuditEvent.Finished && r.Grant is not null).Select(r => r.Grant)];
    }

    /// <summary>Keeps the trail's database from being written until this is disposed of.</summary>
    public IDisposable HoldTrail() => new HeldLock(Trail.Sink.Gate);

    public IReadOnlyList<AuditRecord> Records() => [.. Trail.Query(new())];

    public Task<SessionEnd> EndAsync() => _running!.WaitAsync(Frames.Soon);

    /// <summary>Another session of alice's beside the first, under the same grants and with the same trail.</summary>
    public ExtraSession Open() => new(_services, () => Users.Contains("alice"));

    public void Stop() => _stop.Cancel();

    public void CancelByClient() => _session.CancelByClient();

    public async ValueTask DisposeAsync()
    {
        Client.Connection.Abort();
        Upstream.Connection.Abort();
        await _stop.CancelAsync();
        if (_running is not null)
            await EndAsync();

        await Upstream.StoppedAsync();
        _session.Dispose();
        Watch.Dispose();
        await Trail.DisposeAsync();
        Store.Dispose();
        _stop.Dispose();
        _file.Dispose();
    }

    /// <summary>As the door does it: the connection is closed behind the session.</summary>
    private async Task<SessionEnd> RunAsync()
    {
        await using (_proxyClient)
            return await _session.RunAsync(_stop.Token);
    }

    private async Task CancelAsync(TimeSpan timeout)
    {
        Cancels++;
        await OnCancel();
    }
}
