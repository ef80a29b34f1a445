using System.Buffers.Binary;

namespace JitProxy.Wire;

/// <summary>Reads a message body from front to back; every read checks what is left, and a failed read leaves the cursor where it was.</summary>
internal ref struct ByteCursor
{
    private ReadOnlySpan<byte> _rest;

    public ByteCursor(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>True once every byte was taken.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The bytes not taken yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool TryReadByte(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return false;
        }

        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    /// <summary>Takes a big-endian count; counts on the wire have 16 bits and no sign.</summary>
    public bool TryReadCount(out int value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out var read))
        {
            value = 0;
            return false;
        }

        value = read;
        _rest = _rest[sizeof(ushort)..];
        return true;
    }

    public bool TryReadInt16(out short value)
    {
        if (!BinaryPrimitives.TryReadInt16BigEndian(_rest, out value))
            return false;

        _rest = _rest[sizeof(short)..];
        return true;
    }

    public bool TryReadInt32(out int value)
    {
        if (!BinaryPrimitives.TryReadInt32BigEndian(_rest, out value))
            return false;

        _rest = _rest[sizeof(int)..];
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count < 0 || count > _rest.Length)
        {
            bytes = default;
            return false;
        }

        bytes = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    /// <summary>Takes the bytes up to the next NUL, which is taken as well and not given.</summary>
    public bool TryReadCString(out ReadOnlySpan<byte> text)
    {
        var size = _rest.IndexOf((byte)0);
        if (size < 0)
        {
            text = default;
            return false;
        }

        text = _rest[..size];
        _rest = _rest[(size + 1)..];
        return true;
    }

    /// <summary>Takes a value with its 32-bit length in front. Minus one is NULL; every other negative length is refused.</summary>
    public bool TryReadValue(out ReadOnlySpan<byte> value, out bool isNull)
    {
        var before = _rest;
        isNull = false;
        value = default;
        if (!TryReadInt32(out var size))
            return false;

        if (size == -1)
        {
            isNull = true;
            return true;
        }

        if (TryReadBytes(size, out value))
            return true;

        _rest = before;
        return false;
    }
}
