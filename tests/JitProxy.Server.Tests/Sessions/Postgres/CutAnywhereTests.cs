using JitProxy.Server.Sessions;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A reference conversation, broken off at every byte of either direction: nobody hangs, nothing runs twice, and the trail knows an end.</summary>
internal sealed class CutAnywhereTests
{
    private const string Masked = "SELECT id, ssn FROM customers";
    private const string Secret = "078-05-1120";

    [Test]
    public async Task A_client_that_is_lost_at_any_byte_leaves_an_ended_execution([Values] bool isReset)
    {
        await using var f = await new SessionFixture(trail: new() { StallLimit = TimeSpan.FromMinutes(1) }).StartAsync();
        await f.GrantAsync(Masked);
        var script = Script();

        // Together, because a session whose client left waits a while for what runs to be cancelled.
        await Task.WhenAll(Enumerable.Range(0, script.Length + 1).Select(size => LoseClientAsync(f, script[..size], isReset)));
        await AssertAllEndedAsync(f);
        await using var next = f.Open();
        Play(next, int.MaxValue);
        Assert.That(await next.Client.Query(Masked).RunAsync(), Is.EqualTo("Shape(id,ssn) Row(1,******) Done(SELECT 1) Ready(I)"), "the next client is served");
    }

    [Test]
    public async Task A_server_that_is_lost_at_any_byte_is_told_to_the_client()
    {
        await using var f = await new SessionFixture(trail: new() { StallLimit = TimeSpan.FromMinutes(1) }).StartAsync();
        await f.GrantAsync(Masked);
        var script = Script();
        var size = 0;
        for (var isWhole = false; !isWhole; size++)
        {
            await using var s = f.Open();
            var executed = Play(s, size);
            await Frames.SendAsync(s.Client.Connection.Output, script);
            var heard = new List<string>();
            do
                heard.Add(await s.Client.HearOneAsync());
            while (heard[^1] != "closed" && heard.Count(static w => w.StartsWith("Ready", StringComparison.Ordinal)) < 2);

            isWhole = heard[^1] != "closed";
            var words = string.Join(' ', heard);
            Assert.That(words, Does.Not.Contain(Secret));
            if (!isWhole)
            {
                // A row that was cut in pieces cannot be followed by an error; this one is small, and is passed on whole or not at all.
                Assert.That(words, Does.EndWith("FATAL(08006) closed"), $"after {size} bytes");
                Assert.That(await s.EndAsync(), Is.EqualTo(SessionEnd.UpstreamLost), $"after {size} bytes");
            }

            Assert.That(executed(), Is.LessThanOrEqualTo(2), "nothing is ever tried again");
        }

        Assert.That(size, Is.GreaterThan(150));
        await AssertAllEndedAsync(f);
    }

    private static async Task LoseClientAsync(SessionFixture f, byte[] sent, bool isReset)
    {
        await using var s = f.Open();
        var executed = Play(s, int.MaxValue);
        await Frames.SendAsync(s.Client.Connection.Output, sent);
        if (isReset)
            s.Client.Connection.Abort();
        else
            await s.Client.Connection.Output.CompleteAsync();

        Assert.That(await s.EndAsync(), Is.AnyOf(SessionEnd.ClientClosed, SessionEnd.ClientTruncated, SessionEnd.ClientLost), $"after {sent.Length} bytes");
        Assert.That(executed(), Is.LessThanOrEqualTo(2));
    }

    private static ServerModel Model() => new ServerModel().Knows(Masked, ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3", $"1,{Secret}"));

    // Both protocols, so that all kinds of messages are among what is cut.
    private static byte[] Script()
    {
        var (near, far) = JitProxy.Server.Accept.MemoryConnection.CreatePair();
        new SessionClient(near).Parse("", Masked).Bind("p", "").DescribePortal("p").Execute("p").Sync().Query(Masked).SendAsync().GetAwaiter().GetResult();
        far.Input.TryRead(out var read);
        var bytes = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
        far.Input.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    /// <summary>Plays the server up to so many bytes of its answers; the function tells how often something was executed.</summary>
    private static Func<int> Play(ExtraSession s, int sizeMax)
    {
        var model = Model();
        var left = sizeMax;
        var executions = 0;
        s.Upstream.Play(frame =>
        {
            executions += frame[0] == (byte)'E' ? 1 : 0;
            var answer = model.Answer(frame);
            if (answer.Length <= left)
            {
                left -= answer.Length;
                return answer;
            }

            Frames.SendAsync(s.Upstream.Connection.Output, answer[..left]).GetAwaiter().GetResult();
            s.Upstream.Connection.Abort();
            throw new IOException("the test cut the server off here");
        });
        return () => executions;
    }

    private static async Task AssertAllEndedAsync(SessionFixture f)
    {
        await f.Trail.FlushAsync();
        var records = f.Records();
        var begun = records.Where(static r => r.Event == AuditEvent.Authorized).Select(static r => r.Seq).ToList();
        var ended = records.Where(static r => r.Event == AuditEvent.Finished).ToList();
        Assert.That(begun, Is.Not.Empty);
        Assert.That(ended.Select(static r => r.Execution!.Value), Is.EquivalentTo(begun), "each has exactly one end");
        Assert.That(ended.Select(static r => r.Outcome), Is.All.AnyOf(AuditOutcome.Ok, AuditOutcome.Unknown, AuditOutcome.Canceled, AuditOutcome.Skipped, AuditOutcome.Error));
    }
}
