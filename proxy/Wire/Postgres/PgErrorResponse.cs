using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>ErrorResponse ('E') and NoticeResponse ('N'). Layout: fields of letter (1), text, NUL; then a zero byte.</summary>
/// <remarks>Valid as long as the bytes it was parsed from. Every field may be missing.</remarks>
public readonly ref struct PgErrorResponse
{
    private readonly ReadOnlySpan<byte> _fields;

    private PgErrorResponse(ReadOnlySpan<byte> fields) => _fields = fields;

    /// <summary>Severity, never translated where the server sends that; empty if missing.</summary>
    public ReadOnlySpan<byte> Severity
    {
        get
        {
            var severity = Field(PgErrorField.SeverityUnlocalized);
            return severity.IsEmpty ? Field(PgErrorField.Severity) : severity;
        }
    }

    /// <summary>SQLSTATE; empty if missing.</summary>
    public ReadOnlySpan<byte> Code => Field(PgErrorField.Code);

    /// <summary>The message; empty if missing.</summary>
    public ReadOnlySpan<byte> Message => Field(PgErrorField.Message);

    /// <summary>Detail; empty if missing.</summary>
    public ReadOnlySpan<byte> Detail => Field(PgErrorField.Detail);

    /// <summary>Hint; empty if missing.</summary>
    public ReadOnlySpan<byte> Hint => Field(PgErrorField.Hint);

    /// <summary>A field's text; empty if it is missing.</summary>
    public ReadOnlySpan<byte> Field(PgErrorField field)
    {
        var cursor = new ByteCursor(_fields);
        while (cursor.TryReadByte(out var letter) && cursor.TryReadCString(out var text))
        {
            if (letter == (byte)field)
                return text;
        }

        return default;
    }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgErrorResponse message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        while (cursor.TryReadByte(out var letter))
        {
            if (letter == 0)
            {
                if (!cursor.IsAtEnd)
                    return false;

                message = new PgErrorResponse(body[..^1]);
                return true;
            }

            if (!cursor.TryReadCString(out _))
                return false;
        }

        return false;
    }

    /// <summary>Writes an ErrorResponse.</summary>
    public static void Write(IBufferWriter<byte> output, PgNotice notice) => Write(output, PgServerTag.ErrorResponse, notice);

    /// <summary>Writes a NoticeResponse.</summary>
    public static void WriteNotice(IBufferWriter<byte> output, PgNotice notice) => Write(output, PgServerTag.NoticeResponse, notice);

    private static void Write(IBufferWriter<byte> output, PgServerTag tag, PgNotice notice)
    {
        var body = notice.Encode();
        var writer = new PgMessageWriter(output, (byte)tag, body.Length);
        writer.Bytes(body);
        writer.Finish();
    }
}
