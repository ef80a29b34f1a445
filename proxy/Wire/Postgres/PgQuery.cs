using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>Query ('Q'): a simple-protocol text, possibly holding several statements. Layout: text, NUL.</summary>
/// <remarks>
/// Valid as long as the bytes it was parsed from. Specification of all messages:
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
/// </remarks>
public readonly ref struct PgQuery
{
    private PgQuery(ReadOnlySpan<byte> text) => Text = text;

    /// <summary>The text without its NUL, in the session's client encoding.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgQuery query)
    {
        query = default;

        // Exactly one NUL, and it ends the body: a second would hide text from one of the two readers.
        if (body.IsEmpty || body.IndexOf((byte)0) != body.Length - 1)
            return false;

        query = new PgQuery(body[..^1]);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Query, PgMessageWriter.SizeOf(text));
        writer.CString(text);
        writer.Finish();
    }
}
