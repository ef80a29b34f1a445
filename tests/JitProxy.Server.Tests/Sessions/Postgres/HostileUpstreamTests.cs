using System.Text;
using JitProxy.Server.Sessions;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>An upstream that says what it should not, or too much, or falls silent.</summary>
internal sealed class HostileUpstreamTests
{
    private const string Secret = "SELECT id, ssn FROM customers";

    private static readonly byte[] Shape = Frames.Of(o => PgRowDescription.Write(o, ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3").Columns));

    private static readonly byte[] Prepared = [.. PgMessages.ParseComplete, .. PgMessages.BindComplete];

    private static IEnumerable<TestCaseData> Violations()
    {
        yield return new TestCaseData(Row("1", "078-05-1120")).SetArgDisplayNames("row without description");
        yield return new TestCaseData((byte[])[.. Shape, .. Row("1", "078-05-1120", "x")]).SetArgDisplayNames("row with more columns");
        yield return new TestCaseData((byte[])[.. Shape, .. Row("078-05-1120")]).SetArgDisplayNames("row with fewer columns");
        yield return new TestCaseData((byte[])[.. Shape, .. Frames.Of(o => PgCopyResponse.WriteOut(o, false, 2)), .. Frames.Raw('d', [.. "078"u8])]).SetArgDisplayNames("copy out");
        yield return new TestCaseData((byte[])[.. Shape, .. Frames.Raw('G', 0, 0, 0)]).SetArgDisplayNames("copy in");
        yield return new TestCaseData((byte[])[.. Shape, .. Shape]).SetArgDisplayNames("second description");
        yield return new TestCaseData((byte[])[.. Shape, .. Frames.Raw('Z', (byte)'I')]).SetArgDisplayNames("ready without an end");
        yield return new TestCaseData((byte[])[.. Shape, (byte)'D', 0, 0, 0, 2]).SetArgDisplayNames("length below itself");
        yield return new TestCaseData((byte[])[.. Shape, (byte)'D', 0x7F, 0xFF, 0xFF, 0xFF, 0, 2]).SetArgDisplayNames("row of two gigabytes");
        yield return new TestCaseData((byte[])[.. Shape, (byte)'x', 0, 0, 0, 4]).SetArgDisplayNames("unknown message");
    }

    [TestCaseSource(nameof(Violations))]
    public async Task What_does_not_fit_ends_the_session_and_no_value_leaves(byte[] answer)
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Secret);
        await f.Client.Query(Secret).SendAsync();
        await f.Upstream.HearAsync("Sync");
        await f.Upstream.SayAsync(Prepared, answer);
        await f.Upstream.Connection.ShutdownOutputAsync();

        var heard = await f.Client.HearAsync();
        Assert.That(heard, Does.Not.Contain("078").And.EndsWith("closed"));
        Assert.That(await f.EndAsync(), Is.AnyOf(SessionEnd.UpstreamViolation, SessionEnd.UpstreamLost));
        Assert.That(await f.RecordedAsync(), Has.Member("Unknown 0"));
    }

    [Test]
    public async Task An_answer_that_nobody_asked_for_ends_the_session()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.Upstream.SayAsync(PgMessages.BindComplete.ToArray());

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(08P01) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamViolation));
    }

    [Test]
    public async Task An_upstream_that_is_lost_among_its_rows_leaves_an_unknown_outcome()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Secret);
        await f.Client.Query(Secret).SendAsync();
        await f.Upstream.HearAsync("Sync");
        await f.Upstream.SayAsync(Prepared, Shape, Row("1", "078-05-1120"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("Shape(id,ssn)"));
        Assert.That(await f.Client.HearOneAsync(), Is.EqualTo("Row(1,******)"));
        f.Upstream.Connection.Abort();

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(08006) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamLost));
        Assert.That(await f.RecordedAsync(), Has.Member("Unknown 1"));
    }

    [Test]
    public async Task A_client_that_is_lost_among_its_rows_has_its_statement_cancelled()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Secret);
        await f.Client.Query(Secret).SendAsync();
        await f.Upstream.HearAsync("Sync");
        await f.Upstream.SayAsync(Prepared, Shape);
        await f.Client.HearOneAsync();
        f.Client.Connection.Abort();

        Assert.That(await f.EndAsync(), Is.AnyOf(SessionEnd.ClientLost, SessionEnd.ClientClosed));
        Assert.That(f.Cancels, Is.Positive);
        Assert.That(await f.RecordedAsync(), Has.Member("Unknown 0"));
    }

    [Test]
    public async Task A_large_row_cut_in_the_middle_is_not_followed_by_an_error()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync("SELECT id, note FROM orders");
        await f.Client.Query("SELECT id, note FROM orders").SendAsync();
        await f.Upstream.HearAsync("Sync");
        var row = Row("1", new string('x', 400_000));
        await f.Upstream.SayAsync(Prepared, Frames.Of(o => PgRowDescription.Write(o, ModelAnswer.Table("id:23:20002:1 note:25:20002:2").Columns)), row[..100_000]);
        await f.Client.HearOneAsync();
        await f.Upstream.Connection.ShutdownOutputAsync();

        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamLost));
        var rest = await f.Client.Connection.Input.ReadAtLeastAsync(200_000);
        Assert.That(rest.Buffer.Length, Is.EqualTo(100_000));
    }

    [TestCase("Parse")]
    [TestCase("Bind")]
    [TestCase("Execute")]
    public async Task Errors_of_statements_that_touch_masked_columns_are_withheld(string stage)
    {
        var answer = ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3") with
        {
            ParseError = stage == "Parse" ? "22P02" : null,
            BindError = stage == "Bind" ? "22P02" : null,
            Error = stage == "Execute" ? "22P02" : null,
        };
        await using var f = await new SessionFixture().StartAsync(new ServerModel().Knows(Secret, answer));
        await f.GrantAsync(Secret);

        Assert.That(await f.Client.Query(Secret).RunAsync(), Does.EndWith("ERROR(22P02) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Not.Contain("078").And.Contain("audit trail"));
        Assert.That(await f.Client.Parse("s", Secret).DescribeStatement("s").Bind("", "s").Execute("").Sync().RunAsync(), Does.EndWith("ERROR(22P02) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Not.Contain("078"));
    }

    [Test]
    public async Task An_error_at_the_description_of_a_prepared_statement_is_withheld()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Secret);
        await f.Client.Parse("s", Secret).DescribeStatement("s").Sync().SendAsync();
        await f.Upstream.HearAsync("Sync");
        await f.Upstream.SayAsync(
            PgMessages.ParseComplete.ToArray(), Frames.Of(o => PgErrorResponse.Write(o, new("ERROR", "XX000", "078-05-1120"))), Frames.Raw('Z', (byte)'I'));

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ParseComplete ERROR(XX000) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Not.Contain("078"));
    }

    [Test]
    public async Task Notices_are_withheld_and_notifications_dropped_and_settings_filtered()
    {
        var said = Frames.Of(o =>
        {
            PgErrorResponse.WriteNotice(o, new("NOTICE", "00000", "value 078-05-1120"));
            PgNotificationResponse.Write(o, 1, "c"u8, "078-05-1120"u8);
            PgParameterStatus.Write(o, "TimeZone"u8, "UTC"u8);
            PgParameterStatus.Write(o, "session_authorization"u8, "jitproxy"u8);
            PgParameterStatus.Write(o, "is_superuser"u8, "on"u8);
            PgParameterStatus.Write(o, "secret.setting"u8, "078-05-1120"u8);
        });
        var answer = ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3", "1,078-05-1120") with { Before = [said] };
        await using var f = await new SessionFixture().StartAsync(new ServerModel().Knows(Secret, answer));
        await f.GrantAsync(Secret);

        Assert.That(
            await f.Client.Query(Secret).RunAsync(),
            Is.EqualTo("Shape(id,ssn) NOTICE(00000) Setting(TimeZone=UTC) Setting(session_authorization=alice) Setting(is_superuser=off) Row(1,******) Done(SELECT 1) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Not.Contain("078"));
    }

    private static byte[] Row(params string[] values) =>
        Frames.Of(o => PgDataRow.Write(o, values.Select(v => (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(v)).ToArray()));
}
