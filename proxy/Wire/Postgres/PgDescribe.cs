using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>Describe ('D'). Layout: 'S' or 'P', name, NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgDescribe
{
    private PgDescribe(PgObjectKind kind, ReadOnlySpan<byte> name)
    {
        Kind = kind;
        Name = name;
    }

    /// <summary>Statement or portal.</summary>
    public PgObjectKind Kind { get; }

    /// <summary>Its name; empty for the unnamed one.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgDescribe message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadByte(out var kind) || kind is not ((byte)PgObjectKind.Portal or (byte)PgObjectKind.Statement)
            || !cursor.TryReadCString(out var name) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new PgDescribe((PgObjectKind)kind, name);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, PgObjectKind kind, ReadOnlySpan<byte> name)
    {
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Describe, 1 + PgMessageWriter.SizeOf(name));
        writer.Byte((byte)kind);
        writer.CString(name);
        writer.Finish();
    }
}
