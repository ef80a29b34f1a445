using System.Buffers;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Wire;

/// <summary>What real servers send is read, and written again byte for byte.</summary>
[TestFixture(true)]
[TestFixture(false)]
internal sealed class MySqlServerTests(bool isMariaDb)
{
    private const string Types = """
        n INT PRIMARY KEY, ti TINYINT, tu TINYINT UNSIGNED, b BOOL, si SMALLINT, mi MEDIUMINT, bi BIGINT, bu BIGINT UNSIGNED ZEROFILL, f FLOAT, d DOUBLE, de DECIMAL(30,10),
        da DATE, tm TIME(6), dt DATETIME, dt6 DATETIME(6), ts TIMESTAMP(3) NULL, y YEAR, bits BIT(33), c CHAR(10), vc VARCHAR(300), bn BINARY(4), vb VARBINARY(20),
        t TEXT, mt MEDIUMTEXT, bl BLOB, e ENUM('one','two'), s SET('a','b','c'), j JSON, g GEOMETRY
        """;

    private readonly int _port = Ports.Free();
    private IDisposable? _server;

    [OneTimeSetUp]
    public void Start()
    {
        string[] statements =
        [
            "SET SESSION sql_mode=''", "CREATE DATABASE app", "CREATE USER tester@'%' IDENTIFIED BY ''", "GRANT ALL ON *.* TO tester@'%'", $"CREATE TABLE app.every ({Types})",
            """
            INSERT INTO app.every VALUES (1, -128, 255, true, -32768, -8388608, -9223372036854775808, 18446744073709551615, 1.5, -2.25e300, -12345678901234567890.0123456789,
                '2026-02-28', '-838:59:58.999999', '2026-02-28 12:34:56', '2026-02-28 12:34:56.789012', '2026-02-28 12:34:56.789', 2026, b'100000000000000000000000000000001',
                'char', REPEAT('v', 300), 'bin', x'00ff', REPEAT('t', 60000), REPEAT('m', 70000), x'00fbfcfdfeff', 'two', 'a,c', '{"a": [1, null]}', ST_GeomFromText('POINT(1 2)'))
            """,
            "INSERT INTO app.every (n) VALUES (2)",
            """
            INSERT INTO app.every VALUES (3, 0, 0, false, 0, 0, 0, 0, 0, 0, 0, '0001-01-01', '00:00:00', '2026-02-28 00:00:00', '2026-02-28 00:00:00', '2026-02-28 00:00:01', 1901, b'0',
                '', '', '', '', '', REPEAT('x', 65535), '', 'one', '', '[]', ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'))
            """,
            "INSERT IGNORE INTO app.every (n, da, dt, tm) VALUES (4, '0000-00-00', '0000-00-00 00:00:00', '00:00:00.5')",
        ];
        if (isMariaDb)
        {
            var server = ThrowAwayMariaDb.Start(_port);
            _server = server;
            server.Execute(statements);
        }
        else
        {
            var server = ThrowAwayMySql.Start(_port);
            _server = server;
            server.Execute(statements);
        }
    }

    [OneTimeTearDown]
    public void Stop() => _server?.Dispose();

    [Test]
    public async Task Rows_of_every_type_are_read_and_written_again_as_text_and_as_binary([Values] bool isEofDeprecated)
    {
        await using var client = await ConnectAsync(isEofDeprecated);
        var text = await client.QueryAsync("SELECT * FROM app.every ORDER BY n");
        var statement = await client.PrepareAsync("SELECT * FROM app.every ORDER BY n");
        var binary = await client.ExecuteAsync(statement);
        Assert.That(text.Rows, Has.Count.EqualTo(4));
        Assert.That(binary.Rows, Has.Count.EqualTo(4));
        Assert.That(text.Types, Is.EqualTo(binary.Types));
        foreach (var column in text.Columns.Concat(binary.Columns).Concat(statement.Columns))
            Assert.That(Again(column), Is.EqualTo(column));

        using var builder = new MySqlRowBuilder();
        foreach (var payload in text.Rows)
        {
            Assert.That(MySqlTextRow.TryParse(payload, text.Columns.Count, out var row), Is.True);
            builder.BeginText(text.Columns.Count);
            foreach (var value in row)
                Add(builder, MySqlType.VarString, value);

            Assert.That(builder.Payload.SequenceEqual(payload), Is.True);
        }

        foreach (var payload in binary.Rows)
        {
            Assert.That(MySqlBinaryRow.TryParse(payload, binary.Types, out var row), Is.True);
            builder.BeginBinary(binary.Columns.Count);
            var index = 0;
            foreach (var value in row)
            {
                Add(builder, binary.Types[index], value);
                index++;
            }

            Assert.That(builder.Payload.SequenceEqual(payload), Is.True);
        }

        Assert.That(statement.First, Is.EqualTo(Packet((output, ref sequence) => MySqlStmtPrepareOk.Write(
            output, ref sequence, statement.Id, (ushort)statement.Columns.Count, 0, 0))));
        foreach (var end in (byte[][])[text.End, binary.End])
            Assert.That(EndAgain(client, end, isEofDeprecated), Is.EqualTo(end));
    }

    [Test]
    public async Task Types_are_those_that_the_columns_have()
    {
        await using var client = await ConnectAsync(isEofDeprecated: true);
        var types = (await client.QueryAsync("SELECT * FROM app.every LIMIT 0")).Types;
        Assert.That(types, Is.EqualTo((MySqlType[])
        [
            MySqlType.Long, MySqlType.Tiny, MySqlType.Tiny, MySqlType.Tiny, MySqlType.Short, MySqlType.Int24, MySqlType.LongLong, MySqlType.LongLong, MySqlType.Float, MySqlType.Double,
            MySqlType.NewDecimal, MySqlType.Date, MySqlType.Time, MySqlType.DateTime, MySqlType.DateTime, MySqlType.Timestamp, MySqlType.Year, MySqlType.Bit, MySqlType.String,
            MySqlType.VarString, MySqlType.String, MySqlType.VarString, MySqlType.Blob, MySqlType.Blob, MySqlType.Blob, MySqlType.String, MySqlType.String,
            isMariaDb ? MySqlType.Blob : MySqlType.Json, MySqlType.Geometry,
        ]));
    }

    // The binary form of each, and what the server makes of it as text.
    private static readonly (MySqlType Type, bool IsUnsigned, string Hex, string Text)[] Values =
    [
        (MySqlType.Tiny, false, "FF", "-1"), (MySqlType.Tiny, true, "FF", "255"), (MySqlType.Short, false, "0080", "-32768"), (MySqlType.Short, true, "0080", "32768"),
        (MySqlType.Long, false, "2A000000", "42"), (MySqlType.LongLong, true, "FFFFFFFFFFFFFFFF", "18446744073709551615"), (MySqlType.Double, false, "000000000000F83F", "1.5"),
        (MySqlType.Float, false, "0000C03F", "1.5"), (MySqlType.VarString, false, "6869", "hi"), (MySqlType.Blob, false, "6869", "hi"), (MySqlType.String, false, "", ""),
        (MySqlType.NewDecimal, false, "312E3235", "1.25"), (MySqlType.Date, false, "EA07021C", "2026-02-28"), (MySqlType.DateTime, false, "EA07021C0C2238", "2026-02-28 12:34:56"),
    ];

    [Test]
    public async Task Parameters_of_every_type_arrive([Values] bool isEofDeprecated)
    {
        await using var client = await ConnectAsync(isEofDeprecated);
        var statement = await client.PrepareAsync($"SELECT {string.Join(", ", Values.Select(static _ => "CAST(? AS CHAR)"))}, ? IS NULL");
        Assert.That(statement.ParameterCount, Is.EqualTo(Values.Length + 1));
        MySqlParameter[] parameters =
        [
            .. Values.Select(static value => new MySqlParameter(new(value.Type, value.IsUnsigned), Convert.FromHexString(value.Hex))), new(new(MySqlType.Null, false), null),
        ];
        var answer = await client.ExecuteAsync(statement, default, parameters);
        Assert.That(answer.IsError, Is.False, Encoding.UTF8.GetString(answer.End));
        Assert.That(MySqlBinaryRow.TryParse(answer.Rows[0], answer.Types, out var row), Is.True);
        var seen = new List<string>();
        foreach (var value in row)
            seen.Add(Encoding.UTF8.GetString(value.Bytes));


        // Of a parameter's fraction of a second the server does not know how long it is, so it shows all.
        var texts = seen.Take(Values.Length).Select(static text => text.Contains(':', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text);
        Assert.That(texts, Is.EqualTo(Values.Select(static value => value.Text)));
    }

    [Test]
    public async Task Pieces_of_a_parameter_arrive_as_one()
    {
        await using var client = await ConnectAsync(isEofDeprecated: true);
        var statement = await client.PrepareAsync("SELECT CAST(? AS CHAR), LENGTH(?)");
        foreach (var piece in (byte[][])[[.. "abc"u8], [], [.. "def"u8]])
            await client.SendAsync((output, ref sequence) => MySqlStmtSendLongData.Write(output, ref sequence, statement.Id, 1, piece));

        // As a client sends it: the second value is not there again. The types come from the first of these two commands.
        byte[] execute = [0x17, .. BitConverter.GetBytes(statement.Id), 0, 1, 0, 0, 0, 0, 1, 253, 0, 252, 0, 1, (byte)'x'];
        Assert.That(MySqlStmtExecute.TryParse(execute, default, 2, default, [false, true], out var message), Is.True);
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        message.WriteAs(output, ref sequence, statement.Id, default);
        Assert.That(output.WrittenSpan[4..].ToArray(), Is.EqualTo(execute));
        var answer = await client.AskAsync((to, ref number) => MySqlAuthMoreData.WriteResponse(to, ref number, execute));
        Assert.That(MySqlBinaryRow.TryParse(answer.Rows[0], answer.Types, out var row), Is.True);
        var values = row.GetEnumerator();
        Assert.That(values.MoveNext() && values.Current.Bytes.SequenceEqual("x"u8) && values.MoveNext(), Is.True);
        Assert.That(values.Current.Bytes[0], Is.EqualTo(6));
    }

    [Test]
    public async Task Cursor_gives_its_rows_in_turns([Values] bool isEofDeprecated)
    {
        await using var client = await ConnectAsync(isEofDeprecated);
        var statement = await client.PrepareAsync("SELECT n, vc FROM app.every ORDER BY n");
        var opened = await client.ExecuteAsync(statement, MySqlCursorKind.ReadOnly);
        Assert.That(opened.Columns, Has.Count.EqualTo(2));
        Assert.That(opened.Rows, Is.Empty);
        Assert.That(StatusOf(client, opened.End, isEofDeprecated) & MySqlServerStatus.CursorExists, Is.Not.Zero);
        foreach (var (count, isLast) in new[] { (3, false), (1, true) })
        {
            var fetched = await client.FetchAsync(statement, 3);
            Assert.That(fetched.Rows, Has.Count.EqualTo(count));
            Assert.That((StatusOf(client, fetched.End, isEofDeprecated) & MySqlServerStatus.LastRowSent) != 0, Is.EqualTo(isLast));
            foreach (var payload in fetched.Rows)
                Assert.That(MySqlBinaryRow.TryParse(payload, opened.Types, out _), Is.True);
        }
    }

    [TestCase("USE app", MySqlSessionChangeKind.Schema, "", "app")]
    [TestCase("SET autocommit = 0", MySqlSessionChangeKind.SystemVariable, "autocommit", "OFF")]
    [TestCase("SET NAMES utf8mb4", MySqlSessionChangeKind.SystemVariable, "character_set_client", "utf8mb4")]
    [TestCase("SET sql_mode = 'ANSI_QUOTES'", MySqlSessionChangeKind.SystemVariable, "sql_mode", "ANSI_QUOTES")]
    [TestCase("START TRANSACTION READ ONLY", MySqlSessionChangeKind.TransactionState, "", "T_______")]
    [TestCase("START TRANSACTION READ ONLY", MySqlSessionChangeKind.TransactionCharacteristics, "", "START TRANSACTION READ ONLY;")]
    [TestCase("USE app", MySqlSessionChangeKind.StateChange, "", "1")]
    public async Task Change_of_the_session_is_tracked_and_written_again(string statement, MySqlSessionChangeKind kind, string name, string value)
    {
        await using var client = await ConnectAsync(isEofDeprecated: true);
        await client.QueryAsync("SET session_track_system_variables = 'autocommit,character_set_client,sql_mode'");
        await client.QueryAsync("SET session_track_state_change = 1");
        await client.QueryAsync("SET session_track_transaction_info = 'CHARACTERISTICS'");
        var answer = await client.QueryAsync(statement);
        Assert.That(MySqlOk.TryParse(answer.End, client.Session.Capabilities, out var ok), Is.True, Convert.ToHexString(answer.End));
        var seen = new List<string>();
        var entries = new ArrayBufferWriter<byte>();
        foreach (var change in ok.Changes)
        {
            seen.Add($"{change.Kind} {Encoding.UTF8.GetString(change.Name)}={Encoding.UTF8.GetString(change.Value)}");
            if (change.Kind == MySqlSessionChangeKind.SystemVariable)
                MySqlSessionChange.WriteVariable(entries, change.Name, change.Value);
            else
                MySqlSessionChange.Write(entries, change.Kind, change.Value);
        }

        Assert.That(seen, Does.Contain($"{kind} {name}={value}"));
        var (changes, status, warnings) = (entries.WrittenSpan.ToArray(), ok.Status, ok.Warnings);
        Assert.That(Packet((output, ref sequence) => MySqlOk.Write(output, ref sequence, client.Session.Capabilities, status, warnings: warnings, changes: changes)), Is.EqualTo(answer.End));
    }

    [Test]
    public async Task Second_statement_and_file_of_the_client_are_refused_by_the_server_itself()
    {
        await using var client = await ConnectAsync(isEofDeprecated: true);
        Assert.That(Describe(await client.QueryAsync("SELECT 1; SELECT 2")), Does.StartWith("1064 42000"));
        Assert.That(Describe(await client.QueryAsync("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE app.every")), Does.StartWith(isMariaDb ? "4166" : "3948"));
    }

    [Test]
    public async Task Error_is_written_again_byte_for_byte()
    {
        await using var client = await ConnectAsync(isEofDeprecated: true);
        var end = (await client.QueryAsync("SELECT * FROM app.nothing")).End;
        Assert.That(MySqlError.TryParse(end, out var error), Is.True);
        var (code, state, text) = (error.Code, error.SqlState.ToArray(), error.Message.ToArray());
        Assert.That(code, Is.EqualTo(1146));
        Assert.That(Packet((output, ref sequence) => MySqlError.Write(output, ref sequence, code, state, text)), Is.EqualTo(end));
    }

    [Test]
    public async Task List_of_columns_is_read()
    {
        await using var client = await MySqlWireClient.ConnectAsync(_port, "tester", null, "app");
        await client.SendAsync((output, ref sequence) => MySqlFieldList.Write(output, ref sequence, "every"u8, "n"u8));
        var column = await client.ReadAsync();
        if (column[0] == MySqlError.Header)
        {
            Assert.That(isMariaDb, Is.False, "MySQL has given the command up");
            return;
        }

        Assert.That(MySqlColumn.TryParse(column, isListed: true, out var parsed), Is.True);
        Assert.That(Encoding.UTF8.GetString(parsed.Name), Is.EqualTo("n"));
    }

    private static string Describe(MySqlAnswer answer) => MySqlError.TryParse(answer.End, out var error)
        ? $"{error.Code} {Encoding.UTF8.GetString(error.SqlState)}: {Encoding.UTF8.GetString(error.Message)}"
        : "no error";

    private static MySqlServerStatus StatusOf(MySqlWireClient client, byte[] end, bool isEofDeprecated)
    {
        if (!isEofDeprecated)
            return MySqlEof.TryParse(end, out var eof) ? eof.Status : throw new IOException("an EOF is malformed");

        return MySqlOk.TryParse(end, client.Session.Capabilities, out var ok) ? ok.Status : throw new IOException("an OK is malformed");
    }

    private static byte[] EndAgain(MySqlWireClient client, byte[] end, bool isEofDeprecated)
    {
        if (!isEofDeprecated && MySqlEof.TryParse(end, out var eof))
            return Packet((output, ref sequence) => MySqlEof.Write(output, ref sequence, eof.Status, eof.Warnings));

        if (!MySqlOk.TryParse(end, client.Session.Capabilities, out var ok))
            throw new IOException("an OK is malformed");

        var (status, warnings) = (ok.Status, ok.Warnings);
        return Packet((output, ref sequence) => MySqlOk.Write(output, ref sequence, client.Session.Capabilities, status, warnings: warnings, isEnd: true));
    }

    private static void Add(MySqlRowBuilder builder, MySqlType type, MySqlValue value)
    {
        if (value.IsNull)
            builder.AddNull();
        else
            builder.Add(type, value.Bytes);
    }

    private static byte[] Again(byte[] payload)
    {
        Assert.That(MySqlColumn.TryParse(payload, isListed: false, out var column), Is.True, Convert.ToHexString(payload));
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        column.Write(output, ref sequence);
        return output.WrittenSpan[4..].ToArray();
    }

    private static byte[] Packet(MySqlWireClient.Writer write)
    {
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        write(output, ref sequence);
        return output.WrittenSpan[4..].ToArray();
    }

    private Task<MySqlWireClient> ConnectAsync(bool isEofDeprecated) =>
        MySqlWireClient.ConnectAsync(_port, "tester", null, capabilities: isEofDeprecated ? MySqlCapabilities.DeprecateEof : default);
}
