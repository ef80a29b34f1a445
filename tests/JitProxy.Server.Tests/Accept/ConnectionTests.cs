using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using JitProxy.Server.Accept;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>What both transports promise about bytes.</summary>
[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class ConnectionTests(TransportKind kind)
{
    [Test]
    public async Task Bytes_sent_one_at_a_time_come_back_in_order()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        var sent = "one byte at a time"u8.ToArray();
        var echoed = client.ReadExactlyAsync(sent.Length);
        foreach (var one in sent)
            await client.SendAsync(new[] { one });

        Assert.That(await echoed, Is.EqualTo(sent));
    }

    [Test]
    public async Task First_byte_can_be_looked_at_without_consuming_it()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync("\u0016rest"u8.ToArray());

        Assert.That(await client.PeekFirstByteAsync(), Is.EqualTo(0x16));
        Assert.That(await client.ReadExactlyAsync(5), Is.EqualTo("\u0016rest"u8.ToArray()));
    }

    [Test]
    public async Task First_byte_of_a_stream_that_ends_at_once_is_minus_one()
    {
        await using var fixture = new TransportFixture(kind, (_, _) => Task.CompletedTask);
        await using var client = await fixture.ConnectAsync();

        Assert.That(await client.PeekFirstByteAsync(), Is.EqualTo(-1));
    }

    [Test]
    public async Task Unconsumed_bytes_stay_and_more_are_added_in_one_segment()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        var sent = new byte[300_000];
        new Random(1).NextBytes(sent);
        var sending = client.SendAsync(sent);

        while (true)
        {
            var read = await client.Input.ReadAsync();
            Assert.That(read.Buffer.IsSingleSegment, Is.True);
            if (read.Buffer.Length == sent.Length)
            {
                Assert.That(read.Buffer.FirstSpan.SequenceEqual(sent), Is.True);
                client.Input.AdvanceTo(read.Buffer.End);
                break;
            }

            client.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        await sending;
    }

    [Test]
    public async Task Bytes_that_were_not_examined_are_read_again_at_once()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync("abc"u8.ToArray());
        Assert.That(await client.PeekFirstByteAsync(), Is.EqualTo((int)'a'));

        var again = client.Input.ReadAsync();
        Assert.That(again.IsCompleted, Is.True);
        client.Input.AdvanceTo((await again).Buffer.End);
    }

    [Test]
    public async Task Position_of_another_read_is_refused()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync("abc"u8.ToArray());
        _ = await client.PeekFirstByteAsync();
        var read = await client.Input.ReadAsync();
        var foreign = new ReadOnlySequence<byte>(new byte[3]);

        Assert.That(() => client.Input.AdvanceTo(foreign.End), Throws.InvalidOperationException);
        client.Input.AdvanceTo(read.Buffer.End);
    }

    [Test]
    public async Task More_bytes_than_were_reserved_cannot_be_written()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        var room = client.Output.GetMemory(10).Length;

        Assert.That(() => client.Output.Advance(room + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(client.Output.UnflushedBytes, Is.Zero);
    }

    [Test]
    public async Task Read_can_be_cancelled_by_token_and_by_call_and_loses_nothing()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var first = client.Input.ReadAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());

        var second = client.Input.ReadAsync().AsTask();
        client.Input.CancelPendingRead();
        var canceled = await second.WaitAsync(TransportFixture.Soon);
        Assert.That(canceled.IsCanceled, Is.True);
        client.Input.AdvanceTo(canceled.Buffer.Start);

        client.Input.CancelPendingRead();
        var early = await client.Input.ReadAsync();
        Assert.That(early.IsCanceled, Is.True);
        client.Input.AdvanceTo(early.Buffer.Start);

        await client.SendAsync("still here"u8.ToArray());
        Assert.That(await client.ReadExactlyAsync(10), Is.EqualTo("still here"u8.ToArray()));
    }

    [Test]
    public async Task End_of_stream_in_one_direction_leaves_the_other_open()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        client.Output.Write("last words"u8);
        await client.Output.FlushAsync();
        await client.ShutdownOutputAsync();

        Assert.That(await client.ReadExactlyAsync(100), Is.EqualTo("last words"u8.ToArray()));
    }

    [Test]
    public async Task Data_and_end_in_one_event_are_both_seen()
    {
        // The reader sleeps on its loop while the peer sends and hangs up; one event reports both.
        var ends = new TaskCompletionSource<int>();
        var start = new TaskCompletionSource();
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            await connection.EnterLoopAsync();
            start.SetResult();
            var total = 0;
            while (true)
            {
                var read = await connection.Input.ReadAsync(stop);
                total += (int)read.Buffer.Length;
                connection.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }

            ends.SetResult(total);
        });
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(fixture.Listener.LocalEndPoint);
        await start.Task.WaitAsync(TransportFixture.Soon);
        peer.Send("goodbye"u8);
        peer.Close();

        Assert.That(await ends.Task.WaitAsync(TransportFixture.Soon), Is.EqualTo(7));
    }

    [Test]
    public async Task Reset_by_the_peer_is_an_io_failure()
    {
        var failure = new TaskCompletionSource<Exception?>();
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            try
            {
                while (true)
                {
                    var read = await connection.Input.ReadAsync(stop);
                    connection.Input.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted)
                        break;
                }

                failure.SetResult(null);
            }
            catch (IOException lost)
            {
                failure.SetResult(lost);
            }
        });
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(fixture.Listener.LocalEndPoint);
        peer.Send("x"u8);
        peer.LingerState = new(true, 0);
        peer.Close();

        Assert.That(await failure.Task.WaitAsync(TransportFixture.Soon), Is.InstanceOf<IOException>());
    }

    [Test]
    public async Task Writing_to_a_peer_that_has_gone_is_an_io_failure()
    {
        await using var fixture = new TransportFixture(kind, (_, _) => Task.CompletedTask);
        await using var client = await fixture.ConnectAsync();
        _ = await client.PeekFirstByteAsync();

        Assert.That(
            async () =>
            {
                for (var i = 0; i < 1000; i++)
                    await client.SendAsync(new byte[1000]);
            },
            Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Abort_from_another_thread_ends_a_read_that_waits()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        var read = client.Input.ReadAsync().AsTask();
        await Task.Run(client.Abort);
        client.Abort();

        Assert.That(async () => await read.WaitAsync(TransportFixture.Soon), Throws.InstanceOf<IOException>());
        Assert.That(async () => await client.SendAsync(new byte[1]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Abort_ends_a_flush_that_waits_for_a_slow_reader()
    {
        await using var fixture = new TransportFixture(kind, (_, stop) => Task.Delay(Timeout.Infinite, stop));
        await using var client = await fixture.ConnectAsync();
        var flush = client.SendAsync(new byte[32 << 20]);
        Assert.That(flush.IsCompleted, Is.False);
        client.Abort();

        Assert.That(async () => await flush.WaitAsync(TransportFixture.Soon), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Closing_ends_a_read_that_waits()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        var client = await fixture.ConnectAsync();
        var read = client.Input.ReadAsync().AsTask();
        await client.DisposeAsync();

        Assert.That(async () => await read.WaitAsync(TransportFixture.Soon), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Last_message_arrives_although_the_peer_sent_bytes_that_nobody_read()
    {
        await using var fixture = new TransportFixture(kind, async (connection, _) =>
        {
            connection.Output.Write("too many connections"u8);
            await connection.Output.FlushAsync(CancellationToken.None);
            await connection.LingerAsync(TransportFixture.Soon, TimeProvider.System);
        });
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(new byte[100_000]);

        Assert.That(await client.ReadExactlyAsync(1000), Is.EqualTo("too many connections"u8.ToArray()));
    }

    [Test]
    public async Task Slow_reader_holds_the_writer_back()
    {
        var mayRead = new TaskCompletionSource();
        var sum = new TaskCompletionSource<long>();
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            await mayRead.Task;
            long total = 0;
            while (true)
            {
                var read = await connection.Input.ReadAsync(stop);
                total += read.Buffer.Length;
                connection.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }

            sum.SetResult(total);
        });
        await using var client = await fixture.ConnectAsync();
        var block = new byte[256 * 1024];
        long sent = 0;
        Task flush;
        do
        {
            flush = client.SendAsync(block);
            sent += block.Length;
        }
        while (flush.IsCompletedSuccessfully && sent < 1L << 30);

        Assert.That(flush.IsCompleted, Is.False, "the kernel took a gigabyte that nobody reads");
        Assert.That(() => client.Output.GetMemory(1), Throws.InvalidOperationException);
        mayRead.SetResult();
        await flush;
        await client.ShutdownOutputAsync();
        Assert.That(await sum.Task.WaitAsync(TransportFixture.Soon), Is.EqualTo(sent));
    }

    [Test]
    public async Task Busy_stream_lets_others_on_its_loop_have_their_turn()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        using var stop = new CancellationTokenSource();
        await using var busy = await fixture.ConnectAsync();
        var flood = Task.Run(async () =>
        {
            var block = new byte[64 * 1024];
            while (!stop.IsCancellationRequested)
                await busy.SendAsync(block);
            await busy.ShutdownOutputAsync();
        });
        var drain = Task.Run(async () =>
        {
            while (true)
            {
                var read = await busy.Input.ReadAsync();
                busy.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        });

        await using var quiet = await fixture.ConnectAsync();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
        {
            await quiet.SendAsync("ping"u8.ToArray());
            Assert.That(await quiet.ReadExactlyAsync(4), Is.EqualTo("ping"u8.ToArray()));
        }

        TestContext.Out.WriteLine($"{kind}: 100 round trips beside a flood in {clock.ElapsedMilliseconds} ms");
        await stop.CancelAsync();
        await Task.WhenAll(flood, drain).WaitAsync(TransportFixture.Soon);
    }
}
