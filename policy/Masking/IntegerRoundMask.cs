using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace JitProxy.Policy.Masking;

/// <summary>Rounds integers to the nearest multiple of a step, halves away from zero.</summary>
/// <remarks>Where that multiple does not fit the type, the one towards zero is taken.</remarks>
internal sealed class IntegerRoundMask(long step, int size, bool isBinary) : ColumnMask
{
    public override string Algorithm => "round";

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        if (!(isBinary ? TryReadBinary(value, out var number) : TryReadText(value, out number)))
            return false;

        number = Round(number);
        if (isBinary)
            WriteBinary(number, output);
        else
            output.Advance(WriteText(number, output.GetSpan(20)));
        return true;
    }

    private static bool TryReadText(ReadOnlySpan<byte> value, out long number) =>
        Utf8Parser.TryParse(value, out number, out var read) && read == value.Length;

    private static int WriteText(long number, Span<byte> target)
    {
        Utf8Formatter.TryFormat(number, target, out var written);
        return written;
    }

    private long Round(long number)
    {
        var rest = number % step;
        var towardsZero = number - rest;
        if (Int128.Abs(rest) * 2 < step)
            return towardsZero;

        var away = (Int128)towardsZero + Math.Sign(number) * (Int128)step;
        var limit = (Int128)1 << (size * 8 - 1);
        return away >= -limit && away < limit ? (long)away : towardsZero;
    }

    private bool TryReadBinary(ReadOnlySpan<byte> value, out long number)
    {
        number = value.Length switch
        {
            2 => BinaryPrimitives.ReadInt16BigEndian(value),
            4 => BinaryPrimitives.ReadInt32BigEndian(value),
            8 => BinaryPrimitives.ReadInt64BigEndian(value),
            _ => 0,
        };
        return value.Length == size;
    }

    private void WriteBinary(long number, IBufferWriter<byte> output)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        output.Write(bytes[^size..]);
    }
}
