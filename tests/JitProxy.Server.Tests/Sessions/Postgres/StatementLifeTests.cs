using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Which statements exist for the client, and under which names it hears of them, whatever is prepared upstream.</summary>
internal sealed class StatementLifeTests
{
    private const string Approved = "SELECT id, note FROM orders";
    private const string All = "Row(1,a) Row(2,b) Done(SELECT 2)";

    private static ServerModel Model() => new ServerModel()
        .Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a", "2,b"))
        .Knows("select 3/0", new() { Error = "22012" });

    [TestCase("SELECT 1")]
    [TestCase(Approved)]
    [TestCase("SET jit.grant = none")]
    public async Task A_statement_whose_parse_was_skipped_does_not_exist(string text)
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");
        await f.Client.Query(Approved).RunAsync();

        await f.Client.Parse("", "select 3/0").Bind("", "").Execute("").Parse("s", text).Sync().RunAsync();
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo("ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.DescribeStatement("s").Sync().RunAsync(), Is.EqualTo("ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.Query("DEALLOCATE s").RunAsync(), Is.EqualTo("ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.Parse("s", text).Bind("", "s").Execute("").Sync().RunAsync(), Does.StartWith("ParseComplete BindComplete"));
    }

    [Test]
    public async Task An_unnamed_statement_whose_parse_was_skipped_does_not_exist_either()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");
        await f.Client.Parse("", Approved).Bind("", "").Execute("").Sync().RunAsync();

        await f.Client.Parse("t", "select 3/0").Bind("", "t").Execute("").Parse("", Approved).Sync().RunAsync();
        Assert.That(await f.Client.Bind("", "").Execute("").Sync().RunAsync(), Is.EqualTo("ERROR(26000) Ready(I)"));
        Assert.That(await f.Client.Parse("", Approved).Bind("", "").Execute("").Sync().RunAsync(), Is.EqualTo($"ParseComplete BindComplete {All} Ready(I)"));
    }

    [Test]
    public async Task A_statement_that_we_prepare_again_exists_even_if_that_is_skipped()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var first = await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");
        await f.Client.Parse("s", Approved).Sync().RunAsync();
        f.Revoke(first);
        await f.GrantAsync(Approved);

        await f.Client.Parse("", "select 3/0").Bind("", "").Execute("").Bind("", "s").Execute("").Sync().RunAsync();
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo($"BindComplete {All} Ready(I)"));
    }

    [TestCase("SELECT 1", "Row(1) Done(SELECT 1)")]
    [TestCase(Approved, All)]
    public async Task A_statement_whose_close_was_skipped_is_still_there(string text, string rows)
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");
        await f.Client.Parse("s", text).Sync().RunAsync();

        await f.Client.Parse("", "select 3/0").Bind("", "").Execute("").CloseStatement("s").Sync().RunAsync();
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo($"BindComplete {rows} Ready(I)"));
        Assert.That(await f.Client.CloseStatement("s").Bind("", "s").Sync().RunAsync(), Is.EqualTo("CloseComplete ERROR(26000) Ready(I)"));
        await f.Client.Parse("t", "SELECT 1").CloseStatement("t").Sync().RunAsync();
        Assert.That(model.StatementCount, Is.LessThanOrEqualTo(2), "the granted ones alone stay prepared");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_an_error_took_away_is_prepared_again_for_those_who_come_behind_in_the_same_send(bool isSimple)
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);
        await f.GrantAsync("select 3/0");

        // The server never sees the first Parse of the text, and nothing of that is known here when the second one is written.
        f.Client.Parse("", "select 3/0").Bind("", "").Execute("").Parse("", Approved).Bind("", "").Execute("").Sync();
        var next = isSimple ? f.Client.Query(Approved) : f.Client.Parse("", Approved).Bind("", "").Execute("").Sync();
        Assert.That(await next.RunAsync(2), Does.EndWith($"{All} Ready(I)"));
        Assert.That(await f.Client.Query(Approved).RunAsync(), Does.EndWith($"{All} Ready(I)"));
        Assert.That(model.StatementCount, Is.LessThanOrEqualTo(2));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_discard_that_fails_changes_nothing(bool isSimple)
    {
        var model = Model().Knows("DISCARD ALL", new() { Error = "25001" });
        await using var f = await new SessionFixture().StartAsync(model);
        var grant = await f.GrantAsync(Approved);
        await f.Client.Query($"SET jit.grant = {grant.Id}").RunAsync();
        await f.GrantAsync(Approved, unmask: true);
        await f.Client.Parse("s", Approved).Parse("t", "SELECT 1").Sync().RunAsync();
        var prepared = model.StatementCount;

        var discard = isSimple ? f.Client.Query("DISCARD ALL") : f.Client.Parse("d", "DISCARD ALL").Bind("", "d").Execute("").CloseStatement("d").Sync();
        Assert.That(await discard.RunAsync(), Does.EndWith("ERROR(25001) Ready(I)"));
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo($"BindComplete {All} Ready(I)"));
        Assert.That(await f.Client.Bind("", "t").Execute("").Sync().RunAsync(), Is.EqualTo("BindComplete Row(1) Done(SELECT 1) Ready(I)"));
        Assert.That(model.StatementCount, Is.LessThanOrEqualTo(prepared + 1), "nothing was prepared a second time");
        var used = (await f.RecordedGrantsAsync())[^2];
        Assert.That(used, Is.EqualTo(grant.Id), "the session still asks for its grant");
    }

    [Test]
    public async Task A_pipeline_goes_on_after_a_discard()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Parse("s", Approved).Sync().RunAsync();

        Assert.That(
            await f.Client.Parse("", "DISCARD ALL").Bind("", "").Execute("").Sync().Bind("", "s").Sync().Parse("s", Approved).Bind("", "s").Execute("").Sync().RunAsync(3),
            Is.EqualTo($"ParseComplete BindComplete Done(DISCARD ALL) Ready(I) ERROR(26000) Ready(I) ParseComplete BindComplete {All} Ready(I)"));
    }

    [Test]
    public async Task A_shape_that_changed_is_recorded_even_if_it_is_only_described()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 secret:25:20002:2", "1,a")));
        var grant = await f.GrantAsync(Approved);

        Assert.That(await f.Client.Parse("", Approved).Bind("", "").DescribePortal("").Sync().RunAsync(), Is.EqualTo("ParseComplete BindComplete ERROR(55000) Ready(I)"));
        await f.Trail.FlushAsync();
        var record = f.Records().Single(r => r.Event == Storage.Audit.AuditEvent.Denied);
        Assert.That(record.Statement, Is.EqualTo(Approved));
        Assert.That(record.Grant, Is.EqualTo(grant.Id));
        Assert.That(record.Error, Does.Contain("columns that were analysed"));
    }

    [TestCase("bind message supplies 1 parameters, but prepared statement \"{0}\" requires 2", "my statement", "bind message supplies 1 parameters, but prepared statement \"my statement\" requires 2")]
    [TestCase("portal \"{1}\" and statement \"{0}\", {0}", "", "portal \"my portal\" and statement \"\", ")]
    [TestCase("jitproxy: jitproxy:x jitproxy:s jitproxy:", "s", "jitproxy: jitproxy:x jitproxy:s jitproxy:")]
    public async Task Errors_and_notices_have_the_names_that_the_client_gave(string said, string statement, string heard)
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Approved);
        await f.Client.Parse(statement, Approved).Bind("my portal", statement).Sync().SendAsync();
        var sent = await f.Upstream.HearAsync("Bind ");
        var names = sent[(sent.LastIndexOf("Bind ", StringComparison.Ordinal) + 5)..].Split('<');
        var text = System.Text.Encoding.UTF8.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, said, names[1], names[0]));

        await f.Upstream.SayAsync(
            PgMessages.ParseComplete.ToArray(),
            Frames.Of(o => PgErrorResponse.WriteNotice(o, new("NOTICE", "00000", System.Text.Encoding.UTF8.GetString(text)))),
            Frames.Of(o => PgErrorResponse.Write(o, new("ERROR", "08P01", System.Text.Encoding.UTF8.GetString(text)))),
            Frames.Of(o => PgReadyForQuery.Write(o, PgTransactionStatus.Idle)));

        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("ParseComplete"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("NOTICE(00000)"));
        Assert.That(f.Client.LastError, Does.Contain($"M{heard}\n"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("ERROR(08P01)"));
        Assert.That(f.Client.LastError, Does.Contain($"M{heard}\n"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("Ready(I)"));
    }

    [Test]
    public async Task A_notice_is_withheld_by_the_statement_that_runs_whatever_of_ours_is_owed_before_it()
    {
        const string Masked = "SELECT id, ssn FROM customers";
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Masked);
        await f.Client.Parse("", Masked).Bind("", "").CloseStatement("nobody").Execute("").Sync().SendAsync();
        await f.Upstream.HearAsync("Sync");

        await f.Upstream.SayAsync(
            PgMessages.ParseComplete.ToArray(),
            PgMessages.BindComplete.ToArray(),
            Frames.Of(o => PgErrorResponse.WriteNotice(o, new("NOTICE", "01000", "078-05-1120"))));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("ParseComplete"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("BindComplete"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("CloseComplete"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("NOTICE(01000)"));
        Assert.That(f.Client.LastError, Does.Not.Contain("078-05-1120"));
    }
}
