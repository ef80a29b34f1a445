using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>CopyData ('d'), in either direction. Layout: data to the end; on the way out each message is one row.</summary>
public static class PgCopyData
{
    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        var writer = new PgMessageWriter(output, (byte)PgServerTag.CopyData, data.Length);
        writer.Bytes(data);
        writer.Finish();
    }
}
