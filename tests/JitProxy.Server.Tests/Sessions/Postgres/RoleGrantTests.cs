using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Any statement of a role's kinds runs while the role is granted: masked, recorded with the grant, and only if it is proven to be of that kind.</summary>
internal sealed class RoleGrantTests
{
    private const string Orders = "SELECT id, note FROM orders";
    private const string Other = "SELECT note FROM orders WHERE id = 2";
    private const string Secrets = "SELECT id, ssn FROM customers";

    private static ServerModel Model() => new ServerModel()
        .Knows(Orders, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"))
        .Knows(Other, ModelAnswer.Table("note:25:20002:2", "b"))
        .Knows(Secrets, ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3", "1,123-45-6789"));

    [Test]
    public async Task Statements_of_the_roles_kinds_run_and_the_trail_names_the_grant()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantRoleAsync("reader");

        for (var i = 0; i < 2; i++)
        {
            Assert.That(await f.Client.Query(Orders).RunAsync(), Does.Contain("Row(1,a)"));
            Assert.That(await f.Client.Query(Other).RunAsync(), Does.Contain("Row(b)"), "another text under the same grant is another statement upstream");
            Assert.That(await f.Client.Parse("", Orders).Bind("", "").Execute("").Sync().RunAsync(), Does.Contain("Row(1,a)"));
            Assert.That(await f.Client.Parse("", Other).Bind("", "").Execute("").Sync().RunAsync(), Does.Contain("Row(b)"));
        }

        Assert.That(await f.RecordedGrantsAsync(), Has.Length.EqualTo(16).And.All.EqualTo(grant.Id));
    }

    [Test]
    public async Task Masked_columns_stay_masked()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantRoleAsync("reader");

        Assert.That(await f.Client.Query(Secrets).RunAsync(), Does.Contain("Row(1,******)").And.Not.Contain("6789"));
    }

    [TestCase("DELETE FROM orders", "reader", "allows select, explain, and not delete")]
    [TestCase("UPDATE orders SET note = ssn FROM customers c WHERE c.id = orders.id", "writer", "masked value may not be stored")]
    [TestCase("DELETE FROM orders USING nowhere", "writer", "only what is understood")]
    [TestCase("INSERT INTO orders (note) SELECT pg_read_file('x')", "writer", "only what is proven to change tables")]
    [TestCase("INSERT INTO orders (note) VALUES ('x') RETURNING (SELECT note FROM orders LIMIT 1)", "blind", "and not select, and this reads as well")]
    [TestCase("INSERT INTO orders (note) SELECT name FROM customers", "blind", "and not select")]
    [TestCase("UPDATE orders SET note = note RETURNING note", "blind", "and not select")]
    [TestCase("DELETE FROM orders RETURNING id", "blind", "and not select")]
    [TestCase("DELETE FROM orders USING customers c WHERE c.id = orders.id", "blind", "and not select")]
    [TestCase("CREATE TABLE t AS SELECT name FROM customers", "blind", "and not select")]
    [TestCase("SELECT 1; SELECT 2", "reader", "")]
    [TestCase("SELECT pg_terminate_backend(1)", "reader", "")]
    [TestCase("SELECT id FROM nowhere", "reader", "only what is understood")]
    [TestCase("WITH x AS (DELETE FROM orders RETURNING id) SELECT id FROM x", "reader", "")]
    [TestCase("EXPLAIN ANALYZE DELETE FROM orders", "reader", "")]
    [TestCase("SELECT id INTO t FROM orders", "reader", "")]
    [TestCase("COPY (SELECT id, note FROM orders) TO STDOUT", "reader", "")]
    public async Task What_the_role_does_not_allow_does_not_run(string statement, string role, string why)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantRoleAsync(role);

        Assert.That(await f.Client.Parse("", statement).Sync().RunAsync(), Does.StartWith("ERROR(").And.EndWith("Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain(why));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [Test]
    public async Task Another_grant_gives_no_role()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Orders);

        Assert.That(await f.Client.Query(Other).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    [Test]
    public async Task A_statement_grant_goes_before_a_role_unless_the_session_asks_for_the_role()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var role = await f.GrantRoleAsync("reader");
        var statement = await f.GrantAsync(Orders);

        await f.Client.Query(Orders).RunAsync();
        await f.Client.Query($"SET jit.grant = {role.Id}").RunAsync();
        await f.Client.Query(Orders).RunAsync();

        Assert.That(await f.RecordedGrantsAsync(), Is.EqualTo(new long?[] { statement.Id, statement.Id, role.Id, role.Id }));
        await f.Client.Query($"SET jit.grant = {statement.Id}").RunAsync();
        Assert.That(await f.Client.Query(Other).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"), "the session asked for another grant");
    }

    [TestCase("INSERT INTO orders (note) VALUES ('x')")]
    [TestCase("UPDATE orders SET note = upper(note) WHERE id = 1")]
    [TestCase("DELETE FROM orders")]
    public async Task A_role_that_only_writes_writes(string statement)
    {
        await using var f = new SessionFixture
        {
            Catalogue = SessionFixture.CatalogueWith(new CatalogueFunction("pg_catalog", "upper", Volatility.Immutable, IsBuiltIn: true, ReturnsSet: false, 25)),
        };
        await f.StartAsync(Model());
        var grant = await f.GrantRoleAsync("blind");
        var who = new SessionIdentity("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql);

        var ruling = f.Services.Gate.Decide(Encoding.UTF8.GetBytes(statement), who, null);
        Assert.That((ruling.Kind, ruling.Writes, ruling.Grant), Is.EqualTo((RulingKind.Granted, true, (long?)grant.Id)), ruling.Refusal?.ToString());
    }

    [Test]
    public async Task The_role_ends_with_its_grant()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantRoleAsync("reader");
        Assert.That(await f.Client.Parse("s", Orders).Bind("", "s").Execute("").Sync().RunAsync(), Does.Contain("Row(1,a)"));

        f.Revoke(grant);

        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Does.StartWith("ERROR(42501)"));
        Assert.That(await f.Client.Query(Other).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    [Test]
    public async Task The_role_ends_when_the_configuration_takes_it_back()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantRoleAsync("reader");
        Assert.That(await f.Client.Query(Orders).RunAsync(), Does.Contain("Row(1,a)"));

        var changed = f.Configuration with { DatabaseRoles = f.Configuration.DatabaseRoles.Remove("reader") };
        f.Policies.Current = new(changed, f.Configuration.Masking.WithSecrets(f.Secrets));

        Assert.That(await f.Client.Query(Orders).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("no longer configured"));
    }
}
