using System.Security.Cryptography;
using JitProxy.Server.Accept;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>Much data, many connections: sums, memory and descriptors.</summary>
[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
[NonParallelizable]
internal sealed class StreamingTests(TransportKind kind)
{
    [Test]
    public async Task Hundred_megabytes_go_both_ways_unchanged_in_flat_memory()
    {
        const int BlockSize = 100_000;
        const int BlockCount = 1_000;
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await using var client = await fixture.ConnectAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 0L;

        using var sentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sending = Task.Run(async () =>
        {
            var random = new Random(7);
            var block = new byte[BlockSize];
            for (var i = 0; i < BlockCount; i++)
            {
                random.NextBytes(block);
                sentHash.AppendData(block);
                await client.SendAsync(block);
            }

            await client.ShutdownOutputAsync();
        });

        using var readHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long total = 0;
        while (true)
        {
            var read = await client.Input.ReadAsync();
            foreach (var segment in read.Buffer)
                readHash.AppendData(segment.Span);
            total += read.Buffer.Length;
            client.Input.AdvanceTo(read.Buffer.End);
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false) - before);
            if (read.IsCompleted)
                break;
        }

        await sending;
        TestContext.Out.WriteLine($"{kind}: managed memory grew by at most {peak / 1024} KiB");
        Assert.That(total, Is.EqualTo((long)BlockSize * BlockCount));
        Assert.That(readHash.GetHashAndReset(), Is.EqualTo(sentHash.GetHashAndReset()));
        Assert.That(peak, Is.LessThan(32 << 20));
    }

    [Test]
    public async Task Two_thousand_connections_leave_no_descriptor_behind()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await OneRoundTrip(fixture);
        await Settled(fixture);
        var before = Descriptors();
        for (var i = 0; i < 2_000; i += 20)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => OneRoundTrip(fixture)));
        await Settled(fixture);

        Assert.That(() => Descriptors(), Is.LessThanOrEqualTo(before + 2).After(5_000, 50));
    }

    [Test]
    public async Task Idle_connections_hold_no_buffers()
    {
        const int Count = 2_000;
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync);
        await OneRoundTrip(fixture);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<Connection>(Count);
        for (var i = 0; i < Count; i++)
        {
            // Each has been in use, so that what it holds now is what it keeps.
            var client = await fixture.ConnectAsync();
            await client.SendAsync("x"u8.ToArray());
            _ = await client.ReadExactlyAsync(1);
            clients.Add(client);
        }

        var perConnection = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * Count);
        TestContext.Out.WriteLine($"{kind}: {perConnection} bytes of managed memory per idle connection end");
        foreach (var client in clients)
            await client.DisposeAsync();

        Assert.That(perConnection, Is.LessThan(6_000));
    }

    private static async Task OneRoundTrip(TransportFixture fixture)
    {
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync("hello"u8.ToArray());
        Assert.That(await client.ReadExactlyAsync(5), Is.EqualTo("hello"u8.ToArray()));
    }

    private static async Task Settled(TransportFixture fixture)
    {
        for (var i = 0; i < 200 && fixture.Listener.OpenCount > 0; i++)
            await Task.Delay(10);
        Assert.That(fixture.Listener.OpenCount, Is.Zero);
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
