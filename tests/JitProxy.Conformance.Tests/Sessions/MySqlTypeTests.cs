using System.Diagnostics;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Values of every type arrive through the proxy as they do without it, byte for byte, in both protocols and with both ends of results.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlTypeTests(MySqlProduct product)
{
    private const string All = "SELECT * FROM every_type ORDER BY id";
    private const string Echo = "SELECT ? AS echoed, id FROM every_type WHERE id = 1";

    private MySqlShop _shop = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await Shared.ShopAsync(product);
        var own = product == MySqlProduct.MariaDb ? "u UUID, ip INET6" : "v VECTOR(3), w INT INVISIBLE";
        var max = product == MySqlProduct.MariaDb ? "'ffffffff-ffff-4fff-8fff-ffffffffffff', 'ffff::1'" : "STRING_TO_VECTOR('[1.5,-2,3e10]')";
        var zero = product == MySqlProduct.MariaDb ? "'00000000-0000-0000-0000-000000000000', '::'" : "STRING_TO_VECTOR('[0]')";
        _shop.Server.Execute(
            "SET SESSION sql_mode = ''",
            $"""
            CREATE TABLE app.every_type (id INT PRIMARY KEY, ti TINYINT, tu TINYINT UNSIGNED, si SMALLINT, su SMALLINT UNSIGNED, mi MEDIUMINT, mu MEDIUMINT UNSIGNED,
                i INT, iu INT UNSIGNED, bi BIGINT, bu BIGINT UNSIGNED, f FLOAT, d DOUBLE, de DECIMAL(30, 10), bo BOOLEAN, b1 BIT(1), b64 BIT(64), da DATE, dt DATETIME, dt6 DATETIME(6),
                ts TIMESTAMP NULL, ts3 TIMESTAMP(3) NULL, t TIME, t6 TIME(6), y YEAR, c CHAR(10), vc VARCHAR(100), bn BINARY(4), vb VARBINARY(10), tb TINYBLOB, bl BLOB, mb MEDIUMBLOB,
                lb LONGBLOB, tt TINYTEXT, tx TEXT, mt MEDIUMTEXT, lt LONGTEXT, e ENUM('one', 'zwei ä'), s SET('x', 'y', 'z'), g GEOMETRY, p POINT, j JSON,
                la VARCHAR(10) CHARACTER SET latin1, {own})
            """,
            $"""
            INSERT INTO app.every_type VALUES (1, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 3.402823e38, 1.7976931348623157e308,
                99999999999999999999.9999999999, TRUE, b'1', 18446744073709551615, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999', '2037-12-31 23:59:59', '2037-12-31 23:59:59.123',
                '838:59:59', '838:59:58.999999', 2155, 'ende', REPEAT('ü€😀', 10), 0x00FF0001, 0x0001, 0xFB, 0xFE, REPEAT('m', 70000), REPEAT('l', 300000), 'tiny', REPEAT('x', 252), REPEAT('y', 65536),
                REPEAT('z', 100), 'zwei ä', 'x,z', ST_GeomFromText('LINESTRING(0 0,1 1,2 3)'), POINT(1.5, -2.5), '{"{"}"k": [1, null, "ä"]{"}"}', 'äöü', {max})
            """,
            $"""
            INSERT INTO app.every_type VALUES (2, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, -1.5e-38, 2.2250738585072014e-308,
                -99999999999999999999.9999999999, FALSE, b'0', 0, '0000-00-00', '0000-00-00 00:00:00', '2024-02-00 00:00:00', '1970-01-02 00:00:01', '1970-01-02 00:00:01.001',
                '-838:59:59', '-00:00:00.000001', 1901, '', '', 0x00000000, '', '', '', '', '', '', '', '', '', 'one', '', POINT(0, 0), POINT(0, 0), 'null', '', {zero})
            """,
            "INSERT INTO app.every_type (id) VALUES (3)");
        await _shop.Proxy.GrantAsync(All);
        await _shop.Proxy.GrantAsync(Echo);

        // The table is new: until the proxy knows of it, all of it comes masked.
        await using var proxied = await ProxiedAsync(true);
        for (var clock = Stopwatch.StartNew(); (await proxied.QueryAsync(All)).Texts is not [["1", ..], ..];)
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(90)), "the table is not known");
    }

    [Test]
    public async Task Rows_are_the_same([Values] bool isPrepared, [Values] bool isEofDeprecated)
    {
        await using var direct = await DirectAsync(isEofDeprecated);
        await using var proxied = await ProxiedAsync(isEofDeprecated);
        var expected = await AskAsync(direct);
        var actual = await AskAsync(proxied);

        Assert.That(expected.Rows, Has.Count.EqualTo(3));
        Assert.That(actual.Rows.Select(Convert.ToHexString), Is.EqualTo(expected.Rows.Select(Convert.ToHexString)));
        Assert.That(actual.Columns.Select(Convert.ToHexString), Is.EqualTo(expected.Columns.Select(Convert.ToHexString)));

        async Task<MySqlAnswer> AskAsync(MySqlWireClient client) =>
            isPrepared ? await client.ExecuteAsync(await client.PrepareAsync(All)) : await client.QueryAsync(All);
    }

    [Test]
    public async Task Rows_of_a_cursor_are_the_same([Values] bool isEofDeprecated)
    {
        await using var direct = await DirectAsync(isEofDeprecated);
        await using var proxied = await ProxiedAsync(isEofDeprecated);
        Assert.That(await FetchAllAsync(proxied), Is.EqualTo(await FetchAllAsync(direct)));

        static async Task<List<string>> FetchAllAsync(MySqlWireClient client)
        {
            var statement = await client.PrepareAsync(All);
            Assert.That((await client.ExecuteAsync(statement, MySqlCursorKind.ReadOnly)).Rows, Is.Empty);
            var rows = new List<string>();
            for (var i = 0; i < 3; i++)
                rows.AddRange((await client.FetchAsync(statement, 1)).Rows.Select(Convert.ToHexString));

            Assert.That(rows, Has.Count.EqualTo(3));
            return rows;
        }
    }

    [Test]
    public async Task Parameters_of_every_type_arrive_as_they_are()
    {
        await using var direct = await DirectAsync(true);
        await using var proxied = await ProxiedAsync(true);
        foreach (var (type, isUnsigned, hex) in new (MySqlType, bool, string?)[]
        {
            (MySqlType.Tiny, false, "FF"), (MySqlType.Tiny, true, "FF"), (MySqlType.Short, false, "0080"), (MySqlType.Short, true, "FFFF"), (MySqlType.Long, false, "00000080"),
            (MySqlType.Long, true, "FFFFFFFF"), (MySqlType.LongLong, false, "0000000000000080"), (MySqlType.LongLong, true, "FFFFFFFFFFFFFFFF"), (MySqlType.Float, false, "0000C03F"),
            (MySqlType.Double, false, "000000000000F8BF"), (MySqlType.VarString, false, ""), (MySqlType.VarString, false, "C3A4"), (MySqlType.Blob, false, "00FF0A"),
            (MySqlType.NewDecimal, false, "2D312E3530"), (MySqlType.Date, false, "E8070105"), (MySqlType.DateTime, false, "E8070105"), (MySqlType.DateTime, false, "E80701050A0B0C"),
            (MySqlType.DateTime, false, "E80701050A0B0C40420100"), (MySqlType.Timestamp, false, "E80701050A0B0C"), (MySqlType.Time, false, "0100000000010203"),
            (MySqlType.Time, false, "000100000001020340420100"), (MySqlType.Null, false, null), (MySqlType.VarString, false, null), (MySqlType.Long, false, null),
        })
        {
            var parameter = new MySqlParameter(new(type, isUnsigned), hex is null ? null : (ReadOnlyMemory<byte>?)Convert.FromHexString(hex));

            // Prepared each time: a server remembers which types a parameter had before.
            var (here, there) = (await direct.PrepareAsync(Echo), await proxied.PrepareAsync(Echo));
            var (expected, actual) = (await direct.ExecuteAsync(here, default, parameter), await proxied.ExecuteAsync(there, default, parameter));
            Assert.That(actual.Rows.Select(Convert.ToHexString), Is.EqualTo(expected.Rows.Select(Convert.ToHexString)), $"{type} {isUnsigned} {hex}: {Encoding.UTF8.GetString(actual.End)}");
            Assert.That(actual.IsError, Is.EqualTo(expected.IsError));
        }
    }

    private Task<MySqlWireClient> DirectAsync(bool isEofDeprecated) =>
        MySqlWireClient.ConnectAsync(_shop.Server.Port!.Value, "jitproxy", "jitproxy-password", "app", CapabilitiesFor(isEofDeprecated));

    private Task<MySqlWireClient> ProxiedAsync(bool isEofDeprecated) =>
        MySqlWireClient.ConnectAsync(_shop.Proxy.Port, "alice", ThrowAwayProxy.Password, "app", CapabilitiesFor(isEofDeprecated));

    private static MySqlCapabilities CapabilitiesFor(bool isEofDeprecated) => isEofDeprecated ? MySqlCapabilities.DeprecateEof : default;
}
