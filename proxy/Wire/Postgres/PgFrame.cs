using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>One PostgreSQL message where it lies in the read buffer.</summary>
/// <remarks>Valid until the reader advances.</remarks>
public readonly struct PgFrame
{
    private PgFrame(byte tag, ReadOnlySequence<byte> wire)
    {
        Tag = tag;
        Wire = wire;
    }

    /// <summary>The message's type: a <see cref="PgClientTag"/> or a <see cref="PgServerTag"/>, by who sent it.</summary>
    public byte Tag { get; }

    /// <summary>Header and body.</summary>
    public ReadOnlySequence<byte> Wire { get; }

    /// <summary>What follows the header.</summary>
    public ReadOnlySequence<byte> Body => Wire.Slice(PgFrameHeader.Size);

    /// <summary>Size of the body in bytes.</summary>
    public int BodySize => (int)(Wire.Length - PgFrameHeader.Size);

    /// <summary>Takes the next whole frame off <paramref name="input"/>; leaves it untouched unless the answer is Done.</summary>
    /// <param name="input">What was received and not yet taken.</param>
    /// <param name="bodySizeMax">The largest body that this state allows, in bytes; InvalidData above it, before anything more is read.</param>
    /// <param name="frame">The frame.</param>
    public static OperationStatus TryRead(ref ReadOnlySequence<byte> input, int bodySizeMax, out PgFrame frame)
    {
        frame = default;
        var status = PgFrameHeader.TryRead(in input, out var tag, out var bodySize);
        if (status != OperationStatus.Done)
            return status;

        if (bodySize > bodySizeMax)
            return OperationStatus.InvalidData;

        var frameSize = PgFrameHeader.Size + (long)bodySize;
        if (input.Length < frameSize)
            return OperationStatus.NeedMoreData;

        var end = input.GetPosition(frameSize);
        frame = new PgFrame(tag, input.Slice(input.Start, end));
        input = input.Slice(end);
        return OperationStatus.Done;
    }

    /// <summary>The body in one piece.</summary>
    /// <param name="scratch">
    /// Taken from <see cref="ArrayPool{T}.Shared"/> when the body lies in several segments, and grown as needed; the caller keeps it
    /// between frames and gives it back in the end.
    /// </param>
    /// <returns>Valid until the reader advances or <paramref name="scratch"/> is used again.</returns>
    public ReadOnlySpan<byte> Span(ref byte[]? scratch)
    {
        var wire = Wire;
        return wire.IsSingleSegment ? wire.FirstSpan[PgFrameHeader.Size..] : Copy(wire.Slice(PgFrameHeader.Size), ref scratch);
    }

    private static ReadOnlySpan<byte> Copy(ReadOnlySequence<byte> body, ref byte[]? scratch)
    {
        var size = (int)body.Length;
        if (scratch is null || scratch.Length < size)
        {
            if (scratch is not null)
                ArrayPool<byte>.Shared.Return(scratch);

            scratch = null;
            scratch = ArrayPool<byte>.Shared.Rent(size);
        }

        body.CopyTo(scratch);
        return scratch.AsSpan(0, size);
    }
}
