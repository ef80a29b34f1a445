using System.Buffers.Binary;
using System.Text;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>The masked values of shop.sql and shop-mysql.sql in every encoding in which they could travel.</summary>
internal static class Canaries
{
    private static readonly DateOnly Epoch = new(2000, 1, 1);

    private static readonly (string What, byte[] Bytes)[] InPostgres = [.. MakeTexts(), .. MakePostgres()];

    private static readonly (string What, byte[] Bytes)[] InMySql = [.. MakeTexts(), .. MakeMySql()];

    /// <summary>What of PostgreSQL's can be found in these bytes; empty if nothing can.</summary>
    public static string[] FindIn(byte[] bytes) => FindIn(bytes, InPostgres);

    /// <summary>What of shop-mysql.sql can be found in these bytes; empty if nothing can.</summary>
    public static string[] FindInMySql(byte[] bytes)
    {
        // The labels of an ENUM or a SET are part of a table's definition, which is shown to everybody.
        var shown = Encoding.Latin1.GetString(bytes).Replace("enum('CANARYkind')", "", StringComparison.Ordinal).Replace("set('CANARYtag','CANARYtoo')", "", StringComparison.Ordinal);
        return FindIn(Encoding.Latin1.GetBytes(shown), InMySql);
    }

    private static string[] FindIn(byte[] bytes, (string What, byte[] Bytes)[] canaries) =>
        [.. canaries.Where(c => bytes.AsSpan().IndexOf(c.Bytes) >= 0).Select(static c => c.What).Distinct()];

    private static IEnumerable<(string What, byte[] Bytes)> MakeTexts()
    {
        foreach (var text in (string[])["CANARY", "canary", "YRANAC", "1987654", "49876543", "1961-07", "1961 07", "7c0ffee7", "43414e415259", "43414E415259", "Q0FOQVJZ"])
            yield return ($"\"{text}\"", Encoding.ASCII.GetBytes(text));

        yield return ("UTF-16", Encoding.Unicode.GetBytes("CANARY"));
    }

    private static IEnumerable<(string What, byte[] Bytes)> MakeMySql()
    {
        foreach (var text in (string[])["19876.5", "77:19:43", "1991-07", "CANA", "1.98765", "4.98765", "196107"])
            yield return ($"\"{text}\"", Encoding.ASCII.GetBytes(text));

        var number = new byte[8];
        for (var i = 1; i <= 9; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, 1987654321 + i);
            yield return ("int", number[..4]);
            BinaryPrimitives.WriteInt64LittleEndian(number, 1987654321987654321 + i);
            yield return ("bigint", [.. number]);
            BinaryPrimitives.WriteDoubleLittleEndian(number, 1987654321.5 + i);
            yield return ("double", [.. number]);

            // The year in two bytes, the month, the day.
            yield return ("date", [0xA9, 0x07, 7, (byte)(13 + i)]);
        }

        BinaryPrimitives.WriteSingleLittleEndian(number, 19876.5f);
        yield return ("float", number[..4]);
        BinaryPrimitives.WriteDoubleLittleEndian(number, 1987654321.5);
        yield return ("point", [.. number]);
        yield return ("timestamp", [0xC7, 0x07, 7, 13, 11, 22, 33]);
    }

    private static IEnumerable<(string What, byte[] Bytes)> MakePostgres()
    {
        yield return ("uuid", [0x7c, 0x0f, 0xfe, 0xe7]);
        for (var i = 1; i <= 9; i++)
        {
            var salary = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(salary, 1987654321 + i);
            yield return ("int4", salary);
            var date = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(date, new DateOnly(1961, 7, 13).AddDays(i).DayNumber - Epoch.DayNumber);
            yield return ("date", date);
            var bigger = new byte[8];
            BinaryPrimitives.WriteDoubleBigEndian(bigger, 1987654321 + i);
            yield return ("float8", bigger);

            // numeric: base 10000, so 4987654321.12 has the digits 49, 8765, 4321, 1200.
            var digits = new byte[4];
            BinaryPrimitives.WriteInt16BigEndian(digits, 8765);
            BinaryPrimitives.WriteInt16BigEndian(digits.AsSpan(2), (short)(4321 + i));
            yield return ("numeric", digits);
        }
    }
}
