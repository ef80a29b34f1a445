using JitProxy.Server.Sessions;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Executions that end in the middle, and both sides in step afterwards.</summary>
internal sealed class CutOffTests
{
    private const string Approved = "SELECT id, note FROM orders";

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a", "2,b", "3,c"));

    [TestCase("{ rows: 2 }", "Row(1,a) Row(2,b) ")]
    [TestCase("{ result_size: 40 B }", "Row(1,a) Row(2,b) ")]
    public async Task A_result_above_its_limit_is_cut_off(string limits, string rows)
    {
        await using var f = await new SessionFixture(limits).StartAsync(Model());
        await f.GrantAsync(Approved);

        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo($"Shape(id,note) {rows}ERROR(54000) Ready(I)"));
        Assert.That(f.Cancels, Is.EqualTo(1));
        Assert.That(await f.RecordedAsync(), Has.Member("Refused 2"));
        Assert.That(await f.Client.Query("SELECT 1").RunAsync(), Is.EqualTo("Shape(?column?) Row(1) Done(SELECT 1) Ready(I)"));
    }

    [Test]
    public async Task An_export_has_no_limit()
    {
        await using var f = await new SessionFixture("{ rows: 2 }").StartAsync(Model());
        await f.GrantAsync(Approved, export: true);

        Assert.That(await f.Client.Query(Approved).RunAsync(), Does.EndWith("Row(3,c) Done(SELECT 3) Ready(I)"));
    }

    [Test]
    public async Task A_transaction_that_is_still_sound_upstream_is_made_to_fail()
    {
        var model = Model();
        await using var f = await new SessionFixture("{ rows: 2 }").StartAsync(model);
        await f.GrantAsync(Approved);
        await f.Client.Query("BEGIN").RunAsync();

        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("Shape(id,note) Row(1,a) Row(2,b) ERROR(54000) Ready(E)"));
        Assert.That(model.Status, Is.EqualTo('E'));
        Assert.That(await f.Client.Query("ROLLBACK").RunAsync(), Is.EqualTo("Done(ROLLBACK) Ready(I)"));
    }

    [Test]
    public async Task A_session_that_pipelined_on_a_sound_transaction_is_closed()
    {
        await using var f = await new SessionFixture("{ rows: 2 }").StartAsync();
        await f.GrantAsync(Approved);
        f.Upstream.Play(Model());
        await f.Client.Query("BEGIN").RunAsync();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        f.OnCancel = () => cancelled.Task;
        await f.Client.Query(Approved).SendAsync();
        await UntilAsync(() => f.Cancels != 0);

        // The server's ReadyForQuery waits for the cancel; this goes upstream meanwhile.
        await f.Client.Query("SELECT 1").SendAsync();
        await UntilAsync(() => f.Upstream.Heard.EndsWith("=SELECT 1 Bind < Describe P: Execute /0 Sync", StringComparison.Ordinal));

        cancelled.SetResult();
        Assert.That(await f.Client.HearAsync(), Does.EndWith("ERROR(54000) FATAL(57014) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.OutOfStep));
    }

    [Test]
    public async Task A_result_with_other_columns_than_analysed_is_refused()
    {
        var model = new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 ssn:25:20001:3", "1,078-05-1120"));
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);

        Assert.That(await f.Client.Query(Approved).RunAsync(), Does.Contain("ERROR(55000) Ready(I)").And.Not.Contain("078"));
    }

    [Test]
    public async Task A_revocation_while_rows_come_stops_them()
    {
        await using var f = await new SessionFixture().StartAsync();
        var grant = await f.GrantAsync(Approved);
        await f.Client.Query(Approved).SendAsync();
        await f.Upstream.HearAsync("Sync");
        await f.Upstream.SayAsync(
            PgMessages.ParseComplete.ToArray(), PgMessages.BindComplete.ToArray(), Frames.Of(o => PgRowDescription.Write(o, ModelAnswer.Table("id:23:20002:1 note:25:20002:2").Columns)),
            Frames.Of(o => PgDataRow.Write(o, ["1"u8.ToArray(), "a"u8.ToArray()])));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("Shape(id,note)"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("Row(1,a)"));
        f.Revoke(grant);
        f.Watch.LookAtAll();
        Assert.That(f.Cancels, Is.EqualTo(1));
        await f.Upstream.SayAsync(
            Frames.Of(o => PgDataRow.Write(o, ["2"u8.ToArray(), "b"u8.ToArray()])), Frames.Of(o => PgErrorResponse.Write(o, new("ERROR", "57014", "canceled"))), Frames.Raw('Z', (byte)'I'));

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(await f.RecordedAsync(), Has.Member("Refused 1"));
    }

    [Test]
    public async Task A_statement_that_takes_too_long_is_stopped()
    {
        await using var f = await new SessionFixture("{ statement_timeout: 5s }").StartAsync();
        await f.GrantAsync(Approved);
        await f.Client.Query(Approved).SendAsync();
        await f.Upstream.HearAsync("Sync");
        f.Clock.Now += TimeSpan.FromSeconds(4);
        f.Watch.LookAtAll();
        Assert.That(f.Cancels, Is.Zero);
        f.Clock.Now += TimeSpan.FromSeconds(2);
        f.Watch.LookAtAll();
        Assert.That(f.Cancels, Is.EqualTo(1));
        await f.Upstream.SayAsync(
            PgMessages.ParseComplete.ToArray(), PgMessages.BindComplete.ToArray(), Frames.Of(o => PgErrorResponse.Write(o, new("ERROR", "57014", "canceled"))), Frames.Raw('Z', (byte)'I'));

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(57014) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("statement_timeout"));
    }

    [Test]
    public async Task Own_answers_behind_a_cut_off_are_not_given()
    {
        await using var f = await new SessionFixture("{ rows: 1 }").StartAsync(Model());
        await f.GrantAsync(Approved);

        Assert.That(
            await f.Client.Parse("s", Approved).Bind("", "s").Execute("").CloseStatement("s").Sync().RunAsync(),
            Is.EqualTo("ParseComplete BindComplete Row(1,a) ERROR(54000) Ready(I)"));
    }

    [Test]
    public async Task A_masking_policy_that_changes_between_pages_masks_the_next_page()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        await f.Client.Query("BEGIN").RunAsync();
        await f.Client.Parse("", Approved).Bind("p", "").Execute("p", 1).Sync().RunAsync();
        var masking = f.Configuration.Masking;
        f.Policies.Current = new(f.Configuration, new()
        {
            SemanticTypes = masking.SemanticTypes,
            Columns = masking.Columns.Add(new("shop", "app", "public", "orders", "note"), "ssn"),
            Rules = masking.Rules,
            Exemptions = masking.Exemptions,
            Secrets = f.Secrets,
        });

        Assert.That(await f.Client.Execute("p", 1).Sync().RunAsync(), Is.EqualTo("Row(2,******) PortalSuspended Ready(T)"));
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var slow = new CancellationTokenSource(Frames.Soon);
        while (!isSo())
            await Task.Delay(1, slow.Token);
    }
}
