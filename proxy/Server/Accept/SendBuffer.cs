// Bytes on their way to a peer: one contiguous rented array, so that a flush is one send, held only until all went out.
namespace JitProxy.Server.Accept;

/// <summary>Bytes written and not sent yet.</summary>
/// <remarks>A mutable struct: keep it in a field, never copy it.</remarks>
internal struct SendBuffer
{
    private byte[]? _bytes;
    private int _start;
    private int _end;

    /// <summary>Count of bytes to send.</summary>
    public readonly int UnsentSize => _end - _start;

    /// <summary>The bytes to send.</summary>
    public readonly ReadOnlyMemory<byte> Unsent => _bytes.AsMemory(_start, UnsentSize);

    /// <summary>Room for at least <paramref name="size"/> more bytes (at least one). Its content is arbitrary.</summary>
    public Memory<byte> Reserve(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        size = Math.Max(size, 1);
        if (_bytes is null)
        {
            _bytes = BufferPool.Rent(Math.Max(size, BufferPool.SizeUsual));
            _start = _end = 0;
        }
        else if (_bytes.Length - _end < size)
        {
            var target = BufferPool.Rent(Math.Max(_bytes.Length * 2, UnsentSize + size));
            Unsent.Span.CopyTo(target);
            BufferPool.Return(_bytes);
            (_bytes, _start, _end) = (target, 0, UnsentSize);
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Takes <paramref name="count"/> bytes of the reserved room as written.</summary>
    public void Commit(int count)
    {
        // More than the room that was handed out would send what another connection left in the array.
        if (count < 0 || count > (_bytes?.Length ?? 0) - _end)
            throw new ArgumentOutOfRangeException(nameof(count), count, "More bytes than were reserved.");
        _end += count;
    }

    /// <summary>Appends a copy of <paramref name="bytes"/>.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        bytes.CopyTo(Reserve(bytes.Length).Span);
        _end += bytes.Length;
    }

    /// <summary>Drops <paramref name="count"/> bytes that went out; gives the array back when they were the last.</summary>
    public void Sent(int count)
    {
        _start += count;
        if (_start == _end)
            Release();
    }

    /// <summary>Gives the array back with all that is in it.</summary>
    public void Release()
    {
        if (_bytes is not null)
            BufferPool.Return(_bytes);
        Forget();
    }

    /// <summary>Drops the array without giving it back: someone may still read from it.</summary>
    public void Forget()
    {
        _bytes = null;
        _start = _end = 0;
    }
}
