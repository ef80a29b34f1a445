using System.Buffers;
using System.Security.Cryptography;

namespace JitProxy.Policy.Masking;

/// <summary>HMAC-SHA-256 of a text under a key, in hexadecimal: equal values stay equal, and who lacks the key cannot try values out.</summary>
internal sealed class HashMask(byte[] key, byte[] full) : TextMask(full)
{
    public override string Algorithm => "hash";

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, value, hash);
        WriteHex(hash, output);
        return true;
    }

    internal static void WriteHex(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        Convert.TryToHexStringLower(bytes, output.GetSpan(bytes.Length * 2), out var written);
        output.Advance(written);
    }
}
