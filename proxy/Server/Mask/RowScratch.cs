using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Server.Mask;

/// <summary>A buffer that a row is built in: it can be written to in order and patched afterwards, and keeps its memory from row to row.</summary>
internal sealed class RowScratch : IBufferWriter<byte>
{
    private byte[] _bytes = new byte[512];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Starts again.</summary>
    public void Reset() => Length = 0;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Appends a big-endian number.</summary>
    public void AppendInt32(int value)
    {
        Reserve(sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(Length), value);
        Length += sizeof(int);
    }

    /// <summary>Overwrites a number written earlier.</summary>
    public void PatchInt32(int offset, int value) => BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(offset), value);

    /// <summary>Sets bits of a byte written earlier.</summary>
    public void PatchBits(int offset, byte bits) => _bytes[offset] |= bits;

    /// <summary>What was written, to be overwritten; valid until the next write.</summary>
    public Span<byte> Slice(int offset, int length) => _bytes.AsSpan(0, Length).Slice(offset, length);

    /// <summary>Takes back everything from here on.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Makes room in the middle: what was written from here on moves back.</summary>
    public void Insert(int offset, int count)
    {
        Reserve(count);
        _bytes.AsSpan(offset, Length - offset).CopyTo(_bytes.AsSpan(offset + count));
        Length += count;
    }

    /// <summary>Takes bytes out of the middle.</summary>
    public void Remove(int offset, int count)
    {
        _bytes.AsSpan(offset + count, Length - offset - count).CopyTo(_bytes.AsSpan(offset));
        Length -= count;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(Length + count)));
    }
}
