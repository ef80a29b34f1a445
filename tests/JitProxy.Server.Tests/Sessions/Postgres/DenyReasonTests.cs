using JitProxy.Policy.Sql;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Refusals that only a session can bring about, from the statement to the record.</summary>
internal sealed class DenyReasonTests
{
    private const string Approved = "SELECT id, note FROM orders";

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"));

    [Test]
    public async Task A_copy_of_a_granted_statement_needs_export()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Approved);

        Assert.That(await f.Client.Query($"COPY ({Approved}) TO STDOUT").RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("does not include export").And.Contain($"grant {grant.Id}").And.Match("jitproxy request --denied [0-9]+ --export"));
        Assert.That(await f.Client.Parse("", $"copy ( {Approved} ) to stdout with csv").Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Upstream.Heard, Does.Not.Contain("orders"));
    }

    [Test]
    public async Task A_copy_of_what_nobody_granted_says_so()
    {
        await using var f = await new SessionFixture().StartAsync(Model());

        Assert.That(await f.Client.Query($"COPY ({Approved}) TO STDOUT").RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("no active grant").And.Match("jitproxy request --denied [0-9]+ --reason"));
    }

    [TestCase("COPY orders TO STDOUT")]
    [TestCase("COPY orders FROM STDIN")]
    [TestCase("COPY (SELECT id, note FROM orders) TO PROGRAM 'cat'")]
    public async Task Any_other_copy_is_not_passed_on(string statement)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved, export: true);

        Assert.That(await f.Client.Query(statement).RunAsync(), Is.EqualTo("ERROR(0A000) Ready(I)"));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [Test]
    public async Task An_approved_statement_that_stopped_to_be_a_read_is_refused()
    {
        const string Statement = "SELECT abs(id) FROM orders";
        await using var f = new SessionFixture { Catalogue = SessionFixture.CatalogueWith(Function("pg_catalog", isBuiltIn: true)) };
        await f.StartAsync(new ServerModel().Knows(Statement, ModelAnswer.Table("abs:23", "1")));
        var grant = await f.GrantAsync(Statement);
        Assert.That(await f.Client.Query(Statement).RunAsync(), Does.EndWith("Done(SELECT 1) Ready(I)"));

        // Somebody made a function that the name finds now, and it may do anything.
        f.Clock.Now += TimeSpan.FromMinutes(2);
        f.Catalogue = SessionFixture.CatalogueWith(Function("pg_catalog", isBuiltIn: true), Function("public", isBuiltIn: false));
        await f.Catalogues.RefreshAsync(SessionFixture.Database, CancellationToken.None);

        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("no longer a statement that only reads").And.Contain($"grant {grant.Id}"));
        await f.Trail.FlushAsync();
        Assert.That(f.Records().Last(static r => r.Event == AuditEvent.Denied).Error, Does.Contain("only reads"));
    }

    private static CatalogueFunction Function(string schema, bool isBuiltIn) =>
        new(schema, "abs", isBuiltIn ? Volatility.Immutable : Volatility.Volatile, isBuiltIn, ReturnsSet: false, ReturnTypeOid: 23);
}
