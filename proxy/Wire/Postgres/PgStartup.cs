using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>StartupMessage. Layout: version (4), then pairs of name, NUL, value, NUL; then a zero byte. `foreach` walks the pairs.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgStartup
{
    /// <summary>Version 3.0, which every server speaks.</summary>
    public const int Version30 = 3 << 16;

    /// <summary>Version 3.2, whose cancel keys may be longer.</summary>
    public const int Version32 = (3 << 16) | 2;

    /// <summary>The most parameters that a packet may have; clients send about ten.</summary>
    public const int ParameterCountMax = 128;

    private readonly ReadOnlySpan<byte> _pairs;

    private PgStartup(int version, ReadOnlySpan<byte> pairs)
    {
        Version = version;
        _pairs = pairs;
    }

    /// <summary>The version asked for, major in the upper and minor in the lower 16 bits.</summary>
    public int Version { get; }

    /// <summary>Reads what follows the length (<see cref="PgOpening.Body"/>); false if it is malformed or gives a parameter twice.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgStartup message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadInt32(out var version))
            return false;

        var pairs = cursor.Rest;
        for (var count = 0; count <= ParameterCountMax; count++)
        {
            var earlier = pairs[..(pairs.Length - cursor.Rest.Length)];
            if (!cursor.TryReadCString(out var name))
                return false;

            if (name.IsEmpty)
            {
                if (!cursor.IsAtEnd)
                    return false;

                message = new PgStartup(version, earlier);
                return true;
            }

            // Of two values each reader could take another one.
            if (!cursor.TryReadCString(out _) || new PgStartup(version, earlier).TryFind(name, out _))
                return false;
        }

        return false;
    }

    /// <summary>A parameter's value; false if it was not given.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var pair in this)
        {
            if (pair.Name.SequenceEqual(name))
            {
                value = pair.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Walks the parameters in the order sent.</summary>
    public Enumerator GetEnumerator() => new(_pairs);

    /// <summary>Writes the packet.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="version">Major in the upper and minor in the lower 16 bits.</param>
    /// <param name="parameters">Names (not empty) and values, without NUL.</param>
    public static void Write(IBufferWriter<byte> output, int version, ReadOnlySpan<KeyValuePair<byte[], byte[]>> parameters)
    {
        long size = sizeof(int) + 1;
        foreach (var (name, value) in parameters)
        {
            ArgumentOutOfRangeException.ThrowIfZero(name.Length, nameof(parameters));
            size += PgMessageWriter.SizeOf(name) + PgMessageWriter.SizeOf(value);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, PgOpening.SizeMax - sizeof(int), nameof(parameters));
        var writer = new PgMessageWriter(output, size);
        writer.Int32(version);
        foreach (var (name, value) in parameters)
        {
            writer.CString(name);
            writer.CString(value);
        }

        writer.Byte(0);
        writer.Finish();
    }

    /// <summary>One parameter.</summary>
    /// <remarks>Valid as long as the bytes it was parsed from.</remarks>
    public readonly ref struct Pair
    {
        internal Pair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            Name = name;
            Value = value;
        }

        /// <summary>The parameter's name; never empty.</summary>
        public ReadOnlySpan<byte> Name { get; }

        /// <summary>Its value.</summary>
        public ReadOnlySpan<byte> Value { get; }
    }

    /// <summary>The walk over the parameters.</summary>
    public ref struct Enumerator
    {
        private ByteCursor _cursor;

        internal Enumerator(ReadOnlySpan<byte> pairs) => _cursor = new ByteCursor(pairs);

        /// <summary>The parameter that was reached.</summary>
        public Pair Current { get; private set; }

        /// <summary>Goes to the next parameter; false after the last.</summary>
        public bool MoveNext()
        {
            if (!_cursor.TryReadCString(out var name) || !_cursor.TryReadCString(out var value))
                return false;

            Current = new Pair(name, value);
            return true;
        }
    }
}
