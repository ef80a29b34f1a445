using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>
/// GSSENCRequest: asks for GSSAPI encryption before the startup packet; answered by one byte, 'G' for yes or 'N' for no. No body after
/// the code.
/// </summary>
public static class PgGssEncRequest
{
    /// <summary>Writes the packet.</summary>
    public static void Write(IBufferWriter<byte> output)
    {
        var writer = new PgMessageWriter(output, sizeof(int));
        writer.Int32(PgOpening.GssEncCode);
        writer.Finish();
    }
}
