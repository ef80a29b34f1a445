using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>ParameterStatus ('S'). Layout: name, NUL, value, NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgParameterStatus
{
    private PgParameterStatus(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The setting's name.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgParameterStatus message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadCString(out var name) || !cursor.TryReadCString(out var value) || !cursor.IsAtEnd)
            return false;

        message = new PgParameterStatus(name, value);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var size = PgMessageWriter.SizeOf(name) + PgMessageWriter.SizeOf(value);
        var writer = new PgMessageWriter(output, (byte)PgServerTag.ParameterStatus, size);
        writer.CString(name);
        writer.CString(value);
        writer.Finish();
    }
}
