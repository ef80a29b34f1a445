using System.Buffers;
using System.Buffers.Text;

namespace JitProxy.Wire.Postgres;

/// <summary>CommandComplete ('C'). Layout: command tag (`SELECT 3`, `INSERT 0 1`, `BEGIN`), NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgCommandComplete
{
    private PgCommandComplete(ReadOnlySpan<byte> commandTag) => CommandTag = commandTag;

    /// <summary>The tag.</summary>
    public ReadOnlySpan<byte> CommandTag { get; }

    /// <summary>The number that ends the tag: rows returned or changed; 0 if there is none.</summary>
    public long RowCount
    {
        get
        {
            var number = CommandTag[(CommandTag.LastIndexOf((byte)' ') + 1)..];
            return Utf8Parser.TryParse(number, out long count, out var used) && used == number.Length ? count : 0;
        }
    }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgCommandComplete message)
    {
        message = default;
        if (body.IsEmpty || body.IndexOf((byte)0) != body.Length - 1)
            return false;

        message = new PgCommandComplete(body[..^1]);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> commandTag)
    {
        var writer = new PgMessageWriter(output, (byte)PgServerTag.CommandComplete, PgMessageWriter.SizeOf(commandTag));
        writer.CString(commandTag);
        writer.Finish();
    }
}
