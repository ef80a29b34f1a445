using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>
/// RowDescription ('T'). Layout: count (2), then for each column: name, NUL, relation (4), attribute (2), type (4), type size (2),
/// modifier (4), format (2). `foreach` walks the columns without allocating.
/// </summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgRowDescription
{
    private const int FixedSize = 18;
    private readonly ReadOnlySpan<byte> _columns;

    private PgRowDescription(ReadOnlySpan<byte> columns, int count)
    {
        _columns = columns;
        ColumnCount = count;
    }

    /// <summary>How many columns there are.</summary>
    public int ColumnCount { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgRowDescription message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadCount(out var count))
            return false;

        var columns = cursor.Rest;
        for (var index = 0; index < count; index++)
        {
            if (!TryReadColumn(ref cursor, out _))
                return false;
        }

        if (!cursor.IsAtEnd)
            return false;

        message = new PgRowDescription(columns, count);
        return true;
    }

    /// <summary>Walks the columns in order.</summary>
    public Enumerator GetEnumerator() => new(_columns);

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<PgColumnSpec> columns)
    {
        long size = sizeof(ushort);
        foreach (var column in columns)
            size += PgMessageWriter.SizeOf(column.Name.Span) + FixedSize;

        var writer = new PgMessageWriter(output, (byte)PgServerTag.RowDescription, size);
        writer.Count(columns.Length);
        foreach (var column in columns)
        {
            writer.CString(column.Name.Span);
            writer.Int32(unchecked((int)column.RelationOid));
            writer.Int16(column.Attribute);
            writer.Int32(unchecked((int)column.TypeOid));
            writer.Int16(column.TypeSize);
            writer.Int32(column.Modifier);
            writer.Int16(column.Format);
        }

        writer.Finish();
    }

    private static bool TryReadColumn(scoped ref ByteCursor cursor, out PgColumn column)
    {
        column = default;
        if (!cursor.TryReadCString(out var name) || !cursor.TryReadInt32(out var relation) || !cursor.TryReadInt16(out var attribute)
            || !cursor.TryReadInt32(out var type) || !cursor.TryReadInt16(out var typeSize) || !cursor.TryReadInt32(out var modifier)
            || !cursor.TryReadInt16(out var format))
        {
            return false;
        }

        column = new PgColumn(name, unchecked((uint)relation), attribute, unchecked((uint)type), typeSize, modifier, format);
        return true;
    }

    /// <summary>The walk over the columns.</summary>
    public ref struct Enumerator
    {
        private ByteCursor _cursor;

        internal Enumerator(ReadOnlySpan<byte> columns) => _cursor = new ByteCursor(columns);

        /// <summary>The column that was reached.</summary>
        public PgColumn Current { get; private set; }

        /// <summary>Goes to the next column; false after the last.</summary>
        public bool MoveNext()
        {
            if (_cursor.IsAtEnd || !TryReadColumn(ref _cursor, out var column))
                return false;

            Current = column;
            return true;
        }
    }
}
