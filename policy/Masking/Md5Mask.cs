using System.Buffers;
using System.Security.Cryptography;

namespace JitProxy.Policy.Masking;

/// <summary>MD5 of a salt and a text, in hexadecimal, for readers that expect one; <see cref="HashMask"/> is the better choice.</summary>
internal sealed class Md5Mask(byte[] salt, byte[] full) : TextMask(full)
{
    private const int StackSizeMax = 512;

    public override string Algorithm => "md5";

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        var size = salt.Length + value.Length;
        var rented = size > StackSizeMax ? ArrayPool<byte>.Shared.Rent(size) : null;
        var input = rented is null ? stackalloc byte[StackSizeMax] : rented;
        input = input[..size];
        salt.CopyTo(input);
        value.CopyTo(input[salt.Length..]);

        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // Not for security that rests on it: the policy's author chose it, and the salt is secret.
        MD5.HashData(input, hash);
#pragma warning restore CA5351
        HashMask.WriteHex(hash, output);

        // The buffer goes back to a pool that others take from: it must not carry a clear value along.
        if (rented is not null)
        {
            input.Clear();
            ArrayPool<byte>.Shared.Return(rented);
        }

        return true;
    }
}
