using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Wire.Postgres;

/// <summary>The five bytes in front of every message: tag (1), length (4, big-endian, counts itself but not the tag).</summary>
public static class PgFrameHeader
{
    /// <summary>Size of a header in bytes.</summary>
    public const int Size = TagSize + LengthSize;

    /// <summary>The largest body that is ever written, in bytes: header and body together must fit one array.</summary>
    public const int BodySizeLimit = 0x7FFF_FF00;

    internal const int TagSize = 1;
    internal const int LengthSize = 4;

    /// <summary>Reads a header without taking it. The caller bounds <paramref name="bodySize"/> before it buffers anything.</summary>
    /// <param name="input">What was received.</param>
    /// <param name="tag">The message's type; client and server have their own letters.</param>
    /// <param name="bodySize">Size in bytes of what follows the header; up to 2^31 - 5.</param>
    /// <returns>Done; NeedMoreData; InvalidData for a length that does not even cover itself.</returns>
    public static OperationStatus TryRead(in ReadOnlySequence<byte> input, out byte tag, out int bodySize)
    {
        var first = input.FirstSpan;
        if (first.Length >= Size)
            return Read(first, out tag, out bodySize);

        if (input.Length < Size)
        {
            (tag, bodySize) = (0, 0);
            return OperationStatus.NeedMoreData;
        }

        Span<byte> header = stackalloc byte[Size];
        input.Slice(0, Size).CopyTo(header);
        return Read(header, out tag, out bodySize);
    }

    /// <summary>Size in bytes of a whole message, header included, as its header says; less than <see cref="Size"/> for a length that is no length.</summary>
    public static long SizeOf(ReadOnlySpan<byte> header) => TagSize + (long)BinaryPrimitives.ReadInt32BigEndian(header[TagSize..]);

    private static OperationStatus Read(ReadOnlySpan<byte> header, out byte tag, out int bodySize)
    {
        tag = header[0];
        var length = BinaryPrimitives.ReadInt32BigEndian(header[TagSize..]);
        if (length < LengthSize)
        {
            bodySize = 0;
            return OperationStatus.InvalidData;
        }

        bodySize = length - LengthSize;
        return OperationStatus.Done;
    }
}
