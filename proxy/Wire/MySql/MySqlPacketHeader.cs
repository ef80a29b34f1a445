using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>The four bytes in front of every packet: size of what follows (3, little-endian), sequence number (1).</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html</remarks>
public static class MySqlPacketHeader
{
    /// <summary>Size of a header in bytes.</summary>
    public const int Size = 4;

    /// <summary>The most that one packet carries, in bytes. One that carries this much is followed by another, if need be an empty one.</summary>
    public const int BodySizeMax = 0xFF_FFFF;

    /// <summary>The largest payload that is ever written, in bytes: what servers take at most (<c>max_allowed_packet</c>).</summary>
    public const int PayloadSizeLimit = 1 << 30;

    private const int SequenceAt = 3;

    /// <summary>Reads a header without taking it. Every value of it is possible; the caller bounds the size before it buffers anything.</summary>
    /// <param name="input">What was received.</param>
    /// <param name="bodySize">Size in bytes of what follows the header.</param>
    /// <param name="sequence">The packet's number within its command.</param>
    /// <returns>Done or NeedMoreData.</returns>
    public static OperationStatus TryRead(in ReadOnlySequence<byte> input, out int bodySize, out byte sequence)
    {
        var first = input.FirstSpan;
        if (first.Length >= Size)
            return Read(first, out bodySize, out sequence);

        if (input.Length < Size)
        {
            (bodySize, sequence) = (0, 0);
            return OperationStatus.NeedMoreData;
        }

        Span<byte> header = stackalloc byte[Size];
        input.Slice(0, Size).CopyTo(header);
        return Read(header, out bodySize, out sequence);
    }

    /// <summary>Size in bytes of what follows a header that is here.</summary>
    public static int BodySizeOf(ReadOnlySpan<byte> header) => header[0] | (header[1] << 8) | (header[2] << 16);

    /// <summary>The number after this one; 255 is followed by 0.</summary>
    public static byte Next(byte sequence) => unchecked((byte)(sequence + 1));

    /// <summary>Writes a header.</summary>
    /// <param name="header">Four bytes or more.</param>
    /// <param name="bodySize">Size in bytes of what follows.</param>
    /// <param name="sequence">The packet's number.</param>
    public static void Write(Span<byte> header, int bodySize, byte sequence)
    {
        header[0] = (byte)(bodySize & 0xFF);
        header[1] = (byte)((bodySize >> 8) & 0xFF);
        header[2] = (byte)(bodySize >> 16);
        header[SequenceAt] = sequence;
    }

    private static OperationStatus Read(ReadOnlySpan<byte> header, out int bodySize, out byte sequence)
    {
        bodySize = BodySizeOf(header);
        sequence = header[SequenceAt];
        return OperationStatus.Done;
    }
}
