using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace JitProxy.Wire.MySql;

/// <summary>
/// Writes one payload whose size is computed beforehand. Bytes count only after <see cref="Finish"/>, so a field that cannot be written
/// leaves nothing behind, and the declared size always is the written one. A payload that does not fit one packet is split.
/// </summary>
internal ref struct MySqlMessageWriter
{
    private readonly IBufferWriter<byte> _output;
    private readonly Span<byte> _header;
    private readonly Span<byte> _payload;
    private readonly byte[]? _rented;
    private int _position;

    public MySqlMessageWriter(IBufferWriter<byte> output, long payloadSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadSize, MySqlPacketHeader.PayloadSizeLimit);
        var size = (int)payloadSize;
        _output = output;
        if (size < MySqlPacketHeader.BodySizeMax)
        {
            var packet = output.GetSpan(MySqlPacketHeader.Size + size);
            _header = packet[..MySqlPacketHeader.Size];
            _payload = packet.Slice(MySqlPacketHeader.Size, size);
            return;
        }

        _rented = ArrayPool<byte>.Shared.Rent(size);
        _payload = _rented.AsSpan(0, size);
    }

    public void Byte(byte value)
    {
        _payload[_position] = value;
        _position++;
    }

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_payload[_position..], value);
        _position += sizeof(ushort);
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_payload[_position..], value);
        _position += sizeof(uint);
    }

    /// <summary>A length-encoded integer, in the shortest form.</summary>
    public void Integer(ulong value) => _position += WriteInteger(_payload[_position..], value);

    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_payload[_position..]);
        _position += value.Length;
    }

    public void Zeros(int count)
    {
        _payload.Slice(_position, count).Clear();
        _position += count;
    }

    /// <summary>Bytes with their length-encoded length in front.</summary>
    public void Text(scoped ReadOnlySpan<byte> value)
    {
        Integer((ulong)value.Length);
        Bytes(value);
    }

    /// <summary>A value of the binary protocol, with its length in front where its type has one.</summary>
    public void BinaryValue(MySqlType type, scoped ReadOnlySpan<byte> value)
    {
        _position += MySqlBinaryFormat.WritePrefix(_payload[_position..], type, value.Length);
        Bytes(value);
    }

    /// <summary>The text and its NUL. A NUL inside would smuggle whatever follows it into the next field.</summary>
    public void CString(scoped ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0))
            throw new ArgumentException("a protocol string cannot hold a NUL", nameof(text));

        Bytes(text);
        Byte(0);
    }

    /// <summary>Hands the payload to the output, in as many packets as it takes, and counts them.</summary>
    public readonly void Finish(ref byte sequence)
    {
        if (_position != _payload.Length)
            throw new UnreachableException("a message was written with another size than it declares");

        if (_rented is null)
        {
            MySqlPacketHeader.Write(_header, _payload.Length, sequence);
            _output.Advance(MySqlPacketHeader.Size + _payload.Length);
            sequence = MySqlPacketHeader.Next(sequence);
            return;
        }

        for (var start = 0; start <= _payload.Length; start += MySqlPacketHeader.BodySizeMax)
        {
            var body = _payload.Slice(start, Math.Min(MySqlPacketHeader.BodySizeMax, _payload.Length - start));
            MySqlPacketHeader.Write(_output.GetSpan(MySqlPacketHeader.Size), body.Length, sequence);
            _output.Advance(MySqlPacketHeader.Size);
            _output.Write(body);
            sequence = MySqlPacketHeader.Next(sequence);
        }

        ArrayPool<byte>.Shared.Return(_rented, clearArray: true);
    }

    /// <summary>The size on the wire of a string with its NUL.</summary>
    public static long SizeOf(ReadOnlySpan<byte> text) => (long)text.Length + 1;

    /// <summary>The size on the wire of bytes with their length-encoded length.</summary>
    public static long SizeOfText(ReadOnlySpan<byte> text) => SizeOfInteger((ulong)text.Length) + (long)text.Length;

    /// <summary>The size on the wire of a length-encoded integer.</summary>
    public static int SizeOfInteger(ulong value) => value switch
    {
        < MySqlCursor.NullMark => 1,
        <= ushort.MaxValue => 3,
        <= 0xFF_FFFF => 4,
        _ => 9,
    };

    /// <summary>Writes a length-encoded integer in its shortest form; gives its size.</summary>
    public static int WriteInteger(Span<byte> output, ulong value)
    {
        var size = SizeOfInteger(value);
        if (size == 1)
        {
            output[0] = (byte)value;
            return size;
        }

        output[0] = size switch
        {
            3 => MySqlCursor.Int16Mark,
            4 => MySqlCursor.Int24Mark,
            _ => MySqlCursor.Int64Mark,
        };
        for (var index = 1; index < size; index++, value >>= 8)
            output[index] = (byte)(value & 0xFF);

        return size;
    }
}
