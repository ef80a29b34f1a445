using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace JitProxy.Wire.Postgres;

/// <summary>
/// Writes one message whose size is computed beforehand. Bytes count only after <see cref="Finish"/>, so a field that cannot be written
/// (NUL inside a string, a size over the limit) leaves nothing behind, and the declared length always is the written one.
/// </summary>
internal ref struct PgMessageWriter
{
    private readonly IBufferWriter<byte> _output;
    private readonly Span<byte> _message;
    private int _position;

    /// <summary>A tagged message.</summary>
    public PgMessageWriter(IBufferWriter<byte> output, byte tag, long bodySize)
    {
        var size = CheckSize(bodySize, PgFrameHeader.Size);
        _output = output;
        _message = output.GetSpan(size)[..size];
        _message[0] = tag;
        BinaryPrimitives.WriteInt32BigEndian(_message[PgFrameHeader.TagSize..], size - PgFrameHeader.TagSize);
        _position = PgFrameHeader.Size;
    }

    /// <summary>A packet of the time before the login, which has no tag.</summary>
    public PgMessageWriter(IBufferWriter<byte> output, long bodySize)
    {
        var size = CheckSize(bodySize, PgFrameHeader.LengthSize);
        _output = output;
        _message = output.GetSpan(size)[..size];
        BinaryPrimitives.WriteInt32BigEndian(_message, size);
        _position = PgFrameHeader.LengthSize;
    }

    public void Byte(byte value)
    {
        _message[_position] = value;
        _position++;
    }

    public void Count(int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(_message[_position..], (ushort)value);
        _position += sizeof(ushort);
    }

    public void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_message[_position..], value);
        _position += sizeof(short);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_message[_position..], value);
        _position += sizeof(int);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_message[_position..]);
        _position += value.Length;
    }

    /// <summary>The text and its NUL. A NUL inside would smuggle whatever follows it into the next field.</summary>
    public void CString(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0))
            throw new ArgumentException("a protocol string cannot hold a NUL", nameof(text));

        Bytes(text);
        Byte(0);
    }

    /// <summary>A value with its length in front; null as minus one.</summary>
    public void Value(ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes)
        {
            Int32(-1);
            return;
        }

        Int32(bytes.Length);
        Bytes(bytes.Span);
    }

    /// <summary>Hands the message to the output.</summary>
    public readonly void Finish()
    {
        if (_position != _message.Length)
            throw new UnreachableException("a message was written with another size than it declares");

        _output.Advance(_message.Length);
    }

    /// <summary>The size on the wire of a string with its NUL.</summary>
    public static long SizeOf(ReadOnlySpan<byte> text) => (long)text.Length + 1;

    /// <summary>The size on the wire of values with their lengths.</summary>
    public static long SizeOf(ReadOnlySpan<ReadOnlyMemory<byte>?> values)
    {
        var size = 0L;
        foreach (var value in values)
            size += sizeof(int) + (value?.Length ?? 0);

        return size;
    }

    private static int CheckSize(long bodySize, int headerSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bodySize, PgFrameHeader.BodySizeLimit, nameof(bodySize));
        return (int)bodySize + headerSize;
    }
}
