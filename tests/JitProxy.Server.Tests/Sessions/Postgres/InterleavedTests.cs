using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Notices, settings and notifications may stand between any two messages of the server's; nothing else may change by them.</summary>
internal sealed class InterleavedTests
{
    private const string Approved = "SELECT id, note FROM orders";
    private const string Masked = "SELECT id, ssn FROM customers";
    private const string Secret = "078-05-1120";

    [Test]
    public async Task What_comes_at_any_time_breaks_no_order()
    {
        var quiet = await RunAsync(static answer => answer);
        var noisy = await RunAsync(static answer => Interleave(answer));

        Assert.That(noisy.Where(static w => !IsAside(w)), Is.EqualTo(quiet));
        Assert.That(noisy.Count(static w => w == "NOTICE(01000)"), Is.GreaterThan(20));
        Assert.That(noisy.Where(static w => w.StartsWith("Setting", StringComparison.Ordinal)).Distinct(), Is.EqualTo(new[] { "Setting(TimeZone=UTC)" }), "settings that are nobody's business stay here");
        Assert.That(noisy, Has.None.EqualTo("NotificationResponse"));
    }

    [Test]
    public async Task A_flood_of_notices_is_passed_on_and_ends()
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Approved);
        var model = Model();
        var notices = Enumerable.Repeat(Notice(), 20_000).SelectMany(static n => n).ToArray();
        f.Upstream.Play(frame => [.. frame[0] == (byte)'E' ? notices : [], .. model.Answer(frame)]);

        var heard = (await f.Client.Query(Approved).RunAsync()).Split(' ');
        Assert.That(heard.Count(static w => w == "NOTICE(01000)"), Is.EqualTo(20_000));
        Assert.That(heard[^1], Is.EqualTo("Ready(I)"));
    }

    private static async Task<List<string>> RunAsync(Func<byte[], byte[]> change)
    {
        await using var f = await new SessionFixture().StartAsync();
        await f.GrantAsync(Approved);
        await f.GrantAsync(Masked);
        var model = Model();
        f.Upstream.Play(frame => change(model.Answer(frame)));
        var heard = new List<string>();
        foreach (var (words, count) in new (Func<SessionClient, SessionClient>, int)[]
        {
            (static c => c.Query(Approved), 1),
            (static c => c.Query(Masked), 1),
            (static c => c.Query("BEGIN"), 1),
            (static c => c.Parse("s", Approved).DescribeStatement("s").Bind("p", "s").DescribePortal("p").Execute("p", 1).Sync().Execute("p", 1).ClosePortal("p").CloseStatement("s").Sync(), 2),
            (static c => c.Query("nobody granted this"), 1),
            (static c => c.Query("ROLLBACK"), 1),
            (static c => c.Parse("", Approved).Bind("", "").Execute("").Parse("", "DROP TABLE orders").Bind("", "").Execute("").Sync(), 1),
        })
        {
            var asked = words(f.Client);
            heard.AddRange((await asked.RunAsync(count)).Split(' '));
            Assert.That(f.Client.LastError, Does.Not.Contain(Secret));
        }

        return heard;
    }

    private static ServerModel Model() => new ServerModel()
        .Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a", "2,b"))
        .Knows(Masked, ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3", $"1,{Secret}"));

    private static byte[] Interleave(byte[] answer)
    {
        var output = new List<byte>();
        for (var at = 0; at < answer.Length;)
        {
            output.AddRange(Notice());
            output.AddRange(Frames.Of(static o => PgParameterStatus.Write(o, "TimeZone"u8, "UTC"u8)));
            output.AddRange(Frames.Of(static o => PgParameterStatus.Write(o, "search_path"u8, "evil"u8)));
            output.AddRange(Frames.Raw('A', [0, 0, 0, 7, (byte)'c', 0, .. "078-05-1120"u8, 0]));
            var size = 1 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(at + 1));
            output.AddRange(answer.AsSpan(at, size));
            at += size;
        }

        return [.. output];
    }

    private static byte[] Notice() => Frames.Of(static o => PgErrorResponse.WriteNotice(o, new("WARNING", "01000", "it says " + Secret[..3])));

    private static bool IsAside(string word) => word.StartsWith("NOTICE", StringComparison.Ordinal) || word.StartsWith("Setting", StringComparison.Ordinal);
}
