using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>One payload where it lies in the read buffer, in one packet or in several.</summary>
/// <remarks>
/// Valid until the reader advances. What may be too large to be held is read with <see cref="MySqlPayloadReader"/> instead.
/// </remarks>
public readonly struct MySqlPacket
{
    private MySqlPacket(ReadOnlySequence<byte> wire, int payloadSize, byte sequence, byte nextSequence)
    {
        Wire = wire;
        PayloadSize = payloadSize;
        Sequence = sequence;
        NextSequence = nextSequence;
    }

    /// <summary>All packets of the payload, headers included.</summary>
    public ReadOnlySequence<byte> Wire { get; }

    /// <summary>Size of the payload in bytes, without headers.</summary>
    public int PayloadSize { get; }

    /// <summary>The number of the first packet. A command begins at 0; the answers go on from there.</summary>
    public byte Sequence { get; }

    /// <summary>The number that the packet after the payload must have.</summary>
    public byte NextSequence { get; }

    /// <summary>Takes the next whole payload off <paramref name="input"/>; leaves it untouched unless the answer is Done.</summary>
    /// <param name="input">What was received and not yet taken.</param>
    /// <param name="payloadSizeMax">The largest payload that this state allows, in bytes; InvalidData above it, before anything more is read.</param>
    /// <param name="packet">The payload.</param>
    /// <returns>InvalidData also if a further packet of the payload has the wrong number.</returns>
    public static OperationStatus TryRead(ref ReadOnlySequence<byte> input, int payloadSizeMax, out MySqlPacket packet)
    {
        packet = default;
        var (unread, payloadSize, wireSize) = (input, 0L, 0L);
        byte first = 0, next = 0;
        while (true)
        {
            var status = MySqlPacketHeader.TryRead(in unread, out var bodySize, out var sequence);
            if (status != OperationStatus.Done)
                return status;

            payloadSize += bodySize;
            if (payloadSize > payloadSizeMax)
                return OperationStatus.InvalidData;

            if (wireSize == 0)
                first = sequence;
            else if (sequence != next)
                return OperationStatus.InvalidData;

            next = MySqlPacketHeader.Next(sequence);
            var packetSize = MySqlPacketHeader.Size + (long)bodySize;
            if (unread.Length < packetSize)
                return OperationStatus.NeedMoreData;

            wireSize += packetSize;
            unread = unread.Slice(packetSize);
            if (bodySize < MySqlPacketHeader.BodySizeMax)
                break;
        }

        packet = new MySqlPacket(input.Slice(0, wireSize), (int)payloadSize, first, next);
        input = unread;
        return OperationStatus.Done;
    }

    /// <summary>The payload in one piece.</summary>
    /// <param name="scratch">
    /// Taken from <see cref="ArrayPool{T}.Shared"/> when the payload lies in several packets or segments, and grown as needed; the
    /// caller keeps it between payloads and gives it back in the end.
    /// </param>
    /// <returns>Valid until the reader advances or <paramref name="scratch"/> is used again.</returns>
    public ReadOnlySpan<byte> Span(ref byte[]? scratch)
    {
        var isOnePacket = PayloadSize < MySqlPacketHeader.BodySizeMax;
        return isOnePacket && Wire.IsSingleSegment ? Wire.FirstSpan[MySqlPacketHeader.Size..] : Join(ref scratch);
    }

    private ReadOnlySpan<byte> Join(ref byte[]? scratch)
    {
        if (scratch is null || scratch.Length < PayloadSize)
        {
            if (scratch is not null)
                ArrayPool<byte>.Shared.Return(scratch);

            scratch = null;
            scratch = ArrayPool<byte>.Shared.Rent(PayloadSize);
        }

        var (rest, size) = (Wire, 0);
        while (!rest.IsEmpty)
        {
            MySqlPacketHeader.TryRead(in rest, out var bodySize, out _);
            rest.Slice(MySqlPacketHeader.Size, bodySize).CopyTo(scratch.AsSpan(size));
            size += bodySize;
            rest = rest.Slice(MySqlPacketHeader.Size + (long)bodySize);
        }

        return scratch.AsSpan(0, size);
    }
}
