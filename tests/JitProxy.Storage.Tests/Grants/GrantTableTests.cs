using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Grants;

[TestFixture]
internal sealed class GrantTableTests
{
    private static readonly Signer Owner = new("bob", [Signer.ProjectOwner]);

    [Test]
    public void A_grant_comes_back_from_the_file_with_everything_that_it_says()
    {
        using var file = new StoreFile();
        var request = Request(executions: 5) with
        {
            Databases = ["shop/app", "shop/\"odd\" name"],
            Dialect = SqlDialect.MariaDb,
            Schema = "Archive",
            Statement = "select 'snow\u2603\n' -- \u00fc",
            Unmask = true,
            Export = true,
            Extends = 3,
            Again = 2,
            Duration = TimeSpan.FromTicks(36_000_000_001),
        };
        var grant = Done(GrantFlow.Request(1, request, ["project-owner", "security"], file.Clock.Now.AddTicks(7)));
        grant = Done(GrantFlow.Approve(grant, Owner, new("shorter \u2603", TimeSpan.FromTicks(12_345_678), true, true, 2), file.Clock.Now.AddTicks(11)));
        using (var store = file.Open())
            store.Grants.Add(grant);

        using var again = file.Open();
        var read = again.Grants.ReadAll().Single();

        Assert.That(read.Id, Is.EqualTo(1));
        Assert.That(read.Request with { Databases = default }, Is.EqualTo(grant.Request with { Databases = default }));
        Assert.That(read.Databases, Is.EqualTo(grant.Databases));
        Assert.That(read.Progress with { Steps = default }, Is.EqualTo(grant.Progress with { Steps = default }));
        Assert.That(read.Steps, Is.EqualTo(grant.Steps));
    }

    [Test]
    public void A_store_of_the_first_version_opens_with_its_grants()
    {
        using var file = new StoreFile();
        using (var store = file.Open())
            Active(store, file);

        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file.Path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                ALTER TABLE store_grants DROP COLUMN again;
                ALTER TABLE store_grants DROP COLUMN networks;
                ALTER TABLE store_grants DROP COLUMN break_glass;
                ALTER TABLE store_grants DROP COLUMN parameters;
                ALTER TABLE store_grants DROP COLUMN reviewed_by;
                ALTER TABLE store_grants DROP COLUMN reviewed_at;
                ALTER TABLE store_grants DROP COLUMN review_comment;
                UPDATE store_meta SET value = 1 WHERE key = 'schema';
                """;
            command.ExecuteNonQuery();
        }

        using var again = file.Open();
        var grant = again.Grants.ReadAll().Single();

        Assert.That(grant.StatusAt(file.Clock.Now), Is.EqualTo(GrantStatus.Active));
        Assert.That(grant.Request.Networks, Is.Empty);
        Assert.That(grant.Request.Again, Is.Null);
    }

    [Test]
    public void Every_state_comes_back()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        var now = file.Clock.Now;
        Grant[] grants =
        [
            Pending(store, file),
            Active(store, file),
            Done(GrantFlow.Revoke(Active(store, file), Owner, "enough", now)),
            Done(GrantFlow.Reject(Pending(store, file), Owner, "no", now)),
            Done(GrantFlow.Cancel(Pending(store, file), new Signer("alice", []), now)),
            Done(GrantFlow.Review(Emergency(store, file), Owner, "was right", now)),
        ];
        foreach (var ended in grants.Where(g => g.Progress.EndedBy is not null || g.Request.BreakGlass))
            Assert.That(store.Grants.TryUpdate(ended), Is.True);

        var read = store.Grants.ReadAll();

        Assert.That(read.Select(g => g.Progress with { Steps = default }), Is.EqualTo(grants.Select(g => g.Progress with { Steps = default })));
    }

    [Test]
    public void A_role_grant_comes_back()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        var request = Request() with { Kind = GrantKind.Role, Statement = null, Role = "sql-editor-user" };
        store.Grants.Add(Done(GrantFlow.Request(store.Grants.NextId(), request, [], file.Clock.Now)));

        Assert.That(store.Grants.Find(1)!.Role, Is.EqualTo("sql-editor-user"));
        Assert.That(store.Grants.Find(1)!.Statement, Is.Null);
        Assert.That(store.Grants.Find(2), Is.Null);
    }

    [Test]
    public void Numbers_are_never_given_twice()
    {
        using var file = new StoreFile();
        long[] first;
        using (var store = file.Open())
            first = [store.Grants.NextId(), store.Grants.NextId()];

        using var again = file.Open();
        Assert.That(first.Append(again.Grants.NextId()), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void The_second_of_two_changes_made_at_once_is_not_kept()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        var pending = Pending(store, file);
        var approved = Done(GrantFlow.Approve(pending, Owner, ApprovalTerms.AsRequested, file.Clock.Now));
        var rejected = Done(GrantFlow.Reject(pending, Owner, "no", file.Clock.Now));

        Assert.That(store.Grants.TryUpdate(rejected), Is.True);
        Assert.That(store.Grants.TryUpdate(approved), Is.False);
        Assert.That(store.Grants.Find(pending.Id)!.Progress.State, Is.EqualTo(GrantStatus.Rejected));
    }

    [TestCase("UPDATE store_grants SET state = 'active'")]
    [TestCase("UPDATE store_grants SET state = 'approved'")]
    [TestCase("UPDATE store_grants SET unmask = 1")]
    [TestCase("UPDATE store_grants SET steps = '[]'")]
    [TestCase("UPDATE store_grants SET steps = '[{'")]
    [TestCase("UPDATE store_grants SET requested_at = 'yesterday'")]
    public void A_grant_that_was_tampered_with_stops_the_store(string sql)
    {
        using var file = new StoreFile();
        using var store = file.Open();
        Pending(store, file);
        Run(file, sql);

        var error = Assert.Throws<StoreException>(() => store.Grants.ReadAll());

        Assert.That(error!.Message, Does.Contain(file.Path).And.Contain("backup"));
    }

    [Test]
    public async Task A_limit_on_executions_holds_under_parallel_use_of_two_connections()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        using var second = file.Open();
        var grant = Active(store, file, executions: 37);

        var tasks = Enumerable.Range(0, 100).Select(i => Task.Run(() => (i % 2 == 0 ? store : second).TrySpend(grant.Id)));
        var spent = await Task.WhenAll(tasks);

        Assert.That(spent.Count(isCounted => isCounted), Is.EqualTo(37));
        Assert.That(store.Grants.Find(grant.Id)!.Executions, Is.EqualTo(37));
    }

    [Test]
    public void Executions_are_counted_without_a_limit_too()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        var grant = Active(store, file);

        Assert.That(store.TrySpend(grant.Id) && store.TrySpend(grant.Id), Is.True);
        Assert.That(store.Grants.Find(grant.Id)!.Executions, Is.EqualTo(2));
    }

    [Test]
    public void Only_an_active_grant_is_spent()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        var pending = Pending(store, file);
        var active = Active(store, file, executions: 5);
        var revoked = Done(GrantFlow.Revoke(Active(store, file, executions: 5), Owner, null, file.Clock.Now));
        store.Grants.TryUpdate(revoked);

        Assert.That(store.TrySpend(pending.Id), Is.False);
        Assert.That(store.TrySpend(revoked.Id), Is.False);
        Assert.That(store.TrySpend(99), Is.False);
        Assert.That(store.TrySpend(active.Id), Is.True);
        file.Clock.Now = active.ExpiresAt!.Value;
        Assert.That(store.TrySpend(active.Id), Is.False);
    }

    [Test]
    public void A_change_keeps_the_count_of_executions()
    {
        using var file = new StoreFile();
        using var store = file.Open();
        var grant = Active(store, file, executions: 5);
        store.TrySpend(grant.Id);

        store.Grants.TryUpdate(Done(GrantFlow.Revoke(grant, Owner, null, file.Clock.Now)));

        Assert.That(store.Grants.Find(grant.Id)!.Executions, Is.EqualTo(1));
    }

    private static GrantRequest Request(int? executions = null) => new()
    {
        User = "alice",
        Project = "store",
        Databases = ["shop/app"],
        Statement = "select 1",
        Reason = "ticket 7",
        Duration = TimeSpan.FromHours(4),
        ExecutionsMax = executions,
    };

    private static Grant Pending(Store store, StoreFile file)
    {
        var grant = Done(GrantFlow.Request(store.Grants.NextId(), Request() with { Unmask = false }, ["project-owner"], file.Clock.Now));
        store.Grants.Add(grant);
        return grant;
    }

    private static Grant Active(Store store, StoreFile file, int? executions = null)
    {
        var grant = Done(GrantFlow.Request(store.Grants.NextId(), Request(executions), [], file.Clock.Now));
        store.Grants.Add(grant);
        return grant;
    }

    private static Grant Emergency(Store store, StoreFile file)
    {
        var grant = Done(GrantFlow.Request(store.Grants.NextId(), Request() with { BreakGlass = true }, [], file.Clock.Now));
        store.Grants.Add(grant);
        return grant;
    }

    private static Grant Done(Transition transition) =>
        transition.TryGetGrant(out var grant, out var fault) ? grant : throw new AssertionException($"refused: {fault}");

    private static void Run(StoreFile file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
