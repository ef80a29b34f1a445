using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>CopyInResponse ('G'), CopyOutResponse ('H') and CopyBothResponse ('W'). Layout: format (1), count (2), format of each column (2).</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgCopyResponse
{
    private PgCopyResponse(bool isBinary, PgFormatList columnFormats)
    {
        IsBinary = isBinary;
        ColumnFormats = columnFormats;
    }

    /// <summary>Whether the whole copy is binary; text otherwise.</summary>
    public bool IsBinary { get; }

    /// <summary>The columns' formats; all 0 for a text copy.</summary>
    public PgFormatList ColumnFormats { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgCopyResponse message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadByte(out var format) || format > 1 || !PgFormatList.TryRead(ref cursor, out var columns) || !cursor.IsAtEnd)
            return false;

        message = new PgCopyResponse(format == 1, columns);
        return true;
    }

    /// <summary>Writes a CopyOutResponse whose columns all have the format of the copy.</summary>
    public static void WriteOut(IBufferWriter<byte> output, bool isBinary, int columnCount)
    {
        var writer = new PgMessageWriter(output, (byte)PgServerTag.CopyOutResponse, 1 + sizeof(ushort) + ((long)columnCount * sizeof(short)));
        writer.Byte(isBinary ? (byte)1 : (byte)0);
        writer.Count(columnCount);
        for (var column = 0; column < columnCount; column++)
            writer.Int16(isBinary ? (short)1 : (short)0);

        writer.Finish();
    }
}
