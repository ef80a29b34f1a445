// The unread bytes of one connection: one contiguous rented array, held only while there is something in it. Contiguous,
// because a parser on one span is several times cheaper than one on segments; rented, because idle connections are many.
using System.Buffers;

namespace JitProxy.Server.Accept;

/// <summary>Received bytes that nobody has consumed yet.</summary>
/// <remarks>A mutable struct: keep it in a field, never copy it.</remarks>
internal struct ReceiveBuffer
{
    /// <summary>Bytes of a receive on a stream that filled the last one.</summary>
    private const int SizeBusy = 64 * 1024;

    private byte[]? _bytes;
    private int _start;
    private int _end;
    private bool _isBusy;
    private bool _allExamined;

    /// <summary>Count of bytes received and not consumed.</summary>
    public readonly int UnreadSize => _end - _start;

    /// <summary>True when there are bytes that the reader has not looked at.</summary>
    public readonly bool HasNews => UnreadSize > 0 && !_allExamined;

    /// <summary>The unread bytes, always in one segment. Valid until <see cref="AdvanceTo"/>.</summary>
    public readonly ReadOnlySequence<byte> Unread =>
        _bytes is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_bytes, _start, UnreadSize);

    /// <summary>Room for a receive, at least one byte. Keeps the unread bytes; moves or enlarges them when they are in the way.</summary>
    public Memory<byte> Reserve()
    {
        if (_bytes is null)
        {
            _bytes = BufferPool.Rent(_isBusy ? SizeBusy : BufferPool.SizeUsual);
            _start = _end = 0;
        }
        else if (_end == _bytes.Length)
        {
            // A tail that is small is moved to the front; one that fills half of the array needs a bigger one, so that a
            // message of n bytes costs O(n) copies however it arrives. A busy stream gets its large array in spite of its tail.
            var target = _isBusy && _bytes.Length < SizeBusy ? BufferPool.Rent(SizeBusy)
                : UnreadSize <= _bytes.Length / 2 ? _bytes : BufferPool.Rent(_bytes.Length * 2);
            _bytes.AsSpan(_start, UnreadSize).CopyTo(target);
            if (target != _bytes)
                BufferPool.Return(_bytes);
            (_bytes, _start, _end) = (target, 0, UnreadSize);
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Takes <paramref name="count"/> bytes of the reserved room as received; 0 gives an unused array back.</summary>
    public void Commit(int count)
    {
        if (count <= 0)
        {
            ReleaseIfEmpty();
            return;
        }

        _end += count;
        _isBusy = _end == _bytes!.Length;
        _allExamined = false;
    }

    /// <summary>Drops what was consumed, and remembers whether the rest was looked at.</summary>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_bytes is null)
            return;

        var (from, to) = (consumed.GetInteger(), examined.GetInteger());
        if (consumed.GetObject() != _bytes || from < _start || from > to || to > _end)
            throw new InvalidOperationException("The position does not belong to the bytes last read.");

        _start = from;
        _allExamined = to == _end;
        ReleaseIfEmpty();
    }

    /// <summary>Gives the array back with all that is in it.</summary>
    public void Release()
    {
        if (_bytes is not null)
            BufferPool.Return(_bytes);
        Forget();
    }

    /// <summary>Drops the array without giving it back: someone may still write into it.</summary>
    public void Forget()
    {
        _bytes = null;
        _start = _end = 0;
    }

    private void ReleaseIfEmpty()
    {
        if (UnreadSize == 0)
            Release();
    }
}
