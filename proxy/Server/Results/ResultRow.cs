using System.Buffers;
using System.Text;

namespace JitProxy.Server.Results;

/// <summary>The values of one row, as the server writes them in text; one object for all rows of a result.</summary>
internal sealed class ResultRow
{
    private readonly List<(int Start, int Length)> _values = [];
    private byte[] _bytes = [];

    /// <summary>How many values there are.</summary>
    public int Count => _values.Count;

    /// <summary>Takes the bytes of a row over; its values are added next.</summary>
    /// <returns>The bytes, until the next row.</returns>
    public ReadOnlySpan<byte> Begin(in ReadOnlySequence<byte> row)
    {
        var bytes = Begin(checked((int)row.Length));
        row.CopyTo(bytes);
        return bytes;
    }

    /// <summary>The same for bytes in one piece.</summary>
    public ReadOnlySpan<byte> Begin(ReadOnlySpan<byte> row)
    {
        var bytes = Begin(row.Length);
        row.CopyTo(bytes);
        return bytes;
    }

    /// <summary>Adds a value that lies at this place of the row's bytes.</summary>
    public void Add(int start, int length) => _values.Add((start, length));

    /// <summary>Adds NULL.</summary>
    public void AddNull() => _values.Add((0, -1));

    /// <summary>True for NULL.</summary>
    public bool IsNull(int index) => _values[index].Length < 0;

    /// <summary>A value's bytes, valid until the next row; none for NULL.</summary>
    public ReadOnlySpan<byte> this[int index] => _values[index] is { Length: > 0 } value ? _bytes.AsSpan(value.Start, value.Length) : default;

    /// <summary>A value for people; null for NULL. Bytes come as hexadecimal digits.</summary>
    public string? TextOf(int index, ValueKind kind)
    {
        if (IsNull(index))
            return null;

        return kind == ValueKind.Bytes ? "0x" + Convert.ToHexString(this[index]) : Encoding.UTF8.GetString(this[index]);
    }

    private Span<byte> Begin(int size)
    {
        if (_bytes.Length < size)
            _bytes = new byte[Math.Max(size, _bytes.Length * 2)];

        _values.Clear();
        return _bytes.AsSpan(0, size);
    }
}
