namespace JitProxy.Wire.MySql;

/// <summary>
/// A row of the binary protocol. Layout: 0x00 (1), NULL bitmap (a bit for each column, from the third on), values of those that are not NULL.
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html. Valid as long as what it was parsed from. `foreach`
/// walks the columns without allocating; <see cref="MySqlRowBuilder"/> writes rows.
/// </remarks>
public readonly ref struct MySqlBinaryRow
{
    internal const byte Header = 0x00;

    private const int BitmapOffset = 2;

    private readonly ReadOnlySpan<byte> _nulls;
    private readonly ReadOnlySpan<byte> _values;
    private readonly ReadOnlySpan<MySqlType> _types;

    private MySqlBinaryRow(ReadOnlySpan<byte> nulls, ReadOnlySpan<byte> values, ReadOnlySpan<MySqlType> types)
    {
        _nulls = nulls;
        _values = values;
        _types = types;
    }

    /// <summary>Size in bytes of what stands in front of the first value: header and bitmap.</summary>
    public static int HeadSize(int columnCount) => 1 + ((columnCount + BitmapOffset + 7) / 8);

    /// <summary>Whether a column is NULL, by what stands in front of the first value.</summary>
    public static bool IsNull(ReadOnlySpan<byte> head, int column) => (head[1 + ((column + BitmapOffset) / 8)] & BitOf(column)) != 0;

    /// <summary>Reads a payload; false if it is malformed, or its columns are not of these types.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, ReadOnlySpan<MySqlType> types, out MySqlBinaryRow message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadBytes(HeadSize(types.Length), out var head) || head[0] != Header)
            return false;

        // Checked to the last value, so that walking them later cannot fail.
        var values = cursor.Rest;
        for (var index = 0; index < types.Length; index++)
        {
            if (!IsNull(head, index) && !MySqlBinaryFormat.TryRead(ref cursor, types[index], out _))
                return false;
        }

        if (!cursor.IsAtEnd)
            return false;

        message = new MySqlBinaryRow(head, values, types);
        return true;
    }

    /// <summary>Walks the columns in order.</summary>
    public Enumerator GetEnumerator() => new(this);

    internal static void SetNull(Span<byte> head, int column) => head[1 + ((column + BitmapOffset) / 8)] |= BitOf(column);

    private static byte BitOf(int column) => (byte)(1 << ((column + BitmapOffset) % 8));

    /// <summary>The walk over the columns.</summary>
    public ref struct Enumerator
    {
        private readonly MySqlBinaryRow _row;
        private ByteCursor _cursor;
        private int _index;

        internal Enumerator(MySqlBinaryRow row)
        {
            _row = row;
            _cursor = new ByteCursor(row._values);
        }

        /// <summary>The value that was reached, in the binary form of its type, without a length in front.</summary>
        public MySqlValue Current { get; private set; }

        /// <summary>Goes to the next value; false after the last.</summary>
        public bool MoveNext()
        {
            if (_index == _row._types.Length)
                return false;

            ReadOnlySpan<byte> value = default;
            var isNull = IsNull(_row._nulls, _index);
            if (!isNull && !MySqlBinaryFormat.TryRead(ref _cursor, _row._types[_index], out value))
                return false;

            _index++;
            Current = new MySqlValue(value, isNull);
            return true;
        }
    }
}
