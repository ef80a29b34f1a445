namespace JitProxy.Wire.MySql;

/// <summary>Attributes of a connection as they lie in a message; `foreach` walks them without allocating.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct MySqlAttributes
{
    /// <summary>The most that all attributes together may take, in bytes; servers have the same bound.</summary>
    public const int SizeMax = 64 * 1024;

    private readonly ReadOnlySpan<byte> _pairs;

    private MySqlAttributes(ReadOnlySpan<byte> pairs) => _pairs = pairs;

    internal ReadOnlySpan<byte> Pairs => _pairs;

    /// <summary>Walks the attributes in the order sent.</summary>
    public Enumerator GetEnumerator() => new(_pairs);

    internal static bool TryRead(scoped ref ByteCursor cursor, out MySqlAttributes attributes)
    {
        attributes = default;
        if (!TryReadAll(ref cursor, out var pairs) || pairs.Length > SizeMax)
            return false;

        var walk = new ByteCursor(pairs);
        while (!walk.IsAtEnd)
        {
            if (!walk.TryReadText(out _) || !walk.TryReadText(out _))
                return false;
        }

        attributes = new MySqlAttributes(pairs);
        return true;
    }

    // MariaDB's connector for node writes the length of them all in two bytes, however short they are; as no server is sent these bytes, none can
    // read them otherwise.
    private static bool TryReadAll(scoped ref ByteCursor cursor, out ReadOnlySpan<byte> pairs)
    {
        if (cursor.Rest is not [MySqlCursor.Int16Mark, _, 0, ..])
            return cursor.TryReadText(out pairs);

        pairs = default;
        return cursor.TryReadByte(out _) && cursor.TryReadUInt16(out var size) && cursor.TryReadBytes(size, out pairs);
    }

    /// <summary>One attribute.</summary>
    /// <remarks>Valid as long as the bytes it was parsed from.</remarks>
    public readonly ref struct Pair
    {
        internal Pair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            Name = name;
            Value = value;
        }

        /// <summary>The attribute's name; those of client libraries begin with an underscore.</summary>
        public ReadOnlySpan<byte> Name { get; }

        /// <summary>Its value.</summary>
        public ReadOnlySpan<byte> Value { get; }
    }

    /// <summary>The walk over the attributes.</summary>
    public ref struct Enumerator
    {
        private ByteCursor _cursor;

        internal Enumerator(ReadOnlySpan<byte> pairs) => _cursor = new ByteCursor(pairs);

        /// <summary>The attribute that was reached.</summary>
        public Pair Current { get; private set; }

        /// <summary>Goes to the next attribute; false after the last.</summary>
        public bool MoveNext()
        {
            if (!_cursor.TryReadText(out var name) || !_cursor.TryReadText(out var value))
                return false;

            Current = new Pair(name, value);
            return true;
        }
    }
}
