using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// Builds rows, of the text and of the binary protocol, from values whose lengths are known only after they were written (masks). Between
/// <see cref="OpenValue"/> and <see cref="CloseValue"/> it is itself the output to write the value to. Kept and reused: no allocation once it has grown.
/// </summary>
public sealed class MySqlRowBuilder : IBufferWriter<byte>, IDisposable
{
    private const int None = -1;
    private byte[] _bytes = [];
    private int _size;
    private int _columnCount;
    private int _column;
    private int _valueStart = None;
    private bool _isBinary;

    /// <summary>The payload, once every column was given. Valid until the next row is begun.</summary>
    public ReadOnlySpan<byte> Payload
    {
        get
        {
            if (_column != _columnCount || _valueStart != None || _size == 0)
                throw new InvalidOperationException("the row is not complete");

            return _bytes.AsSpan(0, _size);
        }
    }

    /// <summary>Begins a row of the text protocol and forgets the one before.</summary>
    public void BeginText(int columnCount) => Begin(columnCount, isBinary: false);

    /// <summary>Begins a row of the binary protocol and forgets the one before.</summary>
    public void BeginBinary(int columnCount)
    {
        Begin(columnCount, isBinary: true);
        _size = MySqlBinaryRow.HeadSize(columnCount);
        Reserve(0);
        _bytes.AsSpan(0, _size).Clear();
    }

    /// <summary>The next column is NULL.</summary>
    public void AddNull()
    {
        TakeColumn();
        if (_isBinary)
        {
            MySqlBinaryRow.SetNull(_bytes, _column - 1);
            return;
        }

        Reserve(1);
        _bytes[_size] = MySqlCursor.NullMark;
        _size++;
    }

    /// <summary>The next column is this text, or in the binary protocol this value of a type that has a length in front.</summary>
    public void Add(ReadOnlySpan<byte> value) => Add(MySqlType.VarString, value);

    /// <summary>The next column is this value; in the text protocol the type means nothing.</summary>
    /// <exception cref="ArgumentException">A value of this type cannot have this size.</exception>
    public void Add(MySqlType type, ReadOnlySpan<byte> value)
    {
        Reserve((long)value.Length + MySqlValuePrefix.SizeMax);
        var prefixSize = MySqlBinaryFormat.WritePrefix(_bytes.AsSpan(_size), _isBinary ? type : MySqlType.VarString, value.Length);
        TakeColumn();
        _size += prefixSize;
        value.CopyTo(_bytes.AsSpan(_size));
        _size += value.Length;
    }

    /// <summary>Begins the next column's value, which is then written to this object: a text, or bytes of a type that has a length in front.</summary>
    public void OpenValue()
    {
        Reserve(1);
        TakeColumn();

        // Room for the shortest length; a longer one moves the value.
        _size++;
        _valueStart = _size;
    }

    /// <summary>Ends the value that <see cref="OpenValue"/> began.</summary>
    public void CloseValue()
    {
        CheckOpen();
        var valueSize = _size - _valueStart;
        var prefixSize = MySqlMessageWriter.SizeOfInteger((ulong)valueSize);
        Reserve(prefixSize);
        if (prefixSize > 1)
            _bytes.AsSpan(_valueStart, valueSize).CopyTo(_bytes.AsSpan(_valueStart - 1 + prefixSize));

        MySqlMessageWriter.WriteInteger(_bytes.AsSpan(_valueStart - 1), (ulong)valueSize);
        _size = _valueStart - 1 + prefixSize + valueSize;
        _valueStart = None;
    }

    /// <summary>Ends the value that <see cref="OpenValue"/> began, as NULL; what was written of it is dropped.</summary>
    public void CloseAsNull()
    {
        CheckOpen();
        _size = _valueStart - 1;
        _valueStart = None;
        _column--;
        AddNull();
    }

    /// <summary>Writes the row, in as many packets as it takes.</summary>
    public void WriteTo(IBufferWriter<byte> output, ref byte sequence)
    {
        var payload = Payload;
        var writer = new MySqlMessageWriter(output, payload.Length);
        writer.Bytes(payload);
        writer.Finish(ref sequence);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        CheckOpen();
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _size);
        _size += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(_size);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsSpan(_size);
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);

        (_bytes, _size) = ([], 0);
    }

    private void Begin(int columnCount, bool isBinary)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columnCount, MySqlResultSetHeader.ColumnCountMax);
        (_columnCount, _column, _size, _valueStart, _isBinary) = (columnCount, 0, 0, None, isBinary);
    }

    private void TakeColumn()
    {
        if (_column == _columnCount || _valueStart != None)
            throw new InvalidOperationException("the row has no column left to give");

        _column++;
    }

    private void CheckOpen()
    {
        if (_valueStart == None)
            throw new InvalidOperationException("no value is open");
    }

    private void Reserve(long count)
    {
        var needed = _size + count;
        if (needed <= _bytes.Length)
            return;

        ArgumentOutOfRangeException.ThrowIfGreaterThan(needed, MySqlPacketHeader.PayloadSizeLimit, nameof(count));
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(MySqlPacketHeader.PayloadSizeLimit, Math.Max(needed, Math.Max(1024, _bytes.LongLength * 2))));
        _bytes.AsSpan(0, Math.Min(_size, _bytes.Length)).CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);

        _bytes = larger;
    }
}
