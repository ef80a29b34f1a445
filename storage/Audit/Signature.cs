// Task: say quickly that a stretch of records cannot hold a text. A Bloom filter: it may say "perhaps" wrongly, "no" never.
//
// Texts that are searched in go in as their runs of three bytes, values that are compared whole as one term. Letters of ASCII count the same
// in both cases. The bits are stored, so what sets them must not change.
using System.Numerics;
using System.Runtime.InteropServices;

namespace JitProxy.Storage.Audit;

/// <summary>What a term belongs to. The numbers are stored: append, never renumber.</summary>
internal enum SignatureField : byte
{
    Statement = 1,
    Error = 2,
    Actor = 3,
    Client = 4,
    Server = 5,
    Digest = 6,
    Masked = 7,
    Execution = 8,
}

internal sealed class Signature
{
    /// <summary>Bytes of a signature.</summary>
    public const int Size = 4096;

    private const int GramLength = 3;
    private const int BitIndexShift = 32 - 15;

    private readonly ulong[] _words = new ulong[Size / sizeof(ulong)];

    public Signature()
    {
    }

    public Signature(ReadOnlySpan<byte> stored) => MemoryMarshal.Cast<byte, ulong>(stored[..Size]).CopyTo(_words);

    public static byte Fold(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    /// <summary>A text that is searched in.</summary>
    public void AddText(SignatureField field, ReadOnlySpan<byte> text)
    {
        for (var index = 0; index + GramLength <= text.Length; index++)
            Set(BitOf(field, Gram(text, index)));
    }

    /// <summary>A value that is compared whole.</summary>
    public void AddTerm(SignatureField field, ReadOnlySpan<byte> value)
    {
        var (first, second) = BitsOf(field, value);
        Set(first);
        Set(second);
    }

    /// <summary>False when no text holds this one. A text shorter than three bytes is perhaps in all.</summary>
    public bool MayHoldText(SignatureField field, ReadOnlySpan<byte> text)
    {
        for (var index = 0; index + GramLength <= text.Length; index++)
        {
            if (!IsSet(BitOf(field, Gram(text, index))))
                return false;
        }

        return true;
    }

    /// <summary>False when the value is not among them.</summary>
    public bool MayHoldTerm(SignatureField field, ReadOnlySpan<byte> value)
    {
        var (first, second) = BitsOf(field, value);
        return IsSet(first) && IsSet(second);
    }

    public void UnionWith(Signature other)
    {
        for (var index = 0; index < _words.Length; index++)
            _words[index] |= other._words[index];
    }

    public byte[] ToBytes() => MemoryMarshal.AsBytes<ulong>(_words).ToArray();

    private static uint Gram(ReadOnlySpan<byte> text, int index) =>
        Fold(text[index]) | ((uint)Fold(text[index + 1]) << 8) | ((uint)Fold(text[index + 2]) << 16);

    private static int BitOf(SignatureField field, uint gram) => (int)(BitOperations.Crc32C(0, gram | ((uint)field << 24)) >> BitIndexShift);

    private static (int First, int Second) BitsOf(SignatureField field, ReadOnlySpan<byte> value)
    {
        var sum = BitOperations.Crc32C(uint.MaxValue, (byte)field);
        foreach (var part in value)
            sum = BitOperations.Crc32C(sum, part);
        return ((int)(sum >> BitIndexShift), (int)(BitOperations.Crc32C(sum, (byte)0x5a) >> BitIndexShift));
    }

    private void Set(int bit) => _words[bit >> 6] |= 1UL << (bit & 63);

    private bool IsSet(int bit) => (_words[bit >> 6] & (1UL << (bit & 63))) != 0;
}
