using System.Buffers.Binary;
using System.Globalization;
using JitProxy.Policy.Masking;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Masks;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class DateTruncMaskTests
{
    // Unit, timestamp, and what date_trunc of PostgreSQL 15 makes of it.
    private const string ServerAnswers = """
        century|0001-01-01 00:00:00|0001-01-01 00:00:00
        decade|0001-01-01 00:00:00|0001-01-01 00:00:00 BC
        year|0001-01-01 00:00:00|0001-01-01 00:00:00
        quarter|0001-01-01 00:00:00|0001-01-01 00:00:00
        month|0001-01-01 00:00:00|0001-01-01 00:00:00
        week|0001-01-01 00:00:00|0001-01-01 00:00:00
        day|0001-01-01 00:00:00|0001-01-01 00:00:00
        hour|0001-01-01 00:00:00|0001-01-01 00:00:00
        century|0044-03-15 13:14:15.6 BC|0100-01-01 00:00:00 BC
        decade|0044-03-15 13:14:15.6 BC|0051-01-01 00:00:00 BC
        year|0044-03-15 13:14:15.6 BC|0044-01-01 00:00:00 BC
        quarter|0044-03-15 13:14:15.6 BC|0044-01-01 00:00:00 BC
        month|0044-03-15 13:14:15.6 BC|0044-03-01 00:00:00 BC
        week|0044-03-15 13:14:15.6 BC|0044-03-11 00:00:00 BC
        day|0044-03-15 13:14:15.6 BC|0044-03-15 00:00:00 BC
        hour|0044-03-15 13:14:15.6 BC|0044-03-15 13:00:00 BC
        century|0001-12-31 23:59:59.999999 BC|0100-01-01 00:00:00 BC
        decade|0001-12-31 23:59:59.999999 BC|0001-01-01 00:00:00 BC
        year|0001-12-31 23:59:59.999999 BC|0001-01-01 00:00:00 BC
        quarter|0001-12-31 23:59:59.999999 BC|0001-10-01 00:00:00 BC
        month|0001-12-31 23:59:59.999999 BC|0001-12-01 00:00:00 BC
        week|0001-12-31 23:59:59.999999 BC|0001-12-25 00:00:00 BC
        day|0001-12-31 23:59:59.999999 BC|0001-12-31 00:00:00 BC
        hour|0001-12-31 23:59:59.999999 BC|0001-12-31 23:00:00 BC
        century|2000-02-29 01:02:03|1901-01-01 00:00:00
        decade|2000-02-29 01:02:03|2000-01-01 00:00:00
        year|2000-02-29 01:02:03|2000-01-01 00:00:00
        quarter|2000-02-29 01:02:03|2000-01-01 00:00:00
        month|2000-02-29 01:02:03|2000-02-01 00:00:00
        week|2000-02-29 01:02:03|2000-02-28 00:00:00
        day|2000-02-29 01:02:03|2000-02-29 00:00:00
        hour|2000-02-29 01:02:03|2000-02-29 01:00:00
        century|1999-12-31 23:00:00|1901-01-01 00:00:00
        decade|1999-12-31 23:00:00|1990-01-01 00:00:00
        year|1999-12-31 23:00:00|1999-01-01 00:00:00
        quarter|1999-12-31 23:00:00|1999-10-01 00:00:00
        month|1999-12-31 23:00:00|1999-12-01 00:00:00
        week|1999-12-31 23:00:00|1999-12-27 00:00:00
        day|1999-12-31 23:00:00|1999-12-31 00:00:00
        hour|1999-12-31 23:00:00|1999-12-31 23:00:00
        century|2001-01-01 00:00:00|2001-01-01 00:00:00
        decade|2001-01-01 00:00:00|2000-01-01 00:00:00
        year|2001-01-01 00:00:00|2001-01-01 00:00:00
        quarter|2001-01-01 00:00:00|2001-01-01 00:00:00
        month|2001-01-01 00:00:00|2001-01-01 00:00:00
        week|2001-01-01 00:00:00|2001-01-01 00:00:00
        day|2001-01-01 00:00:00|2001-01-01 00:00:00
        hour|2001-01-01 00:00:00|2001-01-01 00:00:00
        century|294276-12-31 23:59:59.999999|294201-01-01 00:00:00
        decade|294276-12-31 23:59:59.999999|294270-01-01 00:00:00
        year|294276-12-31 23:59:59.999999|294276-01-01 00:00:00
        quarter|294276-12-31 23:59:59.999999|294276-10-01 00:00:00
        month|294276-12-31 23:59:59.999999|294276-12-01 00:00:00
        week|294276-12-31 23:59:59.999999|294276-12-25 00:00:00
        day|294276-12-31 23:59:59.999999|294276-12-31 00:00:00
        hour|294276-12-31 23:59:59.999999|294276-12-31 23:00:00
        century|4612-01-02 03:04:05 BC|4700-01-01 00:00:00 BC
        decade|4612-01-02 03:04:05 BC|4621-01-01 00:00:00 BC
        year|4612-01-02 03:04:05 BC|4612-01-01 00:00:00 BC
        quarter|4612-01-02 03:04:05 BC|4612-01-01 00:00:00 BC
        month|4612-01-02 03:04:05 BC|4612-01-01 00:00:00 BC
        week|4612-01-02 03:04:05 BC|4613-12-29 00:00:00 BC
        day|4612-01-02 03:04:05 BC|4612-01-02 00:00:00 BC
        hour|4612-01-02 03:04:05 BC|4612-01-02 03:00:00 BC
        century|1900-03-01 12:00:00|1801-01-01 00:00:00
        decade|1900-03-01 12:00:00|1900-01-01 00:00:00
        year|1900-03-01 12:00:00|1900-01-01 00:00:00
        quarter|1900-03-01 12:00:00|1900-01-01 00:00:00
        month|1900-03-01 12:00:00|1900-03-01 00:00:00
        week|1900-03-01 12:00:00|1900-02-26 00:00:00
        day|1900-03-01 12:00:00|1900-03-01 00:00:00
        hour|1900-03-01 12:00:00|1900-03-01 12:00:00
        century|0100-01-01 00:00:00 BC|0100-01-01 00:00:00 BC
        decade|0100-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        year|0100-01-01 00:00:00 BC|0100-01-01 00:00:00 BC
        quarter|0100-01-01 00:00:00 BC|0100-01-01 00:00:00 BC
        month|0100-01-01 00:00:00 BC|0100-01-01 00:00:00 BC
        week|0100-01-01 00:00:00 BC|0101-12-31 00:00:00 BC
        day|0100-01-01 00:00:00 BC|0100-01-01 00:00:00 BC
        hour|0100-01-01 00:00:00 BC|0100-01-01 00:00:00 BC
        century|0101-01-01 00:00:00 BC|0200-01-01 00:00:00 BC
        decade|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        year|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        quarter|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        month|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        week|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        day|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        hour|0101-01-01 00:00:00 BC|0101-01-01 00:00:00 BC
        """;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static IEnumerable<TestCaseData> Answers => ServerAnswers.Split('\n').Select(l => l.Trim().Split('|')).Select(p => new TestCaseData(p[0], p[1], p[2]));

    [TestCaseSource(nameof(Answers))]
    public void Timestamp_is_cut_as_the_server_would(string unit, string value, string expected)
    {
        var algorithm = Trunc(Enum.Parse<DateUnit>(unit, ignoreCase: true));
        Assert.That(Text(algorithm, ValueShape.Timestamp, value), Is.EqualTo(expected));
        Assert.That(Text(algorithm, ValueShape.TimestampTz, Zoned(value, "+00")), Is.EqualTo(Zoned(expected, "+00")));
        if (algorithm.Unit < DateUnit.Day)
            Assert.That(Text(algorithm, ValueShape.Date, DateOnlyOf(value)), Is.EqualTo(DateOnlyOf(expected)));
    }

    [Test]
    public void Binary_and_text_are_cut_alike([Values] DateUnit unit)
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var time = Epoch.AddSeconds(random.NextInt64(-60_000_000_000, 240_000_000_000)).AddTicks(random.Next(1_000_000) * 10L);
            var text = Text(Trunc(unit), ValueShape.Timestamp, time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
            var binary = Binary(Trunc(unit), ValueShape.Timestamp, Big((time - Epoch).Ticks / 10));

            var cut = Epoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(binary) * 10);
            Assert.That(text, Is.EqualTo(cut.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)), $"{unit} of {time:o}");
            Assert.That(cut, Is.LessThanOrEqualTo(time));
            if (unit >= DateUnit.Day)
                continue;

            var days = (int)(time.Date - Epoch).TotalDays;
            var day = Binary(Trunc(unit), ValueShape.Date, Big(days));
            Assert.That(Epoch.AddDays(BinaryPrimitives.ReadInt32BigEndian(day)), Is.EqualTo(cut));
        }
    }

    [TestCase("2024-07-15 00:30:00+02", "2024-07-14 00:00:00+00")]
    [TestCase("2024-07-15 00:30:00.25+05:30", "2024-07-14 00:00:00+00")]
    [TestCase("2024-07-15 23:30:00-08", "2024-07-16 00:00:00+00")]
    [TestCase("1890-07-15 00:10:00+00:19:32", "1890-07-14 00:00:00+00")]
    public void Zone_is_taken_away_before_the_cut(string value, string expected) =>
        Assert.That(Text(Trunc(DateUnit.Day), ValueShape.TimestampTz, value), Is.EqualTo(expected));

    [TestCase("infinity"), TestCase("-infinity"), TestCase(""), TestCase("15.07.2024 13:45:10"), TestCase("Mon Jul 15 13:45:10 2024")]
    [TestCase("07/15/2024 13:45:10"), TestCase("2024-07-15"), TestCase("2024-07-15 13:45:10+02"), TestCase("2024-13-15 13:45:10"), TestCase("2024-07-15 13:45")]
    [TestCase("99999999-07-15 13:45:10"), TestCase("9999999-07-15 13:45:10 BC"), TestCase("9999999-07-15 13:45:10"), TestCase("2024-07-15 13:45:10.1234567")]
    [TestCase("2024-07-15T13:45:10"), TestCase("2024-07-15 13:45:10 "), TestCase("-2024-07-15 13:45:10"), TestCase("2024-07-15 99:45:10")]
    public void Text_that_is_not_iso_becomes_null(string value) =>
        Assert.That(Text(Trunc(DateUnit.Month), ValueShape.Timestamp, value), Is.Null);

    [Test]
    public void Infinity_and_malformed_binaries_become_null()
    {
        var month = Trunc(DateUnit.Month);
        byte[][] timestamps = [Big(long.MaxValue), Big(long.MinValue), [], Big(1), new byte[9], Big(long.MinValue + 1), Big(long.MaxValue - 1)];
        foreach (var value in timestamps)
            Assert.That(TryBinary(month, ValueShape.Timestamp, value), Is.Null);
        byte[][] dates = [Big(int.MaxValue), Big(int.MinValue), [], Big(1L), Big(int.MinValue + 1)];
        foreach (var value in dates)
            Assert.That(TryBinary(month, ValueShape.Date, value), Is.Null);
    }

    [Test]
    public void Last_and_first_day_of_the_server_are_cut_or_null()
    {
        Assert.That(Text(Trunc(DateUnit.Year), ValueShape.Date, "5874897-12-31"), Is.EqualTo("5874897-01-01"));
        Assert.That(Text(Trunc(DateUnit.Month), ValueShape.Date, "4714-12-31 BC"), Is.EqualTo("4714-12-01 BC"));

        // 1 November lies before the first day that the server knows.
        Assert.That(Text(Trunc(DateUnit.Month), ValueShape.Date, "4714-11-24 BC"), Is.Null);
    }

    [Test]
    public void Unit_that_hides_nothing_of_a_date_makes_it_null([Values(DateUnit.Day, DateUnit.Hour)] DateUnit unit) =>
        Assert.That(Text(Trunc(unit), ValueShape.Date, "2024-07-15"), Is.Null);

    private static MaskAlgorithm Trunc(DateUnit unit) => new(MaskKind.DateTrunc) { Unit = unit };

    private static string Zoned(string text, string zone) => text.EndsWith(" BC", StringComparison.Ordinal) ? text[..^3] + zone + " BC" : text + zone;

    private static string DateOnlyOf(string text) =>
        text[..text.IndexOf(' ', StringComparison.Ordinal)] + (text.EndsWith(" BC", StringComparison.Ordinal) ? " BC" : "");
}
