namespace JitProxy.Wire.Postgres;

/// <summary>Values with their lengths as they lie in a message; `foreach` walks them without allocating.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgValueList
{
    private readonly ReadOnlySpan<byte> _bytes;

    private PgValueList(ReadOnlySpan<byte> bytes, int count)
    {
        _bytes = bytes;
        Count = count;
    }

    /// <summary>How many values there are.</summary>
    public int Count { get; }

    /// <summary>Walks the values in order.</summary>
    public Enumerator GetEnumerator() => new(_bytes, Count);

    internal static bool TryRead(scoped ref ByteCursor cursor, out PgValueList list)
    {
        list = default;
        if (!cursor.TryReadCount(out var count))
            return false;

        // Checked to the last value, so that walking them later cannot fail.
        var start = cursor.Rest;
        for (var index = 0; index < count; index++)
        {
            if (!cursor.TryReadValue(out _, out _))
                return false;
        }

        list = new PgValueList(start[..(start.Length - cursor.Rest.Length)], count);
        return true;
    }

    /// <summary>The walk over the values.</summary>
    public ref struct Enumerator
    {
        private ByteCursor _cursor;
        private int _left;

        internal Enumerator(ReadOnlySpan<byte> bytes, int count)
        {
            _cursor = new ByteCursor(bytes);
            _left = count;
        }

        /// <summary>The value that was reached.</summary>
        public PgValue Current { get; private set; }

        /// <summary>Goes to the next value; false after the last.</summary>
        public bool MoveNext()
        {
            if (_left == 0 || !_cursor.TryReadValue(out var bytes, out var isNull))
                return false;

            _left--;
            Current = new PgValue(bytes, isNull);
            return true;
        }
    }
}
