using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>SSLRequest: asks for TLS before the startup packet; answered by one byte, 'S' for yes or 'N' for no. No body after the code.</summary>
public static class PgSslRequest
{
    /// <summary>Writes the packet.</summary>
    public static void Write(IBufferWriter<byte> output)
    {
        var writer = new PgMessageWriter(output, sizeof(int));
        writer.Int32(PgOpening.SslCode);
        writer.Finish();
    }
}
