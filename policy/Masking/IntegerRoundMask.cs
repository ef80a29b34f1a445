using System.Buffers;

namespace JitProxy.Policy.Masking;

/// <summary>Rounds integers to the nearest multiple of a step, halves away from zero.</summary>
/// <remarks>Where that multiple does not fit the type, the one towards zero is taken.</remarks>
internal sealed class IntegerRoundMask(long step, IntegerForm form, bool isBinary) : ColumnMask
{
    private const int TextSizeMax = 20;

    public override string Algorithm => "round";

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        if (!(isBinary ? form.TryReadBinary(value, out var number) : form.TryReadText(value, out number)))
            return false;

        number = Round(number);
        var target = output.GetSpan(TextSizeMax);
        output.Advance(isBinary ? form.WriteBinary(number, target) : form.WriteText(number, target));
        return true;
    }

    private Int128 Round(Int128 number)
    {
        var rest = number % step;
        var towardsZero = number - rest;
        if (Int128.Abs(rest) * 2 < step)
            return towardsZero;

        var away = towardsZero + Int128.Sign(number) * (Int128)step;
        return form.Holds(away) ? away : towardsZero;
    }
}
