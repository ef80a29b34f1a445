namespace JitProxy.Wire.MySql;

/// <summary>A row of the text protocol. Layout: for each column the value with its length, or 0xFB for NULL.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html. Valid as long as the bytes it was
/// parsed from. `foreach` walks the columns without allocating; <see cref="MySqlRowBuilder"/> writes rows.
/// </remarks>
public readonly ref struct MySqlTextRow
{
    private readonly ReadOnlySpan<byte> _values;

    private MySqlTextRow(ReadOnlySpan<byte> values) => _values = values;

    /// <summary>Reads a payload; false if it is malformed, or has another number of columns.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, int columnCount, out MySqlTextRow message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        for (var index = 0; index < columnCount; index++)
        {
            if (!cursor.TryReadTextOrNull(out _))
                return false;
        }

        if (!cursor.IsAtEnd)
            return false;

        message = new MySqlTextRow(payload);
        return true;
    }

    /// <summary>Walks the columns in order.</summary>
    public Enumerator GetEnumerator() => new(_values);

    /// <summary>The walk over the columns.</summary>
    public ref struct Enumerator
    {
        private ByteCursor _cursor;

        internal Enumerator(ReadOnlySpan<byte> values) => _cursor = new ByteCursor(values);

        /// <summary>The value that was reached.</summary>
        public MySqlValue Current { get; private set; }

        /// <summary>Goes to the next value; false after the last.</summary>
        public bool MoveNext()
        {
            if (!_cursor.TryReadTextOrNull(out var value))
                return false;

            Current = value;
            return true;
        }
    }
}
