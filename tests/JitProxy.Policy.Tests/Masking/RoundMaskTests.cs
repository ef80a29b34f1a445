using System.Buffers.Binary;
using System.Globalization;
using JitProxy.Policy.Masking;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Masks;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class RoundMaskTests
{
    [TestCase(0, 0), TestCase(499, 0), TestCase(500, 1000), TestCase(-499, 0), TestCase(-500, -1000), TestCase(12345, 12000), TestCase(-12999, -13000)]
    [TestCase(32767, 32000, Description = "33000 does not fit"), TestCase(-32768, -32000)]
    public void Int2_is_rounded(int value, int expected)
    {
        Assert.That(Text(Step(1000), ValueShape.Int2, $"{value}"), Is.EqualTo($"{expected}"));
        Assert.That(BinaryPrimitives.ReadInt16BigEndian(Binary(Step(1000), ValueShape.Int2, Big((short)value))), Is.EqualTo(expected));
    }

    [TestCase(int.MaxValue, 2147483640), TestCase(int.MinValue, -2147483640), TestCase(4, 0), TestCase(5, 10), TestCase(-5, -10), TestCase(123456789, 123456790)]
    public void Int4_is_rounded(int value, int expected)
    {
        Assert.That(Text(Step(10), ValueShape.Int4, $"{value}"), Is.EqualTo($"{expected}"));
        Assert.That(BinaryPrimitives.ReadInt32BigEndian(Binary(Step(10), ValueShape.Int4, Big(value))), Is.EqualTo(expected));
    }

    [TestCase(long.MaxValue, 9223372036854775800), TestCase(long.MinValue, -9223372036854775800), TestCase(15, 20), TestCase(0, 0)]
    public void Int8_is_rounded(long value, long expected)
    {
        Assert.That(Text(Step(10), ValueShape.Int8, $"{value}"), Is.EqualTo($"{expected}"));
        Assert.That(BinaryPrimitives.ReadInt64BigEndian(Binary(Step(10), ValueShape.Int8, Big(value))), Is.EqualTo(expected));
    }

    [Test]
    public void Step_as_large_as_the_type_leaves_nothing()
    {
        foreach (var value in new[] { long.MaxValue, long.MinValue, 1, -1 })
            Assert.That(Text(Step(long.MaxValue), ValueShape.Int8, $"{value}"), Is.EqualTo("0").Or.EqualTo($"{long.MaxValue}").Or.EqualTo($"-{long.MaxValue}"));
    }

    [TestCase(1.0), TestCase(0.5), TestCase(2.5), TestCase(1e20)]
    public void Step_that_is_no_use_to_an_integer_makes_it_null(double step)
    {
        Assert.That(Text(Step((decimal)step), ValueShape.Int4, "12345"), Is.Null);
        Assert.That(TryBinary(Step((decimal)step), ValueShape.Int8, Big(12345L)), Is.Null);
    }

    [TestCase(""), TestCase("12x"), TestCase("x"), TestCase("99999999999999999999"), TestCase("1.5")]
    public void Text_that_is_no_integer_becomes_null(string value) => Assert.That(Text(Step(10), ValueShape.Int8, value), Is.Null);

    [Test]
    public void Binary_of_another_size_becomes_null()
    {
        foreach (var shape in new[] { ValueShape.Int2, ValueShape.Int4, ValueShape.Int8, ValueShape.Float4, ValueShape.Float8, ValueShape.Numeric })
        {
            Assert.That(TryBinary(Step(10), shape, []), Is.Null);
            Assert.That(TryBinary(Step(10), shape, new byte[3]), Is.Null);
            Assert.That(TryBinary(Step(10), shape, new byte[9]), Is.Null);
        }
    }

    [TestCase("1234.567", 0.01, "1234.57"), TestCase("0.005", 0.01, "0.01"), TestCase("-0.001", 0.01, "0"), TestCase("1499.9", 1000, "1000")]
    [TestCase("1e+20", 1e19, "1E+20"), TestCase("12.5", 5, "15"), TestCase("7", 2.5, "7.5")]
    public void Float8_is_rounded(string value, double step, string expected)
    {
        Assert.That(Text(Step((decimal)step), ValueShape.Float8, value), Is.EqualTo(expected));
        var binary = Binary(Step((decimal)step), ValueShape.Float8, Big(double.Parse(value, CultureInfo.InvariantCulture)));
        Assert.That(BinaryPrimitives.ReadDoubleBigEndian(binary), Is.EqualTo(double.Parse(expected, CultureInfo.InvariantCulture)));
    }

    [TestCase("1234.567", "1234.6"), TestCase("-0.05", "-0.1"), TestCase("0.04", "0")]
    public void Float4_is_rounded(string value, string expected)
    {
        Assert.That(Text(Step(0.1m), ValueShape.Float4, value), Is.EqualTo(expected));
        var binary = Binary(Step(0.1m), ValueShape.Float4, Big(float.Parse(value, CultureInfo.InvariantCulture)));
        Assert.That(BinaryPrimitives.ReadSingleBigEndian(binary), Is.EqualTo(float.Parse(expected, CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Float_that_cannot_be_rounded_becomes_null()
    {
        // 1e300 is a multiple of no step that it could be told apart by: it would pass as it is.
        foreach (var value in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, 1e300, -1e18 })
        {
            Assert.That(TryBinary(Step(10), ValueShape.Float8, Big(value)), Is.Null, $"{value}");
            Assert.That(Text(Step(10), ValueShape.Float8, value.ToString(CultureInfo.InvariantCulture)), Is.Null, $"{value}");
        }

        foreach (var value in new[] { float.NaN, float.PositiveInfinity, float.MaxValue, 1.5e9f })
            Assert.That(TryBinary(Step(10), ValueShape.Float4, Big(value)), Is.Null, $"{value}");
        foreach (var text in new[] { "NaN", "Infinity", "-Infinity", "", "abc", "1e999" })
            Assert.That(Text(Step(10), ValueShape.Float8, text), Is.Null, text);
    }

    // Binary forms are those of PostgreSQL 15's numeric_send.
    [TestCase("0", "0000000000000000", "0")]
    [TestCase("1", "00010000000000000001", "0")]
    [TestCase("-12300.00", "0002000140000002000108fc", "-12300")]
    [TestCase("99999999.99", "0003000100000002270f270f26ac", "100000000")]
    [TestCase("10000", "00010001000000000001", "10000")]
    [TestCase("123.45", "0002000000000002007b1194", "100")]
    [TestCase("-49.99", "00020000400000020031 26ac", "0")]
    [TestCase("100000000", "00010002000000000001", "100000000")]
    [TestCase("12345678901234567890.123", "000600040000000304d2162e23340d801ed204ce", "12345678901234567900")]
    public void Numeric_is_rounded(string text, string binary, string expected)
    {
        Assert.That(Text(Step(100), ValueShape.Numeric, text), Is.EqualTo(expected));
        var masked = Binary(Step(100), ValueShape.Numeric, Convert.FromHexString(binary.Replace(" ", "", StringComparison.Ordinal)));
        Assert.That(NumericOf(masked), Is.EqualTo(decimal.Parse(expected, CultureInfo.InvariantCulture)));
    }

    [TestCase("0.5", "0001ffff000000011388", "0.50"), TestCase("0.00010", "0001ffff000000050001", "0.00"), TestCase("123.45", "0002000000000002007b1194", "123.45")]
    public void Numeric_keeps_the_digits_of_its_step(string text, string binary, string expected)
    {
        Assert.That(Text(Step(0.01m), ValueShape.Numeric, text), Is.EqualTo(expected).Or.EqualTo("0"));
        Assert.That(NumericOf(Binary(Step(0.01m), ValueShape.Numeric, Convert.FromHexString(binary))), Is.EqualTo(decimal.Parse(expected, CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Random_numerics_are_rounded_alike_in_text_and_binary()
    {
        var random = new Random(3);
        decimal[] steps = [0.0001m, 0.05m, 0.1m, 3m, 25m, 1000m, 1e9m];
        for (var i = 0; i < 2000; i++)
        {
            var number = new decimal(random.Next(), random.Next(), 0, random.Next(2) == 0, (byte)random.Next(0, 15));
            var step = steps[random.Next(steps.Length)];
            var text = Text(Step(step), ValueShape.Numeric, number.ToString(CultureInfo.InvariantCulture))!;
            var rounded = decimal.Parse(text, CultureInfo.InvariantCulture);
            Assert.That(Math.Abs(rounded - number), Is.LessThanOrEqualTo(step / 2));
            Assert.That(rounded % step, Is.Zero);

            var output = new System.Buffers.ArrayBufferWriter<byte>();
            PostgresNumeric.Write(number, output);
            Assert.That(NumericOf(output.WrittenSpan), Is.EqualTo(number));
            Assert.That(NumericOf(Binary(Step(step), ValueShape.Numeric, output.WrittenSpan.ToArray())), Is.EqualTo(rounded), $"{number} by {step}");
        }
    }

    [TestCase("00000000c0000000", Description = "NaN")]
    [TestCase("00000000d0000020", Description = "infinity")]
    [TestCase("00000000f0000020", Description = "-infinity")]
    [TestCase("00010007000000000001", Description = "10^28")]
    [TestCase("0001000000000000", Description = "a digit is missing")]
    [TestCase("00010000000000000001ff")]
    [TestCase("0001000000000000ffff", Description = "a digit above 9999")]
    [TestCase("ffff000000000000")]
    [TestCase("00018000000000000001"), TestCase("00017fff000000000001"), TestCase("7fff000000000000")]
    public void Numeric_that_cannot_be_rounded_becomes_null(string binary) =>
        Assert.That(TryBinary(Step(100), ValueShape.Numeric, Convert.FromHexString(binary)), Is.Null);

    [TestCase("NaN"), TestCase("Infinity"), TestCase("-Infinity"), TestCase(""), TestCase("1e5"), TestCase("10000000000000000000000000000"), TestCase("1 ")]
    public void Numeric_text_that_cannot_be_rounded_becomes_null(string text) => Assert.That(Text(Step(100), ValueShape.Numeric, text), Is.Null);

    [Test]
    public void Digits_are_a_step()
    {
        Assert.That(MaskAlgorithm.TryRoundToDigits(2, out var two) && two.Step == 0.01m);
        Assert.That(MaskAlgorithm.TryRoundToDigits(-3, out var thousand) && thousand.Step == 1000m);
        Assert.That(MaskAlgorithm.TryRoundToDigits(29, out _), Is.False);
    }

    private static MaskAlgorithm Step(decimal step) => new(MaskKind.Round) { Step = step };

    // As a driver reads it: the sum of digit times 10000 to its weight.
    private static decimal NumericOf(ReadOnlySpan<byte> value)
    {
        var count = BinaryPrimitives.ReadInt16BigEndian(value);
        var weight = BinaryPrimitives.ReadInt16BigEndian(value[2..]);
        var sign = BinaryPrimitives.ReadUInt16BigEndian(value[4..]);
        Assert.That(sign, Is.EqualTo(0).Or.EqualTo(0x4000));
        Assert.That(value.Length, Is.EqualTo(8 + count * 2));
        var sum = 0m;
        for (var i = 0; i < count; i++)
        {
            var place = 1m;
            for (var p = weight - i; p != 0; p -= Math.Sign(p))
                place = p > 0 ? place * 10000 : place / 10000;
            sum += BinaryPrimitives.ReadUInt16BigEndian(value[(8 + i * 2)..]) * place;
        }

        return sign == 0 ? sum : -sum;
    }
}
