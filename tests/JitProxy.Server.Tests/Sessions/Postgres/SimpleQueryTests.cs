using JitProxy.Server.Sessions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

internal sealed class SimpleQueryTests
{
    private const string Approved = "SELECT id, note FROM orders";
    private const string Offered = "select  ID, note /* mine */ from orders";
    private const string Columns = "id:23:20002:1 note:25:20002:2";

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table(Columns, "1,a", "2,b"));

    [Test]
    public async Task A_granted_query_runs_as_the_approved_text_and_is_answered_as_a_query()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);

        Assert.That(await f.Client.Query(Offered).RunAsync(), Is.EqualTo("Shape(id,note) Row(1,a) Row(2,b) Done(SELECT 2) Ready(I)"));
        Assert.That(f.Upstream.Heard, Is.EqualTo($"Parse jitproxy:s1={Approved} Bind <jitproxy:s1 Describe P: Execute /0 Sync"));
        Assert.That(await f.RecordedAsync(), Is.EqualTo(new[] { $"Authorized: {Approved}", "Ok 2" }));
    }

    [Test]
    public async Task The_second_run_of_a_granted_query_uses_the_prepared_statement()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Query(Offered).RunAsync();
        f.Upstream.Forget();

        Assert.That(await f.Client.Query(Offered).RunAsync(), Is.EqualTo("Shape(id,note) Row(1,a) Row(2,b) Done(SELECT 2) Ready(I)"));
        Assert.That(await f.Client.Query(Approved + ";").RunAsync(), Does.EndWith("Done(SELECT 2) Ready(I)"));
        Assert.That(f.Upstream.Heard, Is.EqualTo("Bind <jitproxy:s1 Describe P: Execute /0 Sync Bind <jitproxy:s1 Describe P: Execute /0 Sync"));
    }

    [Test]
    public async Task A_refusal_while_idle_does_not_reach_the_upstream()
    {
        await using var f = await new SessionFixture().StartAsync(Model());

        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("alice").And.Contain("jitproxy request --denied"));
        Assert.That(f.Upstream.Heard, Is.Empty);
        Assert.That(await f.RecordedAsync(), Is.EqualTo(new[] { $"Denied: {Approved}" }));
    }

    [Test]
    public async Task A_refusal_in_a_transaction_fails_the_transaction_upstream_too()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);

        Assert.That(await f.Client.Query("BEGIN").RunAsync(), Is.EqualTo("Done(BEGIN) Ready(T)"));
        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("ERROR(42501) Ready(E)"));
        Assert.That(model.Status, Is.EqualTo('E'));
        Assert.That(model.Texts, Does.Not.Contain(Approved));
        Assert.That(await f.Client.Query("ROLLBACK").RunAsync(), Is.EqualTo("Done(ROLLBACK) Ready(I)"));
    }

    [Test]
    public async Task A_refused_part_of_a_query_ends_it_after_the_parts_before()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);

        Assert.That(
            await f.Client.Query($"{Offered}; select * from customers; {Offered}").RunAsync(),
            Is.EqualTo("Shape(id,note) Row(1,a) Row(2,b) Done(SELECT 2) ERROR(42501) Ready(I)"));
        Assert.That(model.Texts, Is.EquivalentTo(new[] { Approved, "jitproxy refused a statement here" }));
    }

    [Test]
    public async Task An_empty_query_is_answered_as_one()
    {
        await using var f = await new SessionFixture().StartAsync(Model());

        Assert.That(await f.Client.Query(" ; -- nothing").RunAsync(), Is.EqualTo("EmptyQueryResponse Ready(I)"));
        Assert.That(await f.RecordedAsync(), Is.Empty);
    }

    [Test]
    public async Task A_query_in_an_open_pipeline_runs_after_it_and_only_if_it_did_not_fail()
    {
        await using var f = await new SessionFixture().StartAsync(Model().Knows("select 3/0", new() { Error = "22012" }));
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");

        Assert.That(
            await f.Client.Parse("", Offered).Bind("", "").Execute("").CloseStatement("x").Query("BEGIN").RunAsync(),
            Is.EqualTo("ParseComplete BindComplete Row(1,a) Row(2,b) Done(SELECT 2) CloseComplete Done(BEGIN) Ready(T)"));
        Assert.That(
            await f.Client.Parse("", "select 3/0").Bind("", "").Execute("").Query(Offered).Sync().RunAsync(),
            Is.EqualTo("ParseComplete BindComplete ERROR(22012) Ready(E)"));
    }

    [Test]
    public async Task A_client_that_leaves_ends_its_session()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.Client.Raw('X').SendAsync();

        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientTerminated));
        Assert.That(f.Upstream.Heard, Is.AnyOf("Terminate", ""));
    }
}
