namespace JitProxy.Wire.MySql;

/// <summary>
/// Parameters and attributes as they lie in COM_STMT_EXECUTE and COM_QUERY; `foreach` walks them without allocating. Layout: NULL bitmap
/// (a bit for each), whether types follow (1), types (2 each, each with a name if attributes were agreed on), values of those that are not NULL.
/// </summary>
/// <remarks>Valid as long as the bytes it was parsed from, and what was known beforehand.</remarks>
public readonly ref struct MySqlParameterList
{
    /// <summary>The most parameters and attributes of a command; a statement can have no more.</summary>
    public const int CountMax = ushort.MaxValue;

    private readonly ReadOnlySpan<byte> _nulls;
    private readonly ReadOnlySpan<byte> _types;
    private readonly ReadOnlySpan<byte> _values;
    private readonly bool _isNamed;
    private readonly ReadOnlySpan<MySqlParameterType> _known;
    private readonly ReadOnlySpan<bool> _sentBefore;

    private MySqlParameterList(
        int count,
        ReadOnlySpan<byte> nulls,
        ReadOnlySpan<byte> types,
        ReadOnlySpan<byte> values,
        bool isNamed,
        ReadOnlySpan<MySqlParameterType> known,
        ReadOnlySpan<bool> sentBefore)
    {
        Count = count;
        _nulls = nulls;
        _types = types;
        _values = values;
        _isNamed = isNamed;
        _known = known;
        _sentBefore = sentBefore;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>True if the types came with this command, and not with an earlier one.</summary>
    public bool HasTypes => !_types.IsEmpty;

    /// <summary>Walks the parameters in order, attributes behind them.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Takes a list.</summary>
    /// <param name="cursor">The command from the bitmap on.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="isNamed">Whether each type has a name behind it.</param>
    /// <param name="known">The types of an earlier command of the same statement.</param>
    /// <param name="sentBefore">For each parameter, whether its value came by COM_STMT_SEND_LONG_DATA.</param>
    /// <param name="list">The list.</param>
    internal static bool TryRead(
        scoped ref ByteCursor cursor,
        int count,
        bool isNamed,
        ReadOnlySpan<MySqlParameterType> known,
        ReadOnlySpan<bool> sentBefore,
        out MySqlParameterList list)
    {
        list = default;
        if (count == 0)
            return true;

        if (!cursor.TryReadBytes((count + 7) / 8, out var nulls) || !cursor.TryReadByte(out var hasTypes) || hasTypes > 1)
            return false;

        var types = cursor.Rest;
        for (var index = 0; hasTypes == 1 && index < count; index++)
        {
            if (!MySqlParameterType.TryRead(ref cursor, out _) || (isNamed && !cursor.TryReadText(out _)))
                return false;
        }

        types = types[..(types.Length - cursor.Rest.Length)];
        if (hasTypes == 0 && known.Length < count)
            return false;

        // Checked to the last value, so that walking them later cannot fail.
        var walk = new Enumerator(new(count, nulls, types, cursor.Rest, isNamed, known, sentBefore));
        for (var index = 0; index < count; index++)
        {
            if (!walk.MoveNext())
                return false;
        }

        var values = cursor.Rest[..(cursor.Rest.Length - walk.Rest.Length)];
        cursor.TryReadBytes(values.Length, out _);
        list = new MySqlParameterList(count, nulls, types, values, isNamed, known, sentBefore);
        return true;
    }

    private bool IsNull(int index) => (_nulls[index / 8] & (1 << (index % 8))) != 0;

    private bool WasSentBefore(int index) => index < _sentBefore.Length && _sentBefore[index];

    /// <summary>One parameter or attribute.</summary>
    /// <remarks>Valid as long as the list.</remarks>
    public readonly ref struct Item
    {
        internal Item(MySqlParameterType type, ReadOnlySpan<byte> name, MySqlValue value, bool wasSentBefore)
        {
            Type = type;
            Name = name;
            Value = value;
            WasSentBefore = wasSentBefore;
        }

        /// <summary>Its type.</summary>
        public MySqlParameterType Type { get; }

        /// <summary>Its name; parameters usually have none.</summary>
        public ReadOnlySpan<byte> Name { get; }

        /// <summary>Its value in binary form; empty if it was sent before.</summary>
        public MySqlValue Value { get; }

        /// <summary>True if the value came by COM_STMT_SEND_LONG_DATA.</summary>
        public bool WasSentBefore { get; }
    }

    /// <summary>The walk over the parameters.</summary>
    public ref struct Enumerator
    {
        private readonly MySqlParameterList _list;
        private ByteCursor _types;
        private ByteCursor _values;
        private int _index;

        internal Enumerator(MySqlParameterList list)
        {
            _list = list;
            _types = new ByteCursor(list._types);
            _values = new ByteCursor(list._values);
        }

        /// <summary>The parameter that was reached.</summary>
        public Item Current { get; private set; }

        internal readonly ReadOnlySpan<byte> Rest => _values.Rest;

        /// <summary>Goes to the next parameter; false after the last.</summary>
        public bool MoveNext()
        {
            if (_index == _list.Count)
                return false;

            MySqlParameterType type;
            ReadOnlySpan<byte> name = default;
            if (!_list.HasTypes)
                type = _list._known[_index];
            else if (!MySqlParameterType.TryRead(ref _types, out type) || (_list._isNamed && !_types.TryReadText(out name)))
                return false;

            // The server asks in this order: a value that was sent in pieces is there, whatever the bitmap says. Of the type NULL the
            // bitmap must say so, because servers differ in what they read otherwise.
            var wasSentBefore = _list.WasSentBefore(_index);
            var isNull = !wasSentBefore && _list.IsNull(_index);
            ReadOnlySpan<byte> value = default;
            if (!wasSentBefore && !isNull && type.Type == MySqlType.Null)
                return false;

            if (!wasSentBefore && !isNull && !MySqlBinaryFormat.TryRead(ref _values, type.Type, out value))
                return false;

            _index++;
            Current = new Item(type, name, new MySqlValue(value, isNull), wasSentBefore);
            return true;
        }
    }
}
