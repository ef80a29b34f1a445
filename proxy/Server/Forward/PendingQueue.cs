using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Server.Forward;

/// <summary>Answers owed, oldest first: a ring that grows to its working size once and then allocates nothing.</summary>
/// <remarks>Not thread-safe; <see cref="Conversation"/> guards it.</remarks>
internal sealed class PendingQueue
{
    private Pending[] _ring = new Pending[8];
    private int _head;

    /// <summary>How many answers are owed.</summary>
    public int Count { get; private set; }

    /// <summary>Appends one.</summary>
    public void Enqueue(in Pending pending)
    {
        if (Count == _ring.Length)
            Grow();

        _ring[(_head + Count) & (_ring.Length - 1)] = pending;
        Count++;
    }

    /// <summary>The oldest, if there is one.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out Pending pending)
    {
        pending = Count == 0 ? default : _ring[_head];
        return Count != 0;
    }

    /// <summary>Takes the oldest off.</summary>
    public Pending Dequeue()
    {
        var pending = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return pending;
    }

    private void Grow()
    {
        var larger = new Pending[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];

        _ring = larger;
        _head = 0;
    }
}
