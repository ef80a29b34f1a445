using System.Buffers.Binary;

namespace JitProxy.Wire.Postgres;

/// <summary>Format codes (0 text, 1 binary; others are for the server to refuse) as they lie in a message.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgFormatList
{
    private readonly ReadOnlySpan<byte> _bytes;

    private PgFormatList(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>How many codes were sent: none (all text), one (for all), or one for each.</summary>
    public int Count => _bytes.Length / sizeof(short);

    /// <summary>The code that was sent at an index.</summary>
    public short this[int index] => BinaryPrimitives.ReadInt16BigEndian(_bytes.Slice(index * sizeof(short), sizeof(short)));

    /// <summary>The code that holds for a parameter or column, by the rule of none, one or each; text beyond the end of the list.</summary>
    public short FormatOf(int index) => Count == 1 ? this[0] : index < Count ? this[index] : (short)0;

    internal static bool TryRead(scoped ref ByteCursor cursor, out PgFormatList list)
    {
        if (cursor.TryReadCount(out var count) && cursor.TryReadBytes(count * sizeof(short), out var bytes))
        {
            list = new PgFormatList(bytes);
            return true;
        }

        list = default;
        return false;
    }
}
