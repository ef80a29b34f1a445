using System.Net;
using System.Runtime.Versioning;
using JitProxy.Server.Accept;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>What only the epoll transport has: threads, and tokens of sockets.</summary>
[SupportedOSPlatform("linux")]
internal sealed class EpollTests
{
    [Test]
    public async Task Code_runs_on_the_pool_at_first_and_on_the_loop_after_entering_it()
    {
        var places = new List<string?>();
        await using var fixture = new TransportFixture(TransportKind.Epoll, async (connection, stop) =>
        {
            await TakeAsync(connection, stop);
            places.Add(Thread.CurrentThread.Name);
            await connection.EnterLoopAsync();
            places.Add(Thread.CurrentThread.Name);
            await TakeAsync(connection, stop);
            places.Add(Thread.CurrentThread.Name);
            await Task.Run(() => places.Add("elsewhere"), stop);
            await connection.EnterLoopAsync();
            places.Add(Thread.CurrentThread.Name);
            connection.LeaveLoop();
            var last = TakeAsync(connection, stop);
            places.Add("waiting");
            await last;
            places.Add(Thread.CurrentThread.Name);
        });
        await using var client = await fixture.ConnectAsync();
        for (var i = 1; i <= 3; i++)
        {
            await client.SendAsync(new byte[1]);
            var expected = i;
            Assert.That(() => places.Count, Is.EqualTo(new[] { 0, 2, 6, 7 }[expected]).After(5_000, 5));
        }

        Assert.That(places, Is.EqualTo(new[] { places[0], "loop 0", "loop 0", "elsewhere", "loop 0", "waiting", places[6] }));
        Assert.That(places[0], Is.Not.EqualTo("loop 0"));
        Assert.That(places[6], Is.Not.EqualTo("loop 0"));
    }

    [Test]
    public async Task Upstream_beside_a_client_shares_its_loop()
    {
        using var transport = Transport.Create(new() { Kind = TransportKind.Epoll, LoopCount = 3 }, NullLogger.Instance);
        await using var listener = Listener.Start(
            transport, new IPEndPoint(IPAddress.Loopback, 0), new(100), new(TransportFixture.EchoAsync), TimeProvider.System, NullLogger.Instance);
        var connector = new Connector(transport, TimeProvider.System);
        var port = ((IPEndPoint)listener.LocalEndPoint).Port;
        await using var one = (await connector.ConnectAsync("127.0.0.1", port, TransportFixture.Soon)).Connection!;
        for (var i = 0; i < 5; i++)
        {
            await using var other = (await connector.ConnectAsync("127.0.0.1", port, TransportFixture.Soon, one)).Connection!;
            Assert.That(LoopOf(other), Is.SameAs(LoopOf(one)));
        }
    }

    [Test]
    public async Task Place_of_a_closed_channel_is_reused_under_another_token()
    {
        await using var fixture = new TransportFixture(TransportKind.Epoll, TransportFixture.EchoAsync);
        var slots = new EpollSlots();
        await using var first = (ChannelConnection)await fixture.ConnectAsync();
        await using var second = (ChannelConnection)await fixture.ConnectAsync();
        var (a, b) = ((EpollChannel)first.Channel, (EpollChannel)second.Channel);
        var (tokenOfA, tokenOfB) = (a.Token, b.Token);
        try
        {
            var old = slots.Add(a);
            slots.Remove(old);
            var current = slots.Add(b);

            Assert.That(current & uint.MaxValue, Is.EqualTo(old & uint.MaxValue), "the place");
            Assert.That(slots.Find(old), Is.Null);
            Assert.That(slots.Find(current), Is.SameAs(b));
            slots.Remove(old);
            Assert.That(slots.Find(current), Is.SameAs(b), "a late removal must not hit the new user");
            Assert.That(slots.Find(ulong.MaxValue), Is.Null);
        }
        finally
        {
            (a.Token, b.Token) = (tokenOfA, tokenOfB);
        }
    }

    [Test]
    public async Task Work_posted_after_the_loop_has_ended_still_runs()
    {
        var loop = new EpollLoop(9, NullLogger.Instance);
        var ran = new TaskCompletionSource<bool>();
        loop.Post(() => ran.SetResult(loop.IsCurrent));
        Assert.That(await ran.Task.WaitAsync(TransportFixture.Soon), Is.True);
        loop.Dispose();
        loop.Dispose();
        var late = new TaskCompletionSource();
        loop.Post(late.SetResult);

        await late.Task.WaitAsync(TransportFixture.Soon);
    }

    [Test]
    public async Task Work_that_fails_does_not_end_the_loop()
    {
        var log = new RecordingLog();
        using var loop = new EpollLoop(8, log);
        var ran = new TaskCompletionSource();
        loop.Post(() => throw new InvalidOperationException("a defect"));
        loop.Post(ran.SetResult);

        await ran.Task.WaitAsync(TransportFixture.Soon).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Assert.That(log.Lines, Has.One.Contains("a defect"));
    }

    [Test]
    public async Task Entering_the_loop_never_leaves_the_caller_elsewhere()
    {
        // A switch that was a task could complete on the loop before the caller looked, which then stayed where it was.
        await using var fixture = new TransportFixture(TransportKind.Epoll, TransportFixture.EchoAsync);
        await using var client = (ChannelConnection)await fixture.ConnectAsync();
        var elsewhere = 0;
        for (var i = 0; i < 20_000; i++)
        {
            await Task.Yield();
            await client.EnterLoopAsync();
            elsewhere += client.Channel.IsOnLoop ? 0 : 1;
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        Assert.That(elsewhere, Is.Zero);
    }

    [Test]
    public async Task Connections_left_when_the_loops_end_fail_instead_of_hanging()
    {
        var fixture = new TransportFixture(TransportKind.Epoll, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        var read = client.Input.ReadAsync().AsTask();
        fixture.Transport.Dispose();

        Assert.That(async () => await read.WaitAsync(TransportFixture.Soon), Throws.InstanceOf<IOException>());
        await fixture.Listener.DisposeAsync();
    }

    private static EpollLoop LoopOf(Connection connection) => ((EpollChannel)((ChannelConnection)connection).Channel).Loop;

    private static async Task TakeAsync(Connection connection, CancellationToken stop)
    {
        var read = await connection.Input.ReadAsync(stop);
        connection.Input.AdvanceTo(read.Buffer.End);
    }
}
