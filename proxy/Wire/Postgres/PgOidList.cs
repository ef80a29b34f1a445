using System.Buffers.Binary;

namespace JitProxy.Wire.Postgres;

/// <summary>Object identifiers (types of parameters) as they lie in a message.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgOidList
{
    private readonly ReadOnlySpan<byte> _bytes;

    private PgOidList(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>How many there are.</summary>
    public int Count => _bytes.Length / sizeof(uint);

    /// <summary>The identifier at an index; 0 stands for "not given".</summary>
    public uint this[int index] => BinaryPrimitives.ReadUInt32BigEndian(_bytes.Slice(index * sizeof(uint), sizeof(uint)));

    internal static bool TryRead(scoped ref ByteCursor cursor, out PgOidList list)
    {
        if (cursor.TryReadCount(out var count) && cursor.TryReadBytes(count * sizeof(uint), out var bytes))
        {
            list = new PgOidList(bytes);
            return true;
        }

        list = default;
        return false;
    }
}
