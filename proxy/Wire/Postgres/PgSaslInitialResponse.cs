using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>SASLInitialResponse ('p'). Layout: mechanism, NUL, length (4, -1 for none), data.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgSaslInitialResponse
{
    private PgSaslInitialResponse(ReadOnlySpan<byte> mechanism, PgValue data)
    {
        Mechanism = mechanism;
        Data = data;
    }

    /// <summary>The mechanism that the client chose.</summary>
    public ReadOnlySpan<byte> Mechanism { get; }

    /// <summary>The first message of the mechanism, or NULL.</summary>
    public PgValue Data { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgSaslInitialResponse message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadCString(out var mechanism) || !cursor.TryReadValue(out var data, out var isNull) || !cursor.IsAtEnd)
            return false;

        message = new PgSaslInitialResponse(mechanism, new PgValue(data, isNull));
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> mechanism, ReadOnlySpan<byte> data)
    {
        var size = PgMessageWriter.SizeOf(mechanism) + sizeof(int) + data.Length;
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Password, size);
        writer.CString(mechanism);
        writer.Int32(data.Length);
        writer.Bytes(data);
        writer.Finish();
    }
}
