using System.Buffers;

namespace JitProxy.Wire.Tests.MySql;

/// <summary>The decoders of the MySQL protocol.</summary>
internal static class MySqlDecoders
{
    public static readonly Decoder[] All = [.. MySqlLoginDecoders.All, .. MySqlResponseDecoders.All, .. MySqlCommandDecoders.All, .. MySqlRowDecoders.All];

    internal delegate void Writer(IBufferWriter<byte> output, ref byte sequence);

    /// <summary>The payload that is written. That its header says size and number is checked on the way.</summary>
    public static byte[] Body(Writer write)
    {
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 254;
        write(output, ref sequence);
        var packet = output.WrittenSpan;
        if ((packet[0] | (packet[1] << 8) | (packet[2] << 16)) != packet.Length - 4 || packet[3] != 254 || sequence != 255)
            throw new InvalidOperationException($"a header is wrong: {Convert.ToHexString(packet)}");

        return packet[4..].ToArray();
    }

    public static byte[] Bytes(ReadOnlySpan<byte> bytes) => bytes.ToArray();
}
