using System.Buffers.Binary;
using System.Text;

namespace JitProxy.Storage.Audit;

/// <summary>Writes fields into a buffer that is large enough: callers reckon with the bounds given here.</summary>
internal ref struct FieldWriter(Span<byte> buffer, int position)
{
    /// <summary>The most that a number takes.</summary>
    public const int NumberSizeMax = 10;

    private readonly Span<byte> _buffer = buffer;

    public int Position { get; private set; } = position;

    /// <summary>The most that a text takes with its length.</summary>
    public static int SizeMax(string? text) => text is null ? 0 : NumberSizeMax + Encoding.UTF8.GetByteCount(text);

    public void Time(DateTimeOffset at)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer[Position..], (at.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        Position += sizeof(long);
    }

    /// <summary>A number as base-128 groups, the lowest first.</summary>
    public void Number(long value)
    {
        var rest = (ulong)Math.Max(0, value);
        while (rest >= 0x80)
        {
            _buffer[Position++] = (byte)(rest & 0x7f | 0x80);
            rest >>= 7;
        }

        _buffer[Position++] = (byte)rest;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        value.CopyTo(_buffer[Position..]);
        Position += value.Length;
    }

    public void Text(string value)
    {
        Number(Encoding.UTF8.GetByteCount(value));
        Position += Encoding.UTF8.GetBytes(value, _buffer[Position..]);
    }
}
