using System.Buffers;
using System.Text;

namespace JitProxy.Wire.Postgres;

/// <summary>
/// NegotiateProtocolVersion ('v'). Layout: newest version that the server speaks (4, major and minor as in the startup packet), count (4),
/// names of options that it does not know, each with a NUL.
/// </summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgNegotiateProtocolVersion
{
    private PgNegotiateProtocolVersion(int version, int optionCount)
    {
        Version = version;
        OptionCount = optionCount;
    }

    /// <summary>The version to go on with, major in the upper and minor in the lower 16 bits.</summary>
    public int Version { get; }

    /// <summary>How many options the server does not know.</summary>
    public int OptionCount { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgNegotiateProtocolVersion message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadInt32(out var version) || !cursor.TryReadInt32(out var count) || count < 0)
            return false;

        // Ends at the latest with the body: every name takes a byte.
        for (var index = 0; index < count; index++)
        {
            if (!cursor.TryReadCString(out _))
                return false;
        }

        if (!cursor.IsAtEnd)
            return false;

        message = new PgNegotiateProtocolVersion(version, count);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, int version, IReadOnlyList<string> unknownOptions)
    {
        var names = new byte[unknownOptions.Count][];
        long size = 2 * sizeof(int);
        for (var index = 0; index < names.Length; index++)
        {
            names[index] = Encoding.UTF8.GetBytes(unknownOptions[index]);
            size += PgMessageWriter.SizeOf(names[index]);
        }

        var writer = new PgMessageWriter(output, (byte)PgServerTag.NegotiateProtocolVersion, size);
        writer.Int32(version);
        writer.Int32(names.Length);
        foreach (var name in names)
            writer.CString(name);

        writer.Finish();
    }
}
