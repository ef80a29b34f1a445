using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>The one grant that a session asks for, from where it is said to where it is taken back.</summary>
internal sealed class AskedGrantTests
{
    private const string Statement = "SELECT id, note FROM orders";
    private const string Answered = "Shape(id,note) Row(1,a) Done(SELECT 1) Ready(I)";
    private const string Refused = "ERROR(42501) Ready(I)";

    private static ServerModel Model() => new ServerModel()
        .Knows(Statement, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"))
        .Knows("RESET ALL", new() { Tag = "RESET" });

    [TestCase("RESET ALL")]
    [TestCase("DISCARD ALL")]
    [TestCase("RESET jit.grant")]
    [TestCase("SET jit.grant = DEFAULT")]
    [TestCase("SET jit.grant = none")]
    public async Task It_is_taken_back_by_every_word_that_resets_settings(string reset)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Statement);
        await f.Client.Query($"SET jit.grant = {grant.Id + 7}").RunAsync();
        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Refused));

        Assert.That(await f.Client.Query(reset).RunAsync(), Does.StartWith("Done(").And.EndWith("Ready(I)"));
        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Answered));
    }

    [Test]
    public async Task Discarding_statements_alone_keeps_it()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Statement);
        await f.Client.Query($"SET jit.grant = {grant.Id + 7}").RunAsync();
        await f.Client.Query("DEALLOCATE ALL").RunAsync();

        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Refused));
    }

    [TestCase("RESET ALL")]
    [TestCase("DISCARD ALL")]
    [TestCase("SET jit.grant TO DEFAULT")]
    public async Task A_grant_asked_for_at_the_start_is_what_a_reset_goes_back_to(string reset)
    {
        await using var f = await new SessionFixture(startGrant: 99).StartAsync(Model());
        await f.GrantAsync(Statement);
        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Refused));

        await f.Client.Query("SET jit.grant = none").RunAsync();
        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Answered));

        await f.Client.Query(reset).RunAsync();
        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Refused));
    }

    [TestCase("'abc'")]
    [TestCase("0")]
    [TestCase("-3")]
    [TestCase("''")]
    [TestCase("1, 2")]
    public async Task A_value_that_is_no_grant_is_an_error_and_changes_nothing(string value)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(Statement);
        await f.Client.Query($"SET jit.grant = {grant.Id + 7}").RunAsync();

        Assert.That(await f.Client.Query($"SET jit.grant = {value}").RunAsync(), Is.EqualTo("ERROR(22023) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("SET jit.grant = 12"));
        Assert.That(await f.Client.Query(Statement).RunAsync(), Is.EqualTo(Refused));
    }
}
