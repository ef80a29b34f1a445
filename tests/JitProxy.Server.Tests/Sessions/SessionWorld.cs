using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Server.Sessions;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Server.Tests.Decide;
using JitProxy.Server.Tests.Sessions.Postgres;
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions;

/// <summary>Everything behind a session: a configuration, a store, a trail, alice and bob. The session itself is the engine's.</summary>
internal abstract class SessionWorld : IAsyncDisposable
{
    public const string Database = "shop/app";

    private readonly ConfigurationFile _file;

    /// <summary>Makes it.</summary>
    /// <param name="engine">The server's engine.</param>
    /// <param name="schema">What stands in front of a table's name where a masked column is named.</param>
    /// <param name="catalogue">The names at first.</param>
    /// <param name="limits">The section of the configuration.</param>
    /// <param name="audit">The section of the configuration.</param>
    /// <param name="masking">More of the section of the configuration.</param>
    /// <param name="trail">How the trail behaves.</param>
    protected SessionWorld(string engine, string schema, Catalogue catalogue, string limits, string audit, string masking, AuditOptions? trail)
    {
        Catalogue = catalogue;
        _file = new($$"""
            storage: sqlite:jitproxy.db
            servers:
              shop:
                engine: {{engine}}
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
              blind: [insert, update, delete, ddl]
            approval:
              fallback: [project-owner]
            masking:
              semantic_types:
                ssn: { algorithm: full }
              columns:
                {{schema}}.customers.ssn: ssn
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
        var redactor = new Redactor(Policies, Catalogues, Store.InstallationSecret);
        Users = new(Store, ChangeRecords.ForUsers(Trail), Clock);
        Assert.That(Users.Add("alice", null, Actor.Administrator), Is.Null);
        Assert.That(Users.Add("bob", null, Actor.Administrator), Is.Null);
        Desk = new(Store, Users, new(() => Configuration, async (d, s) => await Catalogues.GetAsync(d, s), StatementAnalyzer.Analyze, ChangeRecords.ForGrants(Trail, redactor), Clock));
        Watch = new(Clock);
        var gate = new Gate(Desk, Desk.TrySpend, Catalogues, Policies, Clock);
        Services = new(gate, new(Trail, redactor), Policies, Catalogues, Watch, new(NullLogger<SessionLog>.Instance));

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

    public SessionServices Services { get; protected set; }

    public Catalogue Catalogue { get; set; }

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

    /// <summary>Whether a text is anywhere in the store: database, write-ahead log or journal.</summary>
    public async Task<bool> StoreHoldsAsync(string text)
    {
        await Trail.FlushAsync();

        // The journal is locked against readers that ask; grep does not. The configuration may name what is looked for.
        var folder = Path.GetDirectoryName(Configuration.Storage.Location)!;
        using var grep = System.Diagnostics.Process.Start("grep", ["-rqF", "--exclude=*.yaml", text, folder]);
        await grep.WaitForExitAsync();
        Assert.That(grep.ExitCode, Is.LessThan(2), "grep could not read");
        return grep.ExitCode == 0;
    }

    /// <summary>Keeps the trail's database from being written until this is disposed of.</summary>
    public IDisposable HoldTrail() => new HeldLock(Trail.Sink.Gate);

    public IReadOnlyList<AuditRecord> Records() => [.. Trail.Query(new())];

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Closes what the session used.</summary>
    protected async ValueTask CloseAsync()
    {
        Watch.Dispose();
        await Trail.DisposeAsync();
        Store.Dispose();
        _file.Dispose();
    }
}
