using System.Buffers;
using System.Buffers.Binary;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.Postgres;

internal sealed class PgFrameTests
{
    private const int BodySizeMax = 1000;
    private static readonly byte[] Frame = [.. "Q\0\0\0\u000cselect\u0020\0"u8];

    [Test]
    public void Whole_frame_is_taken_off_the_input([Values(1, 2, 3, 4, 5, 7, 100)] int segmentSize)
    {
        byte[] both = [.. Frame, .. PgMessages.Sync];
        var input = Segments.Of(both, segmentSize);
        byte[]? scratch = null;

        Assert.That(PgFrame.TryRead(ref input, BodySizeMax, out var first), Is.EqualTo(OperationStatus.Done));
        Assert.That(first.Tag, Is.EqualTo((byte)PgClientTag.Query));
        Assert.That(first.Span(ref scratch).ToArray(), Is.EqualTo("select \0"u8.ToArray()));
        Assert.That(first.Body.ToArray(), Is.EqualTo("select \0"u8.ToArray()));
        Assert.That(first.Wire.ToArray(), Is.EqualTo(Frame));
        Assert.That(first.BodySize, Is.EqualTo(8));
        Assert.That(PgFrame.TryRead(ref input, BodySizeMax, out var second), Is.EqualTo(OperationStatus.Done));
        Assert.That(second.Tag, Is.EqualTo((byte)PgClientTag.Sync));
        Assert.That(second.Span(ref scratch).Length, Is.Zero);
        Assert.That(input.IsEmpty, Is.True);
        if (scratch is not null)
            ArrayPool<byte>.Shared.Return(scratch);
    }

    [Test]
    public void Frame_cut_at_any_byte_needs_more_and_takes_nothing([Values(1, 3, 100)] int segmentSize)
    {
        for (var size = 0; size < Frame.Length; size++)
        {
            var input = Segments.Of(Frame[..size], segmentSize);
            Assert.That(PgFrame.TryRead(ref input, BodySizeMax, out _), Is.EqualTo(OperationStatus.NeedMoreData), $"{size}");
            Assert.That(input.Length, Is.EqualTo(size));
        }
    }

    [Test]
    public void Byte_after_the_frame_stays_in_the_input()
    {
        var input = new ReadOnlySequence<byte>([.. Frame, 0x58]);
        Assert.That(PgFrame.TryRead(ref input, BodySizeMax, out _), Is.EqualTo(OperationStatus.Done));
        Assert.That(input.ToArray(), Is.EqualTo(new byte[] { 0x58 }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(-1)]
    [TestCase(int.MinValue)]
    [TestCase(int.MinValue + 4)]
    [TestCase(int.MaxValue)]
    [TestCase(BodySizeMax + 5)]
    public void Length_that_no_frame_may_have_is_invalid_before_its_body_arrives(int length)
    {
        var bytes = new byte[5];
        bytes[0] = (byte)'Q';
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), length);
        foreach (var segmentSize in (int[])[1, 5])
        {
            var input = Segments.Of(bytes, segmentSize);
            Assert.That(PgFrame.TryRead(ref input, BodySizeMax, out _), Is.EqualTo(OperationStatus.InvalidData));
            Assert.That(input.Length, Is.EqualTo(5));
        }
    }

    [Test]
    public void Largest_allowed_body_is_not_refused()
    {
        var bytes = new byte[5 + BodySizeMax];
        bytes[0] = (byte)'D';
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), BodySizeMax + 4);
        var input = new ReadOnlySequence<byte>(bytes);
        Assert.That(PgFrame.TryRead(ref input, BodySizeMax, out var frame), Is.EqualTo(OperationStatus.Done));
        Assert.That(frame.BodySize, Is.EqualTo(BodySizeMax));
    }

    [Test]
    public void Header_alone_tells_of_a_body_of_two_gigabytes()
    {
        var input = new ReadOnlySequence<byte>([(byte)'D', 0x7f, 0xff, 0xff, 0xff]);
        Assert.That(PgFrameHeader.TryRead(input, out var tag, out var bodySize), Is.EqualTo(OperationStatus.Done));
        Assert.That(tag, Is.EqualTo((byte)PgServerTag.DataRow));
        Assert.That(bodySize, Is.EqualTo(int.MaxValue - 4));
        Assert.That(input.Length, Is.EqualTo(5));
    }

    [Test]
    public void Ten_thousand_messages_in_one_write_give_the_same_frames_as_one_byte_at_a_time()
    {
        var output = new ArrayBufferWriter<byte>();
        for (var index = 0; index < 10_000; index++)
        {
            PgQuery.Write(output, "select 1"u8);
            output.Write(PgMessages.Sync);
        }

        var bytes = output.WrittenSpan.ToArray();
        Assert.That(Count(new(bytes)), Is.EqualTo(20_000));
        Assert.That(Count(Segments.Of(bytes[..2200], 1)), Is.EqualTo(Count(new(bytes[..2200]))));
    }

    [Test]
    public void Reading_rows_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>();
        for (var index = 0; index < 1000; index++)
            PgDataRow.Write(output, [new byte[4], null, new byte[20]]);

        var bytes = output.WrittenMemory;
        byte[]? scratch = null;
        using var builder = new PgDataRowBuilder();
        var sum = ReadRows(new(bytes), ref scratch, builder);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var again = ReadRows(new(bytes), ref scratch, builder);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(again, Is.EqualTo(sum).And.EqualTo(24_000));
        Assert.That(allocated, Is.Zero);
    }

    private static long ReadRows(ReadOnlySequence<byte> input, ref byte[]? scratch, PgDataRowBuilder builder)
    {
        long sum = 0;
        while (PgFrame.TryRead(ref input, BodySizeMax, out var frame) == OperationStatus.Done)
        {
            if (!PgDataRow.TryParse(frame.Span(ref scratch), out var row))
                throw new InvalidOperationException("a row of the test is malformed");

            builder.Begin(row.ColumnCount);
            foreach (var value in row)
            {
                sum += value.Bytes.Length;
                if (value.IsNull)
                {
                    builder.AddNull();
                    continue;
                }

                builder.OpenValue();
                builder.Write(value.Bytes);
                builder.CloseValue();
            }

            if (builder.Message.Length != frame.Wire.Length)
                throw new InvalidOperationException("a copied row has another size");
        }

        return sum;
    }

    private static int Count(ReadOnlySequence<byte> input)
    {
        var count = 0;
        while (PgFrame.TryRead(ref input, BodySizeMax, out _) == OperationStatus.Done)
            count++;

        return count;
    }
}
