using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>Close ('C'). Layout: 'S' or 'P', name, NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgClose
{
    private PgClose(PgObjectKind kind, ReadOnlySpan<byte> name)
    {
        Kind = kind;
        Name = name;
    }

    /// <summary>Statement or portal.</summary>
    public PgObjectKind Kind { get; }

    /// <summary>Its name; empty for the unnamed one.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgClose message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadByte(out var kind) || kind is not ((byte)PgObjectKind.Portal or (byte)PgObjectKind.Statement)
            || !cursor.TryReadCString(out var name) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new PgClose((PgObjectKind)kind, name);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, PgObjectKind kind, ReadOnlySpan<byte> name)
    {
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Close, 1 + PgMessageWriter.SizeOf(name));
        writer.Byte((byte)kind);
        writer.CString(name);
        writer.Finish();
    }
}
