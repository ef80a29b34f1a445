using System.Buffers.Binary;
using System.Text;

namespace JitProxy.Storage.Audit;

/// <summary>Reads fields from bytes that may be damaged: every read says whether it could.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>What is not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>True when nothing but the padding is left.</summary>
    public readonly bool IsAtEnd => _rest.Length < Entry.Alignment && !_rest.ContainsAnyExcept((byte)0);

    public static DateTimeOffset TimeOf(long microseconds) =>
        new(DateTime.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>A time, as microseconds since 1970.</summary>
    public bool TryMicroseconds(out long microseconds)
    {
        microseconds = 0;
        if (_rest.Length < sizeof(long))
            return false;
        microseconds = BinaryPrimitives.ReadInt64LittleEndian(_rest);
        _rest = _rest[sizeof(long)..];
        return microseconds >= 0 && microseconds <= (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    }

    public bool TryNumber(out long value)
    {
        value = 0;
        if (!_rest.IsEmpty && _rest[0] < 0x80)
        {
            value = _rest[0];
            _rest = _rest[1..];
            return true;
        }

        ulong sum = 0;
        for (var index = 0; index < Math.Min(_rest.Length, FieldWriter.NumberSizeMax); index++)
        {
            sum |= (ulong)(_rest[index] & 0x7f) << (7 * index);
            if (_rest[index] >= 0x80)
                continue;
            _rest = _rest[(index + 1)..];
            value = unchecked((long)sum);
            return value >= 0;
        }

        return false;
    }

    public bool TryBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryNumber(out var size) || size > _rest.Length)
            return false;
        value = _rest[..(int)size];
        _rest = _rest[(int)size..];
        return true;
    }

    public bool TryText(out string? value)
    {
        value = null;
        if (!TryBytes(out var bytes))
            return false;
        value = Encoding.UTF8.GetString(bytes);
        return true;
    }
}
