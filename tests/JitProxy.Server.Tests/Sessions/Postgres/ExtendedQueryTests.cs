using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

internal sealed class ExtendedQueryTests
{
    private const string Approved = "SELECT id, note FROM orders";
    private const string Offered = "select id, note from  orders";
    private const string All = "Row(1,a) Row(2,b) Row(3,c) Done(SELECT 3)";

    private static ServerModel Model() => new ServerModel()
        .Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a", "2,b", "3,c"))
        .Knows("select 3/0", new() { Error = "22012" });

    [Test]
    public async Task A_refusal_in_the_middle_of_a_pipeline_skips_the_rest_of_it()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);

        Assert.That(
            await f.Client.Parse("", Offered).Bind("", "").Execute("").Parse("", "drop table orders").Bind("", "").Execute("")
                .Parse("", Offered).Bind("", "").Execute("").Sync().RunAsync(),
            Is.EqualTo($"ParseComplete BindComplete {All} ERROR(42501) Ready(I)"));
        Assert.That(model.Texts, Is.EquivalentTo(new[] { Approved, "jitproxy refused a statement here" }));
        Assert.That(await f.Client.Query(Offered).RunAsync(), Is.EqualTo($"Shape(id,note) {All} Ready(I)"));
    }

    [Test]
    public async Task Two_syncs_are_answered_twice()
    {
        await using var f = await new SessionFixture().StartAsync(Model());

        Assert.That(await f.Client.Sync().Sync().RunAsync(2), Is.EqualTo("Ready(I) Ready(I)"));
        Assert.That(await f.Client.Parse("", "nonsense").Sync().Sync().RunAsync(2), Is.EqualTo("ERROR(42501) Ready(I) Ready(I)"));
    }

    [Test]
    public async Task Flush_brings_what_is_owed_without_a_sync()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Parse("s", Offered).DescribeStatement("s").Flush().SendAsync();

        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("ParseComplete"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("ParameterDescription"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("Shape(id,note)"));
        await f.Client.Bind("", "s").CloseStatement("s").Flush().SendAsync();
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("BindComplete"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("CloseComplete"));
    }

    [Test]
    public async Task An_error_skips_to_the_sync()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");

        Assert.That(
            await f.Client.Parse("", "select 3/0").Bind("", "").Execute("").Parse("", Offered).Bind("", "").Execute("").CloseStatement("").Sync().RunAsync(),
            Is.EqualTo("ParseComplete BindComplete ERROR(22012) Ready(I)"));
        Assert.That((await f.RecordedAsync()).Where(r => !r.StartsWith("Authorized", StringComparison.Ordinal)), Is.SubsetOf(new[] { "Error 0", "Skipped 0" }));
    }

    [Test]
    public async Task Names_mean_what_their_last_parse_made_of_them()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);

        Assert.That(await f.Client.Parse("s", Offered).Parse("s", "SELECT 1").Sync().RunAsync(), Is.EqualTo("ParseComplete ERROR(42P05) Ready(I)"));
        Assert.That(
            await f.Client.CloseStatement("s").Parse("s", "SELECT 1").Bind("", "s").Execute("").Sync().RunAsync(),
            Is.EqualTo("CloseComplete ParseComplete BindComplete Row(1) Done(SELECT 1) Ready(I)"));
        Assert.That(await f.Client.CloseStatement("s").Bind("", "s").Sync().RunAsync(), Is.EqualTo("CloseComplete ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.DescribeStatement("s").Sync().RunAsync(), Is.EqualTo("ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.DescribePortal("p").Sync().RunAsync(), Is.EqualTo("ERROR(34000) Ready(I)"));
        Assert.That(await f.Client.Execute("p").Sync().RunAsync(), Is.EqualTo("ERROR(34000) Ready(I)"));
        Assert.That(await f.Client.ClosePortal("p").CloseStatement("q").Sync().RunAsync(), Is.EqualTo("CloseComplete CloseComplete Ready(I)"));
    }

    [Test]
    public async Task A_revocation_between_parse_and_bind_and_between_bind_and_execute_counts()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        var first = await f.GrantAsync(Approved);
        await f.Client.Parse("s", Offered).Sync().RunAsync();
        f.Revoke(first);
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));

        var second = await f.GrantAsync(Approved);
        await f.Client.Query("BEGIN").RunAsync();
        Assert.That(await f.Client.Bind("p", "s").Sync().RunAsync(), Is.EqualTo("BindComplete Ready(T)"));
        f.Revoke(second);
        Assert.That(await f.Client.Execute("p").Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(E)"));
        Assert.That(model.Status, Is.EqualTo('E'));
        Assert.That(await f.RecordedAsync(), Has.None.StartWith("Authorized"));
    }

    [Test]
    public async Task A_portal_is_paged_as_one_execution_until_its_grant_is_revoked()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Approved);
        await f.Client.Query("BEGIN").RunAsync();

        Assert.That(
            await f.Client.Parse("", Offered).Bind("p", "").Execute("p", 1).Sync().RunAsync(), Is.EqualTo("ParseComplete BindComplete Row(1,a) PortalSuspended Ready(T)"));
        Assert.That(await f.Client.Execute("p", 1).Sync().RunAsync(), Is.EqualTo("Row(2,b) PortalSuspended Ready(T)"));
        f.Revoke(grant);
        Assert.That(await f.Client.Execute("p", 1).Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(E)"));
        var recorded = await f.RecordedAsync();
        Assert.That(recorded.Count(r => r.StartsWith("Authorized", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_paused_execution_that_was_told_to_stop_is_recorded_as_refused()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Approved);
        await f.Client.Query("BEGIN").RunAsync();
        await f.Client.Parse("", Offered).Bind("p", "").Execute("p", 1).Sync().RunAsync();
        f.Revoke(grant);
        f.Watch.LookAtAll();
        await f.Client.Query("ROLLBACK").RunAsync();

        Assert.That(await f.RecordedAsync(), Has.Member("Refused 1").And.No.Member("Ok 1"));
    }

    [Test]
    public async Task A_portal_that_outlives_a_skipped_execution_is_recorded_when_it_runs_after_all()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");
        await f.Client.Query("BEGIN").RunAsync();
        await f.Client.Parse("", Offered).Bind("p", "").Sync().RunAsync();
        await f.Client.Query("SAVEPOINT s").RunAsync();
        await f.Client.Parse("", "select 3/0").Bind("", "").Execute("").Execute("p").Sync().RunAsync();
        await f.Client.Query("ROLLBACK TO s").RunAsync();

        Assert.That(await f.Client.Execute("p").Sync().RunAsync(), Is.EqualTo($"{All} Ready(T)"));
        Assert.That((await f.RecordedAsync())[^2..], Is.EqualTo(new[] { $"Authorized: {Approved}", "Ok 3" }));
    }

    [Test]
    public async Task A_portal_name_used_again_leaves_nothing_behind_upstream()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.Client.Query("BEGIN").RunAsync();
        await f.Client.Parse("s", "SELECT 1").Bind("p", "s").Bind("p", "s").Bind("p", "s").Sync().RunAsync();

        Assert.That(model.PortalCount, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task Deallocate_and_discard_forget_the_statements_upstream_as_well()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);
        await f.Client.Parse("s", "SELECT 1").Parse("t", Offered).Sync().RunAsync();

        Assert.That(await f.Client.Query("DEALLOCATE s").RunAsync(), Is.EqualTo("Done(DEALLOCATE) Ready(I)"));
        Assert.That(model.StatementCount, Is.EqualTo(1));
        Assert.That(await f.Client.Query("DEALLOCATE s").RunAsync(), Does.StartWith("ERROR(26000)"));
        Assert.That(await f.Client.Query("DISCARD ALL").RunAsync(), Is.EqualTo("Done(DISCARD ALL) Ready(I)"));
        Assert.That(await f.Client.Bind("", "t").Sync().RunAsync(), Is.EqualTo("ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.Parse("t", Offered).Bind("", "t").Execute("").Sync().RunAsync(), Is.EqualTo($"ParseComplete BindComplete {All} Ready(I)"));
    }

    [Test]
    public async Task A_session_asks_for_its_grant_in_both_protocols()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Approved);

        Assert.That(await f.Client.Query($"SET jit.grant = {grant.Id + 7}").RunAsync(), Is.EqualTo("Done(SET) Ready(I)"));
        Assert.That(await f.Client.Query(Offered).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(
            await f.Client.Parse("", $"SET jit.grant = {grant.Id}").DescribeStatement("").Bind("", "").DescribePortal("").Execute("").Sync().RunAsync(),
            Is.EqualTo("ParseComplete ParameterDescription NoData BindComplete NoData Done(SET) Ready(I)"));
        Assert.That(await f.Client.Query(Offered).RunAsync(), Does.EndWith("Done(SELECT 3) Ready(I)"));
        Assert.That(f.Upstream.Heard, Does.Not.Contain("jit.grant"));
    }

    [TestCase("clear", "[\"4711\",null]")]
    [TestCase("omit", "")]
    public async Task Parameters_are_recorded_as_configured(string policy, string expected)
    {
        await using var f = await new SessionFixture(audit: $"{{ parameters: {policy} }}").StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Parse("", Offered).Bind("", "", "4711", null).Execute("").Sync().RunAsync();
        await f.Trail.FlushAsync();

        var kept = f.Records().Single(r => r.Event == AuditEvent.Authorized).Parameters;
        Assert.That(kept.IsDefault ? "" : System.Text.Json.JsonSerializer.Serialize(kept), policy == "omit" ? Does.Not.Contain("4711") : Is.EqualTo(expected));
    }

    [Test]
    public async Task Hashed_parameters_do_not_show_their_values()
    {
        await using var f = await new SessionFixture(audit: "{ parameters: hash }").StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Parse("", Offered).Bind("", "", "no hex at all").Execute("").Sync().RunAsync();
        await f.Trail.FlushAsync();

        Assert.That(f.Records().Single(r => r.Event == AuditEvent.Authorized).Parameters.Single(), Is.Not.Null.And.Not.Contain("no hex"));
    }

    [Test]
    public async Task A_limited_grant_runs_as_often_as_it_says()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved, executions: 2);

        Assert.That(await f.Client.Query(Offered).RunAsync(), Does.EndWith("Done(SELECT 3) Ready(I)"));
        Assert.That(await f.Client.Parse("", Offered).Bind("", "").Execute("").Sync().RunAsync(), Does.EndWith("Done(SELECT 3) Ready(I)"));
        Assert.That(await f.Client.Query(Offered).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    [Test]
    public async Task A_long_pipeline_without_a_sync_does_not_stand_still()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Parse("s", "SELECT 1").Sync().RunAsync();
        for (var i = 0; i < 9000; i++)
            f.Client.Bind("", "s");

        var heard = f.Client.HearAsync();
        await f.Client.SendAsync();
        await f.Client.Sync().SendAsync();
        Assert.That((await heard).Split(' ').Count(w => w == "BindComplete"), Is.EqualTo(9000));
    }
}
