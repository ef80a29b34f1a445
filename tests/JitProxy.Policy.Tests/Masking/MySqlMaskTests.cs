using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JitProxy.Policy.Masking;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Masks;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>Values of MySQL and MariaDB, in the text and in the binary protocol.</summary>
[TestFixture]
internal sealed class MySqlMaskTests
{
    private const ushort Unsigned = 32;
    private const uint Utf8 = 45u << 16;
    private const uint Bytes = 63u << 16;

    private static readonly MaskAlgorithm[] Algorithms =
    [
        MaskAlgorithm.Null, MaskAlgorithm.Full, new(MaskKind.Hash), new(MaskKind.Md5), Shop.Email, new(MaskKind.Range) { Ranges = [new(0, 2)] },
        new(MaskKind.Round) { Step = 100 }, new(MaskKind.DateTrunc) { Unit = DateUnit.Month },
    ];

    // Type code and character set, flags, and whether texts (t), numbers (n) or dates (d) can be masked into it.
    [TestCase(253u, Utf8, 0, 't', TestName = "VARCHAR"), TestCase(254u, Utf8, 0, 't', TestName = "CHAR"), TestCase(252u, Utf8, 0, 't', TestName = "TEXT")]
    [TestCase(254u, Utf8, 256, 't', TestName = "ENUM"), TestCase(254u, Utf8, 2048, 't', TestName = "SET"), TestCase(247u, Utf8, 256, 't', TestName = "ENUM by its code")]
    [TestCase(1u, Bytes, 0, 'n', TestName = "TINYINT"), TestCase(2u, Bytes, 0, 'n', TestName = "SMALLINT"), TestCase(9u, Bytes, 0, 'n', TestName = "MEDIUMINT")]
    [TestCase(3u, Bytes, 32, 'n', TestName = "INT UNSIGNED"), TestCase(8u, Bytes, 32, 'n', TestName = "BIGINT UNSIGNED"), TestCase(246u, Bytes, 0, 'n', TestName = "DECIMAL")]
    [TestCase(4u, Bytes, 0, 'n', TestName = "FLOAT"), TestCase(5u, Bytes, 0, 'n', TestName = "DOUBLE")]
    [TestCase(10u, Bytes, 0, 'd', TestName = "DATE"), TestCase(12u, Bytes, 0, 'd', TestName = "DATETIME")]
    [TestCase(253u, Bytes, 0, '-', TestName = "VARBINARY"), TestCase(252u, Bytes, 0, '-', TestName = "BLOB"), TestCase(245u, Utf8, 0, '-', TestName = "JSON")]
    [TestCase(7u, Bytes, 0, '-', TestName = "TIMESTAMP"), TestCase(11u, Bytes, 0, '-', TestName = "TIME"), TestCase(13u, Bytes, 0, '-', TestName = "YEAR")]
    [TestCase(16u, Bytes, 32, '-', TestName = "BIT"), TestCase(255u, Bytes, 0, '-', TestName = "GEOMETRY"), TestCase(242u, Bytes, 0, '-', TestName = "VECTOR")]
    [TestCase(6u, Bytes, 0, '-', TestName = "NULL"), TestCase(200u, Utf8, 0, '-', TestName = "a type of a later version")]
    public void Every_type_takes_the_algorithms_that_fit_it(uint type, uint characterSet, int flags, char fits)
    {
        var shape = ValueShapes.OfMySql(type | characterSet, (ushort)flags);
        foreach (var algorithm in Algorithms)
        {
            foreach (var format in new short[] { 0, 1 })
            {
                var expected = (fits, algorithm.Kind) switch
                {
                    ('t', MaskKind.Round or MaskKind.DateTrunc) => "full",
                    ('t', _) or ('n', MaskKind.Round) or ('d', MaskKind.DateTrunc) => algorithm.Name,
                    _ => "null",
                };
                Assert.That(ColumnMask.Create(algorithm, shape, format, Shop.Policy.Secrets).Algorithm, Is.EqualTo(expected), algorithm.Name);
            }
        }
    }

    [TestCase(1u, 0, 127, 120, 1), TestCase(1u, 0, -128, -120, 1), TestCase(1u, Unsigned, 255, 250, 1), TestCase(1u, Unsigned, 200, 200, 1)]
    [TestCase(2u, 0, 32767, 32760, 2), TestCase(2u, Unsigned, 65535, 65530, 2), TestCase(2u, 0, -14, -10, 2), TestCase(3u, 0, -15, -20, 4)]
    [TestCase(9u, 0, 8388607, 8388600, 4, Description = "8388610 does not fit a MEDIUMINT"), TestCase(9u, Unsigned, 16777215, 16777210, 4), TestCase(9u, 0, -8388608, -8388600, 4)]
    [TestCase(3u, Unsigned, 4294967295, 4294967290, 4), TestCase(8u, 0, long.MinValue, -9223372036854775800, 8), TestCase(8u, 0, 4, 0, 8)]
    public void Integers_are_rounded_in_both_formats(uint type, int flags, long value, long expected, int size)
    {
        var shape = ValueShapes.OfMySql(type | Bytes, (ushort)flags);
        Assert.That(Text(Step(10), shape, value.ToString(CultureInfo.InvariantCulture)), Is.EqualTo(expected.ToString(CultureInfo.InvariantCulture)));
        Assert.That(Binary(Step(10), shape, Little(value, size)), Is.EqualTo(Little(expected, size)));
    }

    [Test]
    public void Unsigned_bigints_have_all_their_bits()
    {
        var shape = ValueShapes.OfMySql(8u | Bytes, Unsigned);
        Assert.That(Text(Step(1000), shape, "18446744073709551615"), Is.EqualTo("18446744073709551000"));
        Assert.That(Binary(Step(1000), shape, Little(-1, 8)), Is.EqualTo(Little(unchecked((long)18446744073709551000), 8)));
        Assert.That(Text(Step(1000), ValueShapes.OfMySql(8u | Bytes, 0), "18446744073709551615"), Is.Null);
    }

    [TestCase("00042", "40"), TestCase("", null), TestCase("4x", null), TestCase("-1", null), TestCase("4294967296", null)]
    public void Text_of_unsigned_integers_may_have_zeros_in_front(string value, string? expected) =>
        Assert.That(Text(Step(10), ValueShapes.OfMySql(3u | Bytes, Unsigned), value), Is.EqualTo(expected));

    [Test]
    public void Integers_of_another_size_become_null()
    {
        foreach (var type in new[] { 1u, 2u, 3u, 8u, 9u, 4u, 5u })
        {
            Assert.That(TryBinary(Step(10), ValueShapes.OfMySql(type | Bytes, 0), []), Is.Null);
            Assert.That(TryBinary(Step(10), ValueShapes.OfMySql(type | Bytes, 0), new byte[3]), Is.Null);
            Assert.That(TryBinary(Step(10), ValueShapes.OfMySql(type | Bytes, 0), new byte[9]), Is.Null);
        }

        // More than three bytes can hold.
        Assert.That(TryBinary(Step(10), ValueShapes.OfMySql(9u | Bytes, 0), Little(8388608, 4)), Is.Null);
    }

    [Test]
    public void Floats_are_rounded_and_their_last_byte_weighs_most()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, 1234.5);
        Assert.That(BinaryPrimitives.ReadDoubleLittleEndian(Binary(Step(100), ValueShapes.OfMySql(5u | Bytes, 0), bytes)), Is.EqualTo(1200.0));
        BinaryPrimitives.WriteSingleLittleEndian(bytes, 12.34f);
        Assert.That(BinaryPrimitives.ReadSingleLittleEndian(Binary(Step(0.5m), ValueShapes.OfMySql(4u | Bytes, 0), bytes[..4])), Is.EqualTo(12.5f));
        Assert.That(Text(Step(100), ValueShapes.OfMySql(5u | Bytes, 0), "1.2345e3"), Is.EqualTo("1200"));
    }

    [Test]
    public void Decimals_are_texts_in_both_formats()
    {
        var shape = ValueShapes.OfMySql(246u | Bytes, 0);
        Assert.That(Text(Step(10), shape, "123.45"), Is.EqualTo("120"));
        Assert.That(Encoding.UTF8.GetString(Binary(Step(10), shape, "-125.00"u8.ToArray())), Is.EqualTo("-130"));
        Assert.That(Text(Step(10), shape, new string('9', 65)), Is.Null);
    }

    [TestCase(DateUnit.Year, "2024-07-15", "2024-01-01"), TestCase(DateUnit.Month, "1000-12-31", "1000-12-01"), TestCase(DateUnit.Week, "2024-07-20", "2024-07-15")]
    [TestCase(DateUnit.Century, "9999-12-31", "9901-01-01"), TestCase(DateUnit.Decade, "0010-02-03", "0010-01-01")]
    [TestCase(DateUnit.Month, "0000-00-00", null), TestCase(DateUnit.Month, "2024-00-00", null), TestCase(DateUnit.Month, "2024-07-00", null)]
    [TestCase(DateUnit.Decade, "0005-01-01", null, Description = "there is no year 0"), TestCase(DateUnit.Month, "2024/07/15", null), TestCase(DateUnit.Month, "", null)]
    public void Dates_are_cut_in_both_formats(DateUnit unit, string value, string? expected)
    {
        var date = ValueShapes.OfMySql(10u | Bytes, 0);
        var time = ValueShapes.OfMySql(12u | Bytes, 0);
        Assert.That(Text(Trunc(unit), date, value), Is.EqualTo(expected));
        Assert.That(Text(Trunc(unit), time, $"{value} 13:14:15"), Is.EqualTo(expected is null ? null : $"{expected} 00:00:00"));
        Assert.That(Text(Trunc(unit), time, $"{value} 13:14:15.123"), Is.EqualTo(expected is null ? null : $"{expected} 00:00:00.000"));
        if (value.Length != 10 || value.Contains('/', StringComparison.Ordinal))
            return;
        Assert.That(TryBinary(Trunc(unit), date, Packed(value)), Is.EqualTo(expected is null ? null : Packed(expected)));
        Assert.That(TryBinary(Trunc(unit), time, [.. Packed(value), 13, 14, 15]), Is.EqualTo(expected is null ? null : Packed(expected)));
        Assert.That(TryBinary(Trunc(unit), time, [.. Packed(value), 13, 14, 15, 1, 2, 3, 0]), Is.EqualTo(expected is null ? null : Packed(expected)));
    }

    [Test]
    public void Hours_are_kept_where_only_they_are_shown()
    {
        var time = ValueShapes.OfMySql(12u | Bytes, 0);
        Assert.That(Text(Trunc(DateUnit.Hour), time, "2024-07-15 13:14:15.123456"), Is.EqualTo("2024-07-15 13:00:00.000000"));
        Assert.That(Binary(Trunc(DateUnit.Hour), time, [.. Packed("2024-07-15"), 13, 14, 15]), Is.EqualTo(new byte[] { 0xE8, 7, 7, 15, 13, 0, 0 }));
        Assert.That(Text(Trunc(DateUnit.Day), ValueShapes.OfMySql(10u | Bytes, 0), "2024-07-15"), Is.Null);
    }

    [Test]
    public void Dates_of_another_size_become_null()
    {
        foreach (var size in new[] { 0, 1, 3, 5, 6, 8, 10, 12 })
        {
            Assert.That(TryBinary(Trunc(DateUnit.Month), ValueShapes.OfMySql(10u | Bytes, 0), new byte[size]), Is.Null);
            Assert.That(TryBinary(Trunc(DateUnit.Month), ValueShapes.OfMySql(12u | Bytes, 0), new byte[size]), Is.Null);
        }

        Assert.That(TryBinary(Trunc(DateUnit.Month), ValueShapes.OfMySql(10u | Bytes, 0), [.. Packed("2024-07-15"), 1, 2, 3]), Is.Null);
        Assert.That(Text(Trunc(DateUnit.Month), ValueShapes.OfMySql(12u | Bytes, 0), "2024-07-15 13:14:15."), Is.Null);
    }

    private static MaskAlgorithm Step(decimal step) => new(MaskKind.Round) { Step = step };

    private static MaskAlgorithm Trunc(DateUnit unit) => new(MaskKind.DateTrunc) { Unit = unit };

    private static byte[] Little(long value, int size)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..size];
    }

    // Year, month, day of the binary protocol.
    private static byte[] Packed(string date)
    {
        var parts = date.Split('-').Select(static part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return [(byte)(parts[0] & 0xFF), (byte)(parts[0] >> 8), (byte)parts[1], (byte)parts[2]];
    }
}
