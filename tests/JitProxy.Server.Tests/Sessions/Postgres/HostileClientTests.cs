using JitProxy.Server.Sessions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Messages that no honest client sends.</summary>
internal sealed class HostileClientTests
{
    private static readonly char[] Extended = ['P', 'B', 'D', 'E', 'C'];

    [TestCaseSource(nameof(Extended))]
    public async Task A_malformed_message_of_the_extended_protocol_is_an_error_up_to_the_sync(char tag)
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        Assert.That(await f.Client.Raw(tag, 1, 2, 3).Parse("", "SELECT 1").Sync().RunAsync(), Is.EqualTo("ERROR(08P01) Ready(I)"));
        Assert.That(await f.Client.Query("SELECT 1").RunAsync(), Does.EndWith("Done(SELECT 1) Ready(I)"));
    }

    [Test]
    public async Task A_query_without_its_one_final_NUL_is_refused()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        Assert.That(await f.Client.Raw('Q', (byte)'x').RunAsync(), Is.EqualTo("ERROR(08P01) Ready(I)"));
        Assert.That(await f.Client.Raw('Q', [.. "SELECT 1\0; DROP\0"u8]).RunAsync(), Is.EqualTo("ERROR(08P01) Ready(I)"));
        Assert.That(await f.Client.Raw('Q').RunAsync(), Is.EqualTo("ERROR(08P01) Ready(I)"));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [TestCase('S')]
    [TestCase('H')]
    public async Task A_malformed_sync_or_flush_ends_the_session(char tag)
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        Assert.That(await f.Client.Raw(tag, 0).RunAsync(), Is.EqualTo("FATAL(08P01) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientViolation));
    }

    [TestCase('p')]
    [TestCase('?')]
    [TestCase('\0')]
    public async Task A_message_that_has_no_place_here_ends_the_session(char tag)
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        Assert.That(await f.Client.Raw(tag, 0).RunAsync(), Is.EqualTo("FATAL(08P01) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientViolation));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [TestCase(new byte[] { (byte)'Q', 0x7F, 0xFF, 0xFF, 0xFF })]
    [TestCase(new byte[] { (byte)'Q', 0xFF, 0xFF, 0xFF, 0xFF })]
    [TestCase(new byte[] { (byte)'Q', 0, 0, 0, 3 })]
    public async Task A_length_that_cannot_be_ends_the_session(byte[] header)
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());
        await Frames.SendAsync(f.Client.Connection.Output, header);

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(08P01) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientViolation));
    }

    [Test]
    public async Task A_function_call_is_refused_and_recorded()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        Assert.That(await f.Client.Raw('F', 0, 0, 0, 1).RunAsync(), Is.EqualTo("ERROR(0A000) Ready(I)"));
        Assert.That(await f.RecordedAsync(), Has.Length.EqualTo(1).And.All.StartWith("Denied"));
    }

    [Test]
    public async Task Copy_data_that_nobody_asked_for_is_ignored()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        Assert.That(await f.Client.Raw('d', 1).Raw('c').Raw('f', 0).Query("SELECT 1").RunAsync(), Does.EndWith("Done(SELECT 1) Ready(I)"));
        Assert.That(f.Upstream.Heard, Does.StartWith("Parse"));
    }

    [Test]
    public async Task A_client_that_breaks_off_in_a_message_is_told_from_one_that_closes()
    {
        await using var truncated = await new SessionFixture().StartAsync(new ServerModel());
        await Frames.SendAsync(truncated.Client.Connection.Output, "Q\0\0\0\x9Sel"u8.ToArray());
        await truncated.Client.Connection.ShutdownOutputAsync();
        Assert.That(await truncated.EndAsync(), Is.EqualTo(SessionEnd.ClientTruncated));

        await using var closed = await new SessionFixture().StartAsync(new ServerModel());
        await closed.Client.Connection.ShutdownOutputAsync();
        Assert.That(await closed.EndAsync(), Is.EqualTo(SessionEnd.ClientClosed));
    }

    [Test]
    public async Task A_type_that_is_not_the_servers_own_is_refused_for_any_statement()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());
        await f.GrantAsync("select id from orders where note = $1");

        Assert.That(await f.Client.Parse("", "select id from orders where note = $1", 16384).Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(await f.Client.Parse("", "SELECT 1", 99999).Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [Test]
    public async Task What_a_session_may_hold_is_bounded_in_bytes()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());
        var types = Enumerable.Repeat(25u, 30_000).ToArray();
        string heard;
        var count = 0;
        do
        {
            heard = await f.Client.Parse($"s{count++}", "SELECT 1", types).Sync().RunAsync();
        }
        while (heard == "ParseComplete Ready(I)" && count < 600);

        Assert.That((heard, count), Is.EqualTo(("ERROR(53400) Ready(I)", 560)));
        await f.Client.Query("DISCARD ALL").RunAsync();
        Assert.That(await f.Client.Parse("s", "SELECT 1", types).Sync().RunAsync(), Is.EqualTo("ParseComplete Ready(I)"));
    }

    [Test]
    public async Task One_message_with_very_many_statements_runs_in_portions()
    {
        await using var f = await new SessionFixture().StartAsync(new ServerModel());

        var heard = await f.Client.Query(string.Concat(Enumerable.Repeat("SELECT 1;", 5000))).RunAsync();
        Assert.That(heard.Split(' ').Count(w => w == "Row(1)"), Is.EqualTo(5000));
    }
}
