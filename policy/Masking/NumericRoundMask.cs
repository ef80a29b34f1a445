using System.Buffers;
using System.Globalization;

namespace JitProxy.Policy.Masking;

/// <summary>Rounds numerics to the nearest multiple of a step, halves away from zero.</summary>
/// <remarks>What cannot be rounded becomes NULL: NaN, the infinities, and numbers of more than 27 digits.</remarks>
internal sealed class NumericRoundMask : ColumnMask
{
    private const int TextSizeMax = 64;

    private readonly decimal _step;
    private readonly decimal _numberMax;
    private readonly bool _isBinary;

    public NumericRoundMask(decimal step, bool isBinary)
    {
        _step = step;
        _isBinary = isBinary;

        // Below it neither the quotient nor the product can overflow.
        _numberMax = 1e27m * Math.Min(step, 1);
    }

    public override string Algorithm => "round";

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        if (!(_isBinary ? PostgresNumeric.TryRead(value, out var number) : TryReadText(value, out number)) || Math.Abs(number) > _numberMax)
            return false;

        number = decimal.Round(number / _step, 0, MidpointRounding.AwayFromZero) * _step;
        if (_isBinary)
        {
            PostgresNumeric.Write(number, output);
            return true;
        }

        number = number == 0 ? 0 : number; // no minus before a zero
        var isWritten = number.TryFormat(output.GetSpan(TextSizeMax), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
        return isWritten;
    }

    private static bool TryReadText(ReadOnlySpan<byte> value, out decimal number) =>
        decimal.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
