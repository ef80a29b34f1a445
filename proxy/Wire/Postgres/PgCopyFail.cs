using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>CopyFail ('f'). Layout: reason, NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgCopyFail
{
    private PgCopyFail(ReadOnlySpan<byte> reason) => Reason = reason;

    /// <summary>Why the client gave up.</summary>
    public ReadOnlySpan<byte> Reason { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgCopyFail message)
    {
        message = default;
        if (body.IsEmpty || body.IndexOf((byte)0) != body.Length - 1)
            return false;

        message = new PgCopyFail(body[..^1]);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> reason)
    {
        var writer = new PgMessageWriter(output, (byte)PgClientTag.CopyFail, PgMessageWriter.SizeOf(reason));
        writer.CString(reason);
        writer.Finish();
    }
}
