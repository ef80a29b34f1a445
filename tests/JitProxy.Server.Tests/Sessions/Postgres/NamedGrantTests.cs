using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using JitProxy.Server.Tests.Decide;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A refusal names the user's own grant that would have done, or nearly, and what became of it; its record carries the grant's number.</summary>
internal sealed class NamedGrantTests
{
    private const string Statement = "SELECT id, note FROM orders WHERE id = 1";

    private static ServerModel Model() => new ServerModel().Knows(Statement, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"));

    [TestCase(false)]
    [TestCase(true)]
    public async Task Revoked_is_told_by_whom_and_when(bool isRole)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = isRole ? await f.GrantRoleAsync("reader") : await f.GrantAsync(Statement);
        f.Clock.Now += TimeSpan.FromMinutes(5);
        f.Revoke(grant);
        await f.Client.Query(Statement).RunAsync();

        Assert.That(f.Client.LastError, Does.Contain("its grant was revoked").And.Contain($"grant 1{(isRole ? " (role reader)" : "")} was revoked by bob at 2026-03-01T12:05:00Z"));
        await CheckRecordAsync(f, grant.Id);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Expired_is_told_when(bool isRole)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = isRole ? await f.GrantRoleAsync("reader") : await f.GrantAsync(Statement);
        f.Clock.Now += TimeSpan.FromHours(5);
        await f.Catalogues.RefreshAsync("shop/app", CancellationToken.None);
        await f.Client.Query(Statement).RunAsync();

        Assert.That(f.Client.LastError, Does.Contain("its grant has expired").And.Contain("expired at 2026-03-01T16:00:00Z"));
        await CheckRecordAsync(f, grant.Id);
    }

    [Test]
    public async Task A_role_that_would_not_have_allowed_it_is_not_spoken_of()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        f.Revoke(await f.GrantRoleAsync("reader"));
        await f.Client.Query("DELETE FROM orders").RunAsync();

        Assert.That(f.Client.LastError, Does.Contain("no active grant holds it").And.Not.Contain("revoked"));
    }

    [Test]
    public async Task A_role_that_waits_for_its_signature_is_spoken_of()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var wish = new GrantWish { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "reader", Reason = "test" };
        DeskFixture.Done(await f.Desk.RequestAsync(wish, new("alice"), CancellationToken.None));
        await f.Client.Query(Statement).RunAsync();

        Assert.That(f.Client.LastError, Does.Contain("still waiting for approval").And.Contain("grant 1 (role reader) waits for project-owner"));
    }

    [Test]
    public async Task Grants_of_others_are_never_spoken_of()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        foreach (var wish in new GrantWish[]
        {
            new() { Databases = ["shop/app"], Statement = Statement, Reason = "test" },
            new() { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "reader", Reason = "test" },
        })
        {
            Assert.That(f.Users.Add($"mallory{wish.Kind}", null, Actor.Administrator), Is.Null);
            var grant = DeskFixture.Done(await f.Desk.RequestAsync(wish, new($"mallory{wish.Kind}"), CancellationToken.None));
            f.Revoke(DeskFixture.Done(f.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested)));
        }

        await f.Client.Query(Statement).RunAsync();
        Assert.That(f.Client.LastError, Does.Contain("no active grant holds it").And.Not.Contain("grant 1").And.Not.Contain("grant 2").And.Not.Contain("mallory"));
        await CheckRecordAsync(f, null);
        await f.Client.Query("SET jit.grant = 2").RunAsync();
        await f.Client.Query(Statement).RunAsync();
        Assert.That(f.Client.LastError, Does.Not.Contain("revoked").And.Not.Contain("mallory"));
        await CheckRecordAsync(f, null);
    }

    [Test]
    public async Task A_near_miss_and_a_wrong_parameter_carry_the_grant()
    {
        const string WithParameter = "SELECT note FROM orders WHERE id = $1";
        await using var f = await new SessionFixture().StartAsync(Model().Knows(WithParameter, ModelAnswer.Table("note:25:20002:2", "a")));
        var near = await f.GrantAsync(Statement);
        await f.Client.Query(Statement.Replace("1", "2", StringComparison.Ordinal)).RunAsync();
        await CheckRecordAsync(f, near.Id);

        var wish = new GrantWish { Databases = ["shop/app"], Statement = WithParameter, Reason = "test", Parameters = ["1=int:1..3"] };
        var bound = DeskFixture.Done(await f.Desk.RequestAsync(wish, new("alice"), CancellationToken.None));
        DeskFixture.Done(f.Desk.Approve(bound.Id, new("bob"), ApprovalTerms.AsRequested));
        await f.Client.Parse("", WithParameter).Bind("", "", "4").Execute("").Sync().RunAsync();
        await CheckRecordAsync(f, bound.Id);
        Assert.That(f.Trail.CountByGrant(bound.Id), Is.Zero, "a refusal is no execution");
    }

    private static async Task CheckRecordAsync(SessionFixture f, long? grant)
    {
        await f.Trail.FlushAsync();
        Assert.That(f.Records().Last(static r => r.Event == AuditEvent.Denied).Grant, Is.EqualTo(grant));
    }
}
