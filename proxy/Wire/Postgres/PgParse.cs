using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>Parse ('P'). Layout: statement name, NUL, text, NUL, count (2), type of each parameter (4).</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgParse
{
    private PgParse(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, PgOidList parameterTypes)
    {
        Name = name;
        Text = text;
        ParameterTypes = parameterTypes;
    }

    /// <summary>The statement's name; empty for the unnamed one.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The text, in the session's client encoding.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Types given for the first parameters; 0 leaves one to the server.</summary>
    public PgOidList ParameterTypes { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgParse message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadCString(out var name) || !cursor.TryReadCString(out var text)
            || !PgOidList.TryRead(ref cursor, out var types) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new PgParse(name, text, types);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, ReadOnlySpan<uint> parameterTypes)
    {
        var size = PgMessageWriter.SizeOf(name) + PgMessageWriter.SizeOf(text) + sizeof(ushort) + ((long)parameterTypes.Length * sizeof(uint));
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Parse, size);
        writer.CString(name);
        writer.CString(text);
        writer.Count(parameterTypes.Length);
        foreach (var type in parameterTypes)
            writer.Int32(unchecked((int)type));

        writer.Finish();
    }
}
