using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>SASLResponse ('p'). Layout: data to the end; there is nothing in it that could be malformed here.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgSaslResponse
{
    private PgSaslResponse(ReadOnlySpan<byte> data) => Data = data;

    /// <summary>The mechanism's message.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads a body.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgSaslResponse message)
    {
        message = new PgSaslResponse(body);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Password, data.Length);
        writer.Bytes(data);
        writer.Finish();
    }
}
