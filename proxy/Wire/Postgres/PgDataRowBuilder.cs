using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Wire.Postgres;

/// <summary>
/// Builds DataRow messages from values whose lengths are known only after they were written (masks). Between <see cref="OpenValue"/> and
/// <see cref="CloseValue"/> it is itself the output to write the value to. Kept and reused: no allocation once it has grown.
/// </summary>
public sealed class PgDataRowBuilder : IBufferWriter<byte>, IDisposable
{
    private const int None = -1;
    private byte[] _bytes = [];
    private int _size;
    private int _columnsLeft;
    private int _valueStart = None;

    /// <summary>The message, header included, once every column was given. Valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Message
    {
        get
        {
            if (_columnsLeft != 0 || _valueStart != None || _size == 0)
                throw new InvalidOperationException("the row is not complete");

            return _bytes.AsSpan(0, _size);
        }
    }

    /// <summary>Begins a row and forgets the one before.</summary>
    public void Begin(int columnCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columnCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columnCount, ushort.MaxValue);
        _size = 0;
        _valueStart = None;
        Reserve(PgFrameHeader.Size + sizeof(ushort));
        _bytes[0] = (byte)PgServerTag.DataRow;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(PgFrameHeader.Size), (ushort)columnCount);
        _size = PgFrameHeader.Size + sizeof(ushort);
        _columnsLeft = columnCount;
        SealLength();
    }

    /// <summary>The next column is NULL.</summary>
    public void AddNull()
    {
        TakeColumn();
        WriteLength(-1);
        SealLength();
    }

    /// <summary>The next column is this value.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        TakeColumn();
        WriteLength(value.Length);
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(_size));
        _size += value.Length;
        SealLength();
    }

    /// <summary>Begins the next column's value, which is then written to this object.</summary>
    public void OpenValue()
    {
        TakeColumn();
        WriteLength(0);
        _valueStart = _size;
    }

    /// <summary>Ends the value that <see cref="OpenValue"/> began.</summary>
    public void CloseValue() => Close(_size - _valueStart);

    /// <summary>Ends the value that <see cref="OpenValue"/> began, as NULL; what was written of it is dropped.</summary>
    public void CloseAsNull()
    {
        if (_valueStart != None)
            _size = _valueStart;

        Close(-1);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        if (_valueStart == None)
            throw new InvalidOperationException("no value is open");

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

    private void Close(int length)
    {
        if (_valueStart == None)
            throw new InvalidOperationException("no value is open");

        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_valueStart - sizeof(int)), length);
        _valueStart = None;
        SealLength();
    }

    private void TakeColumn()
    {
        if (_columnsLeft == 0 || _valueStart != None)
            throw new InvalidOperationException("the row has no column left to give");

        _columnsLeft--;
    }

    private void WriteLength(int length)
    {
        Reserve(sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_size), length);
        _size += sizeof(int);
    }

    private void SealLength() =>
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(PgFrameHeader.TagSize), _size - PgFrameHeader.TagSize);

    private void Reserve(int count)
    {
        var needed = _size + (long)count;
        if (needed <= _bytes.Length)
            return;

        ArgumentOutOfRangeException.ThrowIfGreaterThan(needed, PgFrameHeader.BodySizeLimit, nameof(count));
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(PgFrameHeader.BodySizeLimit, Math.Max(needed, Math.Max(1024, _bytes.LongLength * 2))));
        _bytes.AsSpan(0, _size).CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);

        _bytes = larger;
    }
}
