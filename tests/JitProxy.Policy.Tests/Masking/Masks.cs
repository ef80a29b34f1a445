using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using JitProxy.Policy.Masking;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>Short ways to run one mask over one value.</summary>
internal static class Masks
{
    public static string? Text(MaskAlgorithm algorithm, ValueShape shape, string value) => Text(algorithm, shape, Encoding.UTF8.GetBytes(value));

    public static string? Text(MaskAlgorithm algorithm, ValueShape shape, byte[] value) =>
        Run(ColumnMask.Create(algorithm, shape, 0, Shop.Policy.Secrets), value) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    public static byte[]? TryBinary(MaskAlgorithm algorithm, ValueShape shape, byte[] value) =>
        Run(ColumnMask.Create(algorithm, shape, 1, Shop.Policy.Secrets), value);

    public static byte[] Binary(MaskAlgorithm algorithm, ValueShape shape, byte[] value) =>
        TryBinary(algorithm, shape, value) ?? throw new InvalidOperationException("the value became NULL");

    public static byte[]? Run(ColumnMask mask, ReadOnlySpan<byte> value)
    {
        var output = new ArrayBufferWriter<byte>();
        var isValue = mask.TryMask(value, output);
        if (!isValue && output.WrittenCount > 0)
            throw new InvalidOperationException("a NULL with bytes");
        return isValue ? output.WrittenSpan.ToArray() : null;
    }

    public static byte[] Big(short value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Big(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Big(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Big(float value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleBigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Big(double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return bytes;
    }
}
