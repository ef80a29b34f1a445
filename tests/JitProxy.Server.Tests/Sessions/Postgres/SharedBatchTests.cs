using System.Buffers;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Which pipelines are taken for one execution that may be shared: exactly the whole and plain ones.</summary>
public sealed class SharedBatchTests
{
    [TestCase(false, false)]
    [TestCase(false, true)]
    [TestCase(true, false)]
    [TestCase(true, true)]
    public void A_whole_execution_is_a_batch_whatever_follows(bool hasParse, bool hasDescribe)
    {
        var bytes = Write(hasParse, hasDescribe, "");
        var batch = SharedBatch.Read([.. bytes, .. "Q\0\0"u8]);
        Assert.That(batch, Is.Not.Null);
        Assert.That((batch!.Value.HasParse, batch.Value.HasDescribe, batch.Value.Size), Is.EqualTo((hasParse, hasDescribe, bytes.Length)));
        Assert.That(PgBind.TryParse(bytes.AsSpan(batch.Value.Bind), out var bind) && bind.Statement.SequenceEqual("s"u8));
    }

    [Test]
    public void Cut_at_any_byte_it_is_none()
    {
        var bytes = Write(true, true, "");
        for (var size = 0; size < bytes.Length; size++)
            Assert.That(SharedBatch.Read(bytes.AsSpan(0, size)), Is.Null, $"{size}");
    }

    [Test]
    public void Pages_named_portals_and_other_orders_are_none()
    {
        Assert.That(SharedBatch.Read(Write(false, false, "p")), Is.Null, "a named portal");
        Assert.That(SharedBatch.Read(Write(false, false, "", rowsMax: 5)), Is.Null, "a page");
        Assert.That(SharedBatch.Read(PgMessages.Sync), Is.Null, "a Sync alone");
        var bytes = Write(false, false, "");
        Assert.That(SharedBatch.Read([.. bytes.AsSpan(0, bytes.Length - 5), .. PgMessages.Flush]), Is.Null, "no Sync at the end");
        Assert.That(SharedBatch.Read([.. PgMessages.Sync, .. bytes]), Is.Null, "a Sync before");
    }

    [Test]
    public void A_length_that_is_none_is_no_batch([Values(0, 3, -1, int.MaxValue)] int length)
    {
        var bytes = Write(true, true, "");
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), length);
        Assert.That(SharedBatch.Read(bytes), Is.Null);
    }

    private static byte[] Write(bool hasParse, bool hasDescribe, string portal, int rowsMax = 0)
    {
        var output = new ArrayBufferWriter<byte>();
        var name = System.Text.Encoding.UTF8.GetBytes(portal);
        if (hasParse)
            PgParse.Write(output, "s"u8, "SELECT 1"u8, default);
        PgBind.Write(output, name, "s"u8, default, default, default);
        if (hasDescribe)
            PgDescribe.Write(output, PgObjectKind.Portal, name);
        PgExecute.Write(output, name, rowsMax);
        output.Write(PgMessages.Sync);
        return output.WrittenSpan.ToArray();
    }
}
