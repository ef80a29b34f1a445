using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Policy.Masking;

/// <summary>PostgreSQL's binary numeric (numeric.c, numeric_send) as far as a decimal holds it.</summary>
/// <remarks>Layout, 16 bits each: count of digits, weight of the first digit, sign, digits after the point to show, then the digits, base 10000.</remarks>
internal static class PostgresNumeric
{
    private const int HeaderSize = 8;
    private const ushort Positive = 0x0000;
    private const ushort Negative = 0x4000;
    private const int Radix = 10_000;

    // 28 decimal digits: what surely fits a decimal.
    private const int DigitCountMax = 7;

    /// <summary>Reads a number; false for NaN, the infinities, malformed bytes, and what a decimal cannot hold exactly.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out decimal number)
    {
        number = 0;
        if (value.Length < HeaderSize)
            return false;
        int count = BinaryPrimitives.ReadInt16BigEndian(value);
        int weight = BinaryPrimitives.ReadInt16BigEndian(value[2..]);
        var sign = BinaryPrimitives.ReadUInt16BigEndian(value[4..]);
        if (sign is not (Positive or Negative) || count is < 0 or > DigitCountMax || value.Length != HeaderSize + count * 2)
            return false;
        if (count == 0)
            return true;

        // Places after the point, in digits of base 10000; negative if zeros follow the last digit.
        var places = count - 1 - weight;
        if (places > DigitCountMax || weight >= DigitCountMax)
            return false;

        UInt128 mantissa = 0;
        for (var i = 0; i < count; i++)
        {
            var digit = BinaryPrimitives.ReadUInt16BigEndian(value[(HeaderSize + i * 2)..]);
            if (digit >= Radix)
                return false;
            mantissa = mantissa * Radix + digit;
        }

        for (; places < 0; places++)
            mantissa *= Radix;
        unchecked
        {
            number = new((int)(uint)mantissa, (int)(uint)(mantissa >> 32), (int)(uint)(mantissa >> 64), sign == Negative, (byte)(places * 4));
        }

        return true;
    }

    /// <summary>Writes a number with as many digits after the point as it has.</summary>
    public static void Write(decimal number, IBufferWriter<byte> output)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(number, bits);
        var mantissa = ((UInt128)unchecked((uint)bits[2]) << 64) | ((UInt128)unchecked((uint)bits[1]) << 32) | unchecked((uint)bits[0]);
        int scale = number.Scale;

        // Whole digits of base 10000 after the point.
        var padding = (4 - scale % 4) % 4;
        for (var i = 0; i < padding; i++)
            mantissa *= 10;
        var places = (scale + padding) / 4;

        Span<ushort> digits = stackalloc ushort[10];
        var count = 0;
        for (; mantissa != 0; mantissa /= Radix)
            digits[count++] = (ushort)(mantissa % Radix);

        // The last digits come first here; zeros at the end are not sent.
        var zeros = digits[..count].IndexOfAnyExcept((ushort)0);
        zeros = zeros < 0 ? count : zeros;
        var weight = count == 0 ? 0 : count - 1 - places;
        var sign = count > 0 && number < 0 ? Negative : Positive;

        var size = HeaderSize + (count - zeros) * 2;
        var target = output.GetSpan(size);
        BinaryPrimitives.WriteInt16BigEndian(target, (short)(count - zeros));
        BinaryPrimitives.WriteInt16BigEndian(target[2..], (short)weight);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], sign);
        BinaryPrimitives.WriteInt16BigEndian(target[6..], (short)scale);
        for (var i = count - 1; i >= zeros; i--)
            BinaryPrimitives.WriteUInt16BigEndian(target[(HeaderSize + (count - 1 - i) * 2)..], digits[i]);
        output.Advance(size);
    }
}
