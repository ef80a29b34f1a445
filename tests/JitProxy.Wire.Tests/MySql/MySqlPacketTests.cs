using System.Buffers;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.MySql;

internal sealed class MySqlPacketTests
{
    private const int PayloadSizeMax = 1000;
    private const int Full = MySqlPacketHeader.BodySizeMax;
    private static readonly byte[] Ping = [1, 0, 0, 0, 0x0e];
    private static readonly byte[] Query = [9, 0, 0, 0, 3, .. "select 1"u8];
    private static readonly int[] BigSizes = [Full - 1, Full, Full + 1, (2 * Full) - 1, 2 * Full, (2 * Full) + 1];

    [Test]
    public void Whole_payload_is_taken_off_the_input([Values(1, 2, 3, 4, 5, 7, 100)] int segmentSize)
    {
        var input = Segments.Of([.. Query, .. Ping], segmentSize);
        byte[]? scratch = null;
        Assert.That(MySqlPacket.TryRead(ref input, PayloadSizeMax, out var first), Is.EqualTo(OperationStatus.Done));
        Assert.That(first.Span(ref scratch).ToArray(), Is.EqualTo(Query[4..]));
        Assert.That(first.Wire.ToArray(), Is.EqualTo(Query));
        Assert.That((first.Sequence, first.NextSequence, first.PayloadSize), Is.EqualTo(((byte)0, (byte)1, 9)));
        Assert.That(MySqlPacket.TryRead(ref input, PayloadSizeMax, out var second), Is.EqualTo(OperationStatus.Done));
        Assert.That(second.Span(ref scratch).ToArray(), Is.EqualTo(Ping[4..]));
        Assert.That(input.IsEmpty, Is.True);
        Return(scratch);
    }

    [Test]
    public void Payload_cut_at_any_byte_needs_more_and_takes_nothing([Values(1, 3, 100)] int segmentSize)
    {
        for (var size = 0; size < Query.Length; size++)
        {
            var input = Segments.Of(Query[..size], segmentSize);
            Assert.That(MySqlPacket.TryRead(ref input, PayloadSizeMax, out _), Is.EqualTo(OperationStatus.NeedMoreData), $"{size}");
            Assert.That(input.Length, Is.EqualTo(size));
        }
    }

    [Test]
    public void Byte_after_the_payload_stays_in_the_input()
    {
        var input = new ReadOnlySequence<byte>([.. Query, 0x58]);
        Assert.That(MySqlPacket.TryRead(ref input, PayloadSizeMax, out _), Is.EqualTo(OperationStatus.Done));
        Assert.That(input.ToArray(), Is.EqualTo(new byte[] { 0x58 }));
    }

    [Test]
    public void Payload_above_the_bound_is_invalid_before_it_arrives([Values(1001, Full)] int size, [Values(1, 4)] int segmentSize)
    {
        var input = Segments.Of([(byte)(size & 0xff), (byte)((size >> 8) & 0xff), (byte)(size >> 16), 0], segmentSize);
        Assert.That(MySqlPacket.TryRead(ref input, PayloadSizeMax, out _), Is.EqualTo(OperationStatus.InvalidData));
        Assert.That(input.Length, Is.EqualTo(4));
    }

    [Test]
    public void Empty_payload_is_a_payload()
    {
        var input = new ReadOnlySequence<byte>([0, 0, 0, 9]);
        byte[]? scratch = null;
        Assert.That(MySqlPacket.TryRead(ref input, PayloadSizeMax, out var packet), Is.EqualTo(OperationStatus.Done));
        Assert.That((packet.PayloadSize, packet.NextSequence), Is.EqualTo((0, (byte)10)));
        Assert.That(packet.Span(ref scratch).IsEmpty, Is.True);
    }

    [TestCaseSource(nameof(BigSizes))]
    public void Payload_of_several_packets_is_split_as_it_is_written_and_joined_as_it_is_read(int size)
    {
        var payload = Pattern(size);
        var output = new ArrayBufferWriter<byte>(size + 64);
        byte sequence = 254;
        MySqlAuthMoreData.WriteResponse(output, ref sequence, payload);
        var packetCount = (size / Full) + 1;
        Assert.That(output.WrittenCount, Is.EqualTo(size + (4 * packetCount)));
        Assert.That(sequence, Is.EqualTo((254 + packetCount) & 0xff));

        var input = new ReadOnlySequence<byte>(output.WrittenMemory);
        Assert.That(MySqlPacket.TryRead(ref input, int.MaxValue, out var packet), Is.EqualTo(OperationStatus.Done));
        Assert.That((packet.Sequence, packet.NextSequence, packet.PayloadSize), Is.EqualTo(((byte)254, sequence, size)));
        byte[]? scratch = null;
        Assert.That(packet.Span(ref scratch).SequenceEqual(payload), Is.True);
        Return(scratch);

        input = new ReadOnlySequence<byte>(output.WrittenMemory);
        Assert.That(MySqlPacket.TryRead(ref input, size - 1, out _), Is.EqualTo(OperationStatus.InvalidData), "the bound is for the whole payload");
        input = new ReadOnlySequence<byte>(output.WrittenMemory[..^1]);
        Assert.That(MySqlPacket.TryRead(ref input, size, out _), Is.EqualTo(OperationStatus.NeedMoreData));
    }

    [Test]
    public void Further_packet_with_another_number_is_invalid()
    {
        byte[] wire = [0xff, 0xff, 0xff, 7, .. new byte[Full], 0, 0, 0, 9];
        var input = new ReadOnlySequence<byte>(wire);
        Assert.That(MySqlPacket.TryRead(ref input, int.MaxValue, out _), Is.EqualTo(OperationStatus.InvalidData));
        Assert.That(input.Length, Is.EqualTo(wire.Length));

        var reader = new MySqlPayloadReader();
        Assert.That(reader.TryRead(ref input, out _), Is.EqualTo(OperationStatus.Done));
        Assert.That(reader.IsAtEnd, Is.False);
        Assert.That(reader.TryRead(ref input, out _), Is.EqualTo(OperationStatus.InvalidData));
    }

    [TestCaseSource(nameof(BigSizes))]
    public void Reader_gives_a_payload_out_in_pieces_and_the_writer_makes_the_same_packets_of_them(int size)
    {
        var payload = Pattern(size);
        var wire = new ArrayBufferWriter<byte>(size + 64);
        byte sequence = 250;
        MySqlAuthMoreData.WriteResponse(wire, ref sequence, payload);

        var output = new ArrayBufferWriter<byte>(size + 64);
        using var writer = new MySqlPayloadWriter();
        writer.Begin(250);
        var random = new Random(size);
        var reader = new MySqlPayloadReader();
        var (rest, there) = (wire.WrittenMemory, 0);
        while (!reader.IsAtEnd)
        {
            // What has arrived so far; a few bytes at least, sometimes megabytes.
            there = Math.Min(rest.Length, there + random.Next(1, random.Next(3) == 0 ? 3_000_000 : 5));
            var input = new ReadOnlySequence<byte>(rest[..there]);
            var status = reader.TryRead(ref input, out var piece);
            Assert.That(status, Is.Not.EqualTo(OperationStatus.InvalidData));

            // The headers say at least this much; the caller may know more from a value's own length.
            writer.Promise(piece.Length + reader.SizeKnown);
            writer.Write(piece.FirstSpan, output);
            rest = rest[(there - (int)input.Length)..];
            there = (int)input.Length;
        }

        Assert.That(reader.NextSequence, Is.EqualTo(sequence));
        Assert.That(writer.End(output), Is.EqualTo(sequence));
        Assert.That(output.WrittenSpan.SequenceEqual(wire.WrittenSpan), Is.True);
    }

    [Test]
    public void Hundred_megabytes_pass_without_being_held_when_their_size_was_promised()
    {
        const int Size = 100_000_000;
        var chunk = new byte[64 * 1024];
        using var writer = new MySqlPayloadWriter();
        var sink = new CountingSink();
        writer.Begin(1);
        writer.Write(chunk.AsSpan(0, 9), sink);
        writer.Promise(Size);
        for (var left = Size; left > 0;)
        {
            var piece = Math.Min(left, chunk.Length);
            writer.Write(chunk.AsSpan(0, piece), sink);
            left -= piece;

            // Only the last packet, which cannot be known to be full, waits.
            Assert.That(writer.HeldSize, left + piece > Full ? Is.LessThan(64 * 1024) : Is.LessThan(Full));
        }

        Assert.That(writer.End(sink), Is.EqualTo(1 + 6));
        Assert.That(sink.Count, Is.EqualTo(Size + 9 + (6 * 4)));
    }

    [Test]
    public void Promise_that_is_not_kept_is_a_defect()
    {
        using var writer = new MySqlPayloadWriter();
        var sink = new CountingSink();
        writer.Begin(0);
        writer.Promise(2);
        writer.Write([1], sink);
        Assert.That(() => writer.End(sink), Throws.InvalidOperationException);
    }

    [Test]
    public void Reading_packets_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        for (var index = 0; index < 1000; index++)
            MySqlOk.Write(output, ref sequence, MySqlCapabilities.SessionTrack, MySqlServerStatus.Autocommit, 7);

        byte[]? scratch = null;
        var sum = ReadAll(new(output.WrittenMemory), ref scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var again = ReadAll(new(output.WrittenMemory), ref scratch);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(again, Is.EqualTo(sum).And.EqualTo(7000));
        Assert.That(allocated, Is.Zero);
    }

    private static ulong ReadAll(ReadOnlySequence<byte> input, ref byte[]? scratch)
    {
        var sum = 0ul;
        while (MySqlPacket.TryRead(ref input, PayloadSizeMax, out var packet) == OperationStatus.Done)
        {
            if (!MySqlOk.TryParse(packet.Span(ref scratch), MySqlCapabilities.SessionTrack, out var ok))
                throw new InvalidOperationException("a packet of the test is malformed");

            sum += ok.AffectedRows;
        }

        return sum;
    }

    private static byte[] Pattern(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private static void Return(byte[]? scratch)
    {
        if (scratch is not null)
            ArrayPool<byte>.Shared.Return(scratch);
    }

    private sealed class CountingSink : IBufferWriter<byte>
    {
        private readonly byte[] _bytes = new byte[128 * 1024];

        public long Count { get; private set; }

        public void Advance(int count) => Count += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes;

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes;
    }
}
