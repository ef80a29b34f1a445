using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Storage;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Decide;

/// <summary>A desk over a store and a configuration in a folder of their own, with a scripted analysis.</summary>
internal sealed class DeskFixture : IDisposable
{
    public const string Yaml = """
        storage: sqlite:jitproxy.db
        servers:
          shop:
            engine: postgresql
            environment: prod
            listen: 127.0.0.1:6432
            upstream: { host: 127.0.0.1, user: jitproxy }
          books:
            engine: mysql
            listen: 127.0.0.1:6033
            upstream: { host: 127.0.0.1, user: jitproxy }
        projects:
          store:
            databases: [shop/app, "shop/report_*"]
            owners: [bob, alice]
            just_in_time_access: true
            request_role: true
            data_export: request
            max_expiration: 7d
          quiet:
            databases: [shop/quiet]
            owners: [bob]
            data_export: closed
            just_in_time_access: true
            max_expiration: 1h
            self_approval: true
          shut:
            databases: [shop/shut]
            owners: [bob]
        workspace_roles:
          security: [carol]
          dba: [dave]
        database_roles:
          sql-editor-user: [select, insert]
        approval:
          rules:
            - source: just_in_time_access
              condition: request.unmask == true
              steps: [project-owner, security]
            - source: just_in_time_access
              condition: resource.table_name == "salaries"
              steps: [dba]
            - source: just_in_time_access
              condition: statement.text.contains("free")
              steps: []
          fallback: [project-owner]
        """;

    private readonly ConfigurationFile _file;
    private readonly List<GrantChange> _recorded = [];

    public DeskFixture(string yaml = Yaml)
    {
        _file = new(yaml);
        Configuration = _file.Load();
        Store = Store.Open(Path.Combine(_file.Directory, "jitproxy.db"), Clock);
        Users = new(Store, _ => null, Clock);
        foreach (var name in new[] { "alice", "bob", "carol", "dave" })
            Assert.That(Users.Add(name, null, Actor.Administrator), Is.Null);

        Desk = NewDesk();
    }

    public SettableClock Clock { get; } = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public ProxyConfiguration Configuration { get; set; }

    public Store Store { get; }

    public UserDirectory Users { get; }

    public GrantDesk Desk { get; }

    /// <summary>What the trail was told.</summary>
    public IReadOnlyList<GrantChange> Recorded => _recorded;

    /// <summary>Why the trail cannot be written; null if it can.</summary>
    public string? TrailFault { get; set; }

    /// <summary>What the analysis says of any statement.</summary>
    public StatementAnalysis Analysis { get; set; } = new() { Kind = StatementKind.Select, Relations = [new("public", "customers")] };

    public GrantDesk NewDesk() => new(Store, Users, new(() => Configuration, FindCatalogue, (_, _, _) => Analysis, Record, Clock));

    public static GrantWish Wish(string statement = "select 1", string database = "shop/app") =>
        new() { Databases = [database], Statement = statement, Reason = "ticket 7" };

    public Task<DeskResult> AskAsync(GrantWish? wish = null, string user = "alice") =>
        Desk.RequestAsync(wish ?? Wish(), new(user), CancellationToken.None).AsTask();

    public async Task<Grant> RequestAsync(GrantWish? wish = null, string user = "alice") => Done(await AskAsync(wish, user));

    public async Task<Grant> ActiveAsync(GrantWish? wish = null) => Done(Desk.Approve((await RequestAsync(wish)).Id, new("bob"), ApprovalTerms.AsRequested));

    public static Grant Done(DeskResult result) => result.TryGetGrant(out var grant, out var refusal) ? grant : throw new AssertionException(refusal);

    public static string Refused(DeskResult result) => result.TryGetGrant(out _, out var refusal) ? throw new AssertionException("not refused") : refusal;

    public Decision Decide(string statement = "select 1", string user = "alice", string database = "shop/app", string schema = "public")
    {
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(statement), SqlDialect.PostgreSql, out var form, out _, out _);
        return Judge.Decide(new(SqlDialect.PostgreSql, user, database, schema, form!), Desk.Book, Clock.Now);
    }

    public void Dispose()
    {
        Store.Dispose();
        _file.Dispose();
    }

    private static ValueTask<Catalogue?> FindCatalogue(string database, CancellationToken stop)
    {
        ImmutableArray<string> path = database == "shop/report_2" ? ["reports"] : database == "shop/report_3" ? ["jitproxy", "public"] : ["public"];
        if (database.StartsWith("books/", StringComparison.Ordinal))
            return new(new Catalogue(SqlDialect.MySql, [database[6..]], [], []));

        return new(database == "shop/report_lost" ? null : new Catalogue(SqlDialect.PostgreSql, path, [], []));
    }

    private string? Record(GrantChange change)
    {
        if (TrailFault is null)
            _recorded.Add(change);

        return TrailFault;
    }
}
