using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>Execute ('E'). Layout: portal, NUL, most rows to return (4).</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgExecute
{
    private PgExecute(ReadOnlySpan<byte> portal, int rowsMax)
    {
        Portal = portal;
        RowsMax = rowsMax;
    }

    /// <summary>The portal's name; empty for the unnamed one.</summary>
    public ReadOnlySpan<byte> Portal { get; }

    /// <summary>Most rows to return before PortalSuspended; 0 for all. The server takes a negative number for 0, and so does this.</summary>
    public int RowsMax { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgExecute message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadCString(out var portal) || !cursor.TryReadInt32(out var rowsMax) || !cursor.IsAtEnd)
            return false;

        message = new PgExecute(portal, Math.Max(0, rowsMax));
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> portal, int rowsMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rowsMax);
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Execute, PgMessageWriter.SizeOf(portal) + sizeof(int));
        writer.CString(portal);
        writer.Int32(rowsMax);
        writer.Finish();
    }
}
