using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using JitProxy.Server.Tests.Admin;
using JitProxy.Server.Tests.Decide;
using JitProxy.Server.Tests.Sessions.MySql;
using JitProxy.Server.Tests.Sessions.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions;

/// <summary>Who uses a role is told in the middle of the session that it ends soon: once at each of the times before its end.</summary>
internal sealed class ReminderNoticeTests
{
    private const string Orders = "SELECT id, note FROM orders";
    private const string Text = "role grant 1 (reader on shop/app) ends at 2026-03-06T12:00:00Z. To prolong it: jitproxy extend 1 --expires 4h";

    [Test]
    public async Task PostgreSQL_gets_a_notice_before_the_rows()
    {
        await using var f = await new SessionFixture().StartAsync(
            new ServerModel().Knows(Orders, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a")));
        var grant = await GrantRoleAsync(f);
        Assert.That(await f.Client.Query(Orders).RunAsync(), Does.Not.Contain("NOTICE"));

        f.Clock.Now = grant.ExpiresAt!.Value.AddDays(-2);
        Assert.That(await f.Client.Query(Orders).RunAsync(), Is.EqualTo("NOTICE(00000) Shape(id,note) Row(1,a) Done(SELECT 1) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("SNOTICE").And.Contain(Text));
        Assert.That(await f.Client.Query(Orders).RunAsync(), Does.Not.Contain("NOTICE"), "once is enough");

        f.Clock.Now = grant.ExpiresAt!.Value.AddHours(-2);
        Assert.That(await f.Client.Parse("s", Orders).Bind("", "s").Execute("").Sync().RunAsync(), Does.Contain("NOTICE(00000)").And.Contain("Row(1,a)"));
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Does.Not.Contain("NOTICE"));
    }

    [Test]
    public async Task MySQL_gets_a_warning_that_can_be_shown([Values] bool isPrepared)
    {
        await using var f = await new MySqlSessionFixture().StartAsync(new MySqlModel().Knows(Orders, MySqlTable.Of("orders", "id:int note", "1,a")));
        var grant = await GrantRoleAsync(f);
        if (isPrepared)
            await f.Client.PrepareAsync(Orders);

        await RunAsync();
        Assert.That(f.Client.Warnings, Is.Zero);

        f.Clock.Now = grant.ExpiresAt!.Value.AddDays(-2);
        await RunAsync();
        Assert.That(f.Client.Warnings, Is.EqualTo(1));
        Assert.That(await f.Client.QueryAsync("SHOW WARNINGS"), Does.Match(@"^Shape\(Level,Code,Message\) Row\(Note,[0-9]+,rol\.\.\.[0-9]+\) End$"));
        Assert.That(f.Client.AllBytes, Does.Contain(Text));
        await RunAsync();
        Assert.That(f.Client.Warnings, Is.Zero, "once is enough");

        f.Clock.Now = grant.ExpiresAt!.Value.AddHours(-2);
        await RunAsync();
        Assert.That(f.Client.Warnings, Is.EqualTo(1));

        async Task RunAsync() => Assert.That(isPrepared ? await f.Client.ExecuteAsync() : await f.Client.QueryAsync(Orders), Does.Contain("Row(1,a)"));
    }

    [Test]
    public async Task A_statement_grant_and_another_ones_role_say_nothing()
    {
        await using var f = await new SessionFixture().StartAsync(
            new ServerModel().Knows(Orders, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a")));
        var grant = await GrantRoleAsync(f);
        f.Clock.Now = grant.ExpiresAt!.Value.AddHours(-1);
        await f.GrantAsync(Orders);

        Assert.That(await f.Client.Query(Orders).RunAsync(), Does.Not.Contain("NOTICE"), "the statement grant is used, and it is not spoken of");
    }

    [Test]
    public async Task The_command_line_says_it_with_every_command()
    {
        var clock = new SettableClock(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var fixture = await AdminFixture.StartAsync(clock);
        foreach (var name in (string[])["alice", "bob"])
            (await fixture.FeedAsync("pencil\n", "user", "add", name, "--password-stdin")).MustSucceed();

        (await fixture.RunAsync("request", "--role", "reader", "--database", "shop/app", "--expires", "5d", "--reason", "r", "--as", "alice")).MustSucceed();
        Assert.That((await fixture.RunAsync("approve", "1", "--as", "bob")).MustSucceed().Error, Is.Empty);
        Assert.That((await fixture.RunAsync("grants", "--as", "alice")).Error, Is.Empty);
        clock.Now += TimeSpan.FromDays(3);

        Assert.That((await fixture.RunAsync("grants", "--as", "alice")).Error.Trim(), Is.EqualTo($"note: {Text}"));
        Assert.That((await fixture.RunAsync("grants", "--as", "bob")).Error, Is.Empty);
        (await fixture.RunAsync("extend", "1", "--expires", "5d", "--as", "alice")).MustSucceed();
        Assert.That((await fixture.RunAsync("grants", "--as", "alice")).Error, Is.Empty, "she has asked for more time");
    }

    private static async Task<Grant> GrantRoleAsync(SessionWorld world)
    {
        var wish = new GrantWish { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "reader", Reason = "test", Duration = TimeSpan.FromDays(5) };
        var grant = DeskFixture.Done(await world.Desk.RequestAsync(wish, new("alice"), default));
        return DeskFixture.Done(world.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
    }
}
