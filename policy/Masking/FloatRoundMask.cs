using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace JitProxy.Policy.Masking;

/// <summary>Rounds floating-point numbers to the nearest multiple of a step, halves away from zero.</summary>
/// <remarks>What cannot be rounded becomes NULL: NaN, the infinities, and numbers so large that the step is lost in them, which would pass in clear.</remarks>
internal sealed class FloatRoundMask : ColumnMask
{
    private readonly bool _isDouble;
    private readonly bool _isBinary;
    private readonly bool _isLittleEndian;
    private readonly double _step;
    private readonly double _perUnit;
    private readonly double _stepsMax;

    public FloatRoundMask(decimal step, bool isDouble, bool isBinary, bool isLittleEndian = false)
    {
        _isDouble = isDouble;
        _isBinary = isBinary;
        _isLittleEndian = isLittleEndian;
        _step = (double)step;
        _stepsMax = isDouble ? 1L << 52 : 1L << 23;

        // Two digits: 123 / 100 is the number that people write as 1.23; 123 * 0.01 need not be.
        var perUnit = step < 1 ? 1 / step : 0;
        _perUnit = perUnit == decimal.Truncate(perUnit) ? (double)perUnit : 0;
    }

    public override string Algorithm => "round";

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output) =>
        TryRead(value, out var number) && TryRound(number, out number) && TryWrite(number, output);

    private bool TryRound(double number, out double rounded)
    {
        rounded = Math.Round(_perUnit > 0 ? number * _perUnit : number / _step, MidpointRounding.AwayFromZero);
        if (!(Math.Abs(rounded) <= _stepsMax))
            return false;
        rounded = _perUnit > 0 ? rounded / _perUnit : rounded * _step;
        rounded = rounded == 0 ? 0 : rounded; // no minus before a zero
        return _isDouble ? double.IsFinite(rounded) : float.IsFinite((float)rounded);
    }

    private bool TryRead(ReadOnlySpan<byte> value, out double number)
    {
        number = 0;
        if (!_isBinary)
            return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
        if (value.Length != (_isDouble ? sizeof(double) : sizeof(float)))
            return false;
        number = (_isDouble, _isLittleEndian) switch
        {
            (true, false) => BinaryPrimitives.ReadDoubleBigEndian(value),
            (true, true) => BinaryPrimitives.ReadDoubleLittleEndian(value),
            (false, false) => BinaryPrimitives.ReadSingleBigEndian(value),
            (false, true) => BinaryPrimitives.ReadSingleLittleEndian(value),
        };
        return double.IsFinite(number);
    }

    private bool TryWrite(double number, IBufferWriter<byte> output)
    {
        var target = output.GetSpan(32);
        int written;
        if (!_isBinary)
        {
            var isWritten = _isDouble
                ? number.TryFormat(target, out written, default, CultureInfo.InvariantCulture)
                : ((float)number).TryFormat(target, out written, default, CultureInfo.InvariantCulture);
            if (!isWritten)
                return false;
        }
        else
        {
            written = _isDouble ? sizeof(double) : sizeof(float);
            WriteBinary(number, target);
        }

        output.Advance(written);
        return true;
    }

    private void WriteBinary(double number, Span<byte> target)
    {
        switch (_isDouble, _isLittleEndian)
        {
            case (true, false):
                BinaryPrimitives.WriteDoubleBigEndian(target, number);
                break;
            case (true, true):
                BinaryPrimitives.WriteDoubleLittleEndian(target, number);
                break;
            case (false, false):
                BinaryPrimitives.WriteSingleBigEndian(target, (float)number);
                break;
            case (false, true):
                BinaryPrimitives.WriteSingleLittleEndian(target, (float)number);
                break;
        }
    }
}
