using JitProxy.Server.Accept;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>What both transports promise about bytes.</summary>
[TestFixture(TransportKind.Socket)]
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
}
