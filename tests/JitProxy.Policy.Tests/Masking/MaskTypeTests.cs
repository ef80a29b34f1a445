using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JitProxy.Policy.Masking;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>Every PostgreSQL type in both formats under every algorithm: what comes is NULL, or what a driver decodes for that type.</summary>
[TestFixture]
internal sealed class MaskTypeTests
{
    private static readonly MaskAlgorithm[] Algorithms =
    [
        MaskAlgorithm.Null, MaskAlgorithm.Full, new(MaskKind.Full) { Substitution = "☂" }, new(MaskKind.Hash), new(MaskKind.Md5), Shop.Email,
        new(MaskKind.InnerOuter) { Prefix = 1, Suffix = 1, Side = MaskSide.Outer }, new(MaskKind.Range) { Ranges = [new(0, 4)] },
        new(MaskKind.Round) { Step = 0.1m }, new(MaskKind.Round) { Step = 1000 }, .. Enum.GetValues<DateUnit>().Select(u => new MaskAlgorithm(MaskKind.DateTrunc) { Unit = u }),
    ];

    // Type, its object id, and values in the text format: ordinary, empty where there is such, and extreme.
    private static readonly (string Name, uint Oid, string[] Values)[] TextValues =
    [
        ("bool", 16, ["t", "f"]), ("bytea", 17, ["\\x", "\\x00ff"]), ("\"char\"", 18, ["a", ""]), ("name", 19, ["customers", ""]),
        ("int8", 20, ["0", "9223372036854775807", "-9223372036854775808"]), ("int2", 21, ["0", "32767", "-32768"]), ("int4", 23, ["12345", "2147483647", "-2147483648"]),
        ("text", 25, ["alice@example.com", "", "日本語", "👋"]), ("oid", 26, ["4294967295"]), ("json", 114, ["{\"a\":1}", "null"]), ("xml", 142, ["<a/>"]),
        ("point", 600, ["(1,2)"]), ("polygon", 604, ["((0,0),(1,1))"]), ("inet", 869, ["10.0.0.1/8"]), ("cidr", 650, ["::/0"]), ("macaddr", 829, ["08:00:2b:01:02:03"]),
        ("float4", 700, ["1.5", "NaN", "Infinity", "-Infinity", "3.4028235e+38"]), ("float8", 701, ["1.5", "NaN", "-Infinity", "1.7976931348623157e+308", "5e-324"]),
        ("money", 790, ["$1,000.00"]), ("int4[]", 1007, ["{}", "{1,NULL}"]), ("text[]", 1009, ["{}", "{a,b}"]), ("bpchar", 1042, ["abc  ", ""]), ("varchar", 1043, ["abc", ""]),
        ("date", 1082, ["2024-07-15", "infinity", "-infinity", "5874897-12-31", "4714-11-24 BC", "0001-01-01"]), ("time", 1083, ["13:45:10.5", "24:00:00"]),
        ("timestamp", 1114, ["2024-07-15 13:45:10.123456", "infinity", "294276-12-31 23:59:59.999999", "4714-11-24 00:00:00 BC"]),
        ("timestamptz", 1184, ["2024-07-15 13:45:10+02", "-infinity", "294276-12-31 23:59:59.999999+00", "4714-11-24 00:00:00+00 BC"]),
        ("interval", 1186, ["1 year 2 days"]), ("timetz", 1266, ["13:45:10+02"]), ("bit", 1560, ["101"]), ("varbit", 1562, [""]),
        ("numeric", 1700, ["123.45", "NaN", "Infinity", "-99999999999999999999999999999999999999.9", "0"]), ("numeric[]", 1231, ["{1.5}"]), ("record", 2249, ["(1,a)"]), ("uuid", 2950, ["00000000-0000-0000-0000-000000000000"]),
        ("jsonb", 3802, ["{}", "\"x\""]), ("int4range", 3904, ["empty", "[1,5)"]), ("daterange", 3912, ["(,)"]), ("tsvector", 3614, ["'a'"]), ("jsonpath", 4072, ["$.a"]),
        ("unknown", 705, ["x", ""]), ("void", 2278, [""]), ("an enum", 16999, ["red"]), ("a composite", 17001, ["(1,)"]), ("no type", 0, ["x"]),
    ];

    // The same in the binary format, where it is not the text's.
    private static readonly (uint Oid, byte[][] Values)[] BinaryValues =
    [
        (16, [[1], [0]]), (17, [[], [0, 255]]), (18, [[97]]), (20, [Masks.Big(long.MaxValue), Masks.Big(long.MinValue), Masks.Big(5L)]),
        (21, [Masks.Big(short.MaxValue), Masks.Big(short.MinValue)]), (23, [Masks.Big(int.MaxValue), Masks.Big(int.MinValue), Masks.Big(12345)]),
        (700, [Masks.Big(float.MaxValue), Masks.Big(float.NaN), Masks.Big(float.Epsilon), Masks.Big(12.5f)]), (701, [Masks.Big(double.MinValue), Masks.Big(double.PositiveInfinity), Masks.Big(12.5)]),
        (1082, [Masks.Big(int.MaxValue), Masks.Big(int.MinValue), Masks.Big(8962), Masks.Big(-2451545), Masks.Big(2145031948)]), (1083, [Masks.Big(86_400_000_000)]),
        (1114, [Masks.Big(long.MaxValue), Masks.Big(long.MinValue), Masks.Big(774_366_310_123_456), Masks.Big(-211_813_488_000_000_000), Masks.Big(9_223_371_331_199_999_999)]),
        (1184, [Masks.Big(long.MaxValue), Masks.Big(long.MinValue), Masks.Big(774_366_310_123_456)]), (1186, [new byte[16]]), (2950, [new byte[16]]), (3802, [[1, 123, 125]]),
        (1700, [Convert.FromHexString("0002000000000002007b1194"), Convert.FromHexString("00000000c0000000"), Convert.FromHexString("00000000d0000020"), Convert.FromHexString("0000000000000000")]),
        (1007, [new byte[12]]), (2249, [Masks.Big(0)]), (3904, [[1]]), (869, [[2, 8, 0, 4, 10, 0, 0, 1]]), (17001, [Masks.Big(0)]),
    ];

    [Test]
    public void Text_values_decode_as_their_type()
    {
        foreach (var (name, oid, values) in TextValues)
        {
            foreach (var algorithm in Algorithms)
            {
                foreach (var value in values)
                {
                    if (Mask(oid, 0, algorithm, Encoding.UTF8.GetBytes(value)) is { } masked)
                        Assert.That(DecodesAsText(oid, Encoding.UTF8.GetString(masked)), $"{algorithm} of {name} {value} is {Encoding.UTF8.GetString(masked)}");
                }
            }
        }
    }

    [Test]
    public void Binary_values_decode_as_their_type()
    {
        foreach (var (oid, values) in BinaryValues)
        {
            foreach (var algorithm in Algorithms)
            {
                foreach (var value in values)
                {
                    if (Mask(oid, 1, algorithm, value) is { } masked)
                        Assert.That(DecodesAsBinary(oid, masked), $"{algorithm} of {oid} {Convert.ToHexString(value)} is {Convert.ToHexString(masked)}");
                }
            }
        }
    }

    [Test]
    public void Types_that_no_algorithm_fits_are_null_whatever_the_value()
    {
        uint[] typed = [19, 20, 21, 23, 25, 700, 701, 705, 1042, 1043, 1082, 1114, 1184, 1700];
        foreach (var (name, oid, values) in TextValues.Where(t => !typed.Contains(t.Oid)))
        {
            foreach (var algorithm in Algorithms)
                Assert.That(values.Select(v => Mask(oid, 0, algorithm, Encoding.UTF8.GetBytes(v))), Is.All.Null, $"{algorithm} of {name}");
        }
    }

    [Test]
    public void Extremes_never_pass_unchanged_where_the_algorithm_could_not_change_them()
    {
        foreach (var (oid, values) in BinaryValues)
        {
            foreach (var value in values.Where(v => v.Length > 0 && v.Any(b => b != 0)))
            {
                Assert.That(Mask(oid, 1, MaskAlgorithm.Full, value), Is.Null, $"{oid}");
                Assert.That(Mask(oid, 1, new(MaskKind.Round) { Step = 997 }, value), Is.Not.EqualTo(value), $"{oid}");
                Assert.That(Mask(oid, 1, new(MaskKind.DateTrunc) { Unit = DateUnit.Decade }, value), Is.Not.EqualTo(value), $"{oid}");
            }
        }
    }

    [Test]
    public void Unknown_format_is_null() => Assert.That(Mask(25, 2, MaskAlgorithm.Full, "x"u8.ToArray()), Is.Null);

    [TestCase(253u + (45u << 16), "full"), TestCase(254u + (255u << 16), "full"), TestCase(252u + (33u << 16), "full"), TestCase(252u + (63u << 16), "null")]
    [TestCase(3u + (63u << 16), "null"), TestCase(246u + (63u << 16), "null"), TestCase(12u + (63u << 16), "null"), TestCase(245u + (45u << 16), "null")]
    public void MySql_strings_are_texts_unless_they_are_binary(uint type, string expected) =>
        Assert.That(ColumnMask.Create(MaskAlgorithm.Full, ValueShapes.OfMySql(type, flags: 0), 0, MaskSecrets.None).Algorithm, Is.EqualTo(expected));

    private static byte[]? Mask(uint oid, short format, MaskAlgorithm algorithm, byte[] value) =>
        Masks.Run(ColumnMask.Create(algorithm, ValueShapes.OfPostgres(oid, isCitext: false), format, Shop.Policy.Secrets), value);

    private static bool DecodesAsText(uint oid, string text) => oid switch
    {
        19 or 25 or 705 or 1042 or 1043 => text.Length > 0,
        20 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        21 => short.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        23 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        700 => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var f) && float.IsFinite(f),
        701 => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) && double.IsFinite(d),
        1700 => decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out _),
        1082 => PostgresDateText.TryParseDate(Encoding.UTF8.GetBytes(text), out _),
        1114 => PostgresDateText.TryParseTimestamp(Encoding.UTF8.GetBytes(text), hasZone: false, out _),
        1184 => PostgresDateText.TryParseTimestamp(Encoding.UTF8.GetBytes(text), hasZone: true, out _),
        _ => false,
    };

    private static bool DecodesAsBinary(uint oid, ReadOnlySpan<byte> value) => oid switch
    {
        21 => value.Length == 2,
        23 => value.Length == 4,
        20 => value.Length == 8,
        700 => value.Length == 4 && float.IsFinite(BinaryPrimitives.ReadSingleBigEndian(value)),
        701 => value.Length == 8 && double.IsFinite(BinaryPrimitives.ReadDoubleBigEndian(value)),
        1082 => value.Length == 4 && BinaryPrimitives.ReadInt32BigEndian(value) is >= -2451545 and <= 2145031948,
        1114 or 1184 => value.Length == 8 && BinaryPrimitives.ReadInt64BigEndian(value) is >= -211_813_488_000_000_000 and < 9_223_371_331_200_000_000,
        1700 => value.Length >= 8 && value.Length == 8 + 2 * BinaryPrimitives.ReadInt16BigEndian(value) && BinaryPrimitives.ReadUInt16BigEndian(value[4..]) is 0 or 0x4000,
        _ => false,
    };
}
