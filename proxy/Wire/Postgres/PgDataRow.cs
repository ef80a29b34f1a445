using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>DataRow ('D'). Layout: count (2), then for each column: length (4, -1 for NULL), bytes.</summary>
/// <remarks>Valid as long as the bytes it was parsed from. `foreach` walks the columns without allocating.</remarks>
public readonly ref struct PgDataRow
{
    private readonly PgValueList _values;

    private PgDataRow(PgValueList values) => _values = values;

    /// <summary>How many columns there are.</summary>
    public int ColumnCount => _values.Count;

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgDataRow message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!PgValueList.TryRead(ref cursor, out var values) || !cursor.IsAtEnd)
            return false;

        message = new PgDataRow(values);
        return true;
    }

    /// <summary>Walks the columns in order.</summary>
    public PgValueList.Enumerator GetEnumerator() => _values.GetEnumerator();

    /// <summary>Writes the message. For values that are produced piece by piece, see <see cref="PgDataRowBuilder"/>.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<ReadOnlyMemory<byte>?> values)
    {
        var writer = new PgMessageWriter(output, (byte)PgServerTag.DataRow, sizeof(ushort) + PgMessageWriter.SizeOf(values));
        writer.Count(values.Length);
        foreach (var value in values)
            writer.Value(value);

        writer.Finish();
    }
}
