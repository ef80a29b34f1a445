using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>ParameterDescription ('t'). Layout: count (2), type of each parameter (4).</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgParameterDescription
{
    private PgParameterDescription(PgOidList types) => Types = types;

    /// <summary>The parameters' types.</summary>
    public PgOidList Types { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgParameterDescription message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!PgOidList.TryRead(ref cursor, out var types) || !cursor.IsAtEnd)
            return false;

        message = new PgParameterDescription(types);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<uint> types)
    {
        var size = sizeof(ushort) + ((long)types.Length * sizeof(uint));
        var writer = new PgMessageWriter(output, (byte)PgServerTag.ParameterDescription, size);
        writer.Count(types.Length);
        foreach (var type in types)
            writer.Int32(unchecked((int)type));

        writer.Finish();
    }
}
