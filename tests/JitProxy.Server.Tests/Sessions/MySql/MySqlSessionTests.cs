using System.Text;
using JitProxy.Server.Sessions;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>One MySQL client and one server, both played by the test: what passes, what is refused, and in which form.</summary>
internal sealed class MySqlSessionTests
{
    private const string Masked = "SELECT id, ssn FROM customers";
    private const string Secret = "078-05-1120";
    private const MySqlCapabilities OldEnds = MySqlSessionFixture.Usual & ~MySqlCapabilities.DeprecateEof;

    [Test]
    public async Task Ends_of_results_are_told_as_each_end_knows_them([Values] bool clientOld, [Values] bool serverOld, [Values] bool isSliced)
    {
        var (client, upstream) = (clientOld ? OldEnds : MySqlSessionFixture.Usual, serverOld ? OldEnds : MySqlSessionFixture.Usual);
        await using var f = new MySqlSessionFixture(client: client, upstream: upstream, isSliced: isSliced);
        await f.StartAsync(Model(upstream));
        await f.GrantAsync(Masked);
        await f.GrantAsync("SELECT id, note FROM orders WHERE id = ?");

        Assert.That(await f.Client.QueryAsync(Masked), Is.EqualTo("Shape(id,ssn) Row(1,******) Row(2,-) End"));
        Assert.That(await f.Client.PrepareAsync(Masked), Is.EqualTo("Prepared(0)"));
        Assert.That(await f.Client.ExecuteAsync(), Is.EqualTo("Shape(id,ssn) Row(1,******) Row(2,-) End"));
        Assert.That(await f.Client.PrepareAsync("SELECT id, note FROM orders WHERE id = ?"), Is.EqualTo("Prepared(1)"));
        Assert.That(await f.Client.ExecuteAsync("7"), Is.EqualTo("Shape(id,note) Row(7,open) End"));
        Assert.That(await f.Client.QueryAsync("JIT STATUS"), Does.StartWith("Shape(").And.EndsWith(" End"));
        await f.Client.PrepareAsync(Masked);
        var cursor = f.Client.LastId;
        Assert.That(await f.Client.ExecuteAsync(cursor, MySqlCursorKind.ReadOnly), clientOld ? Is.EqualTo("Cursor(id,ssn)") : Is.EqualTo("Shape(id,ssn) End"));
        Assert.That(await f.Client.FetchAsync(cursor, 1), Is.EqualTo("Row(1,******) End"));
        Assert.That(await f.Client.FetchAsync(cursor, 9), Is.EqualTo("Row(2,-) End"));
        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret));
    }

    [Test]
    public async Task Commands_in_one_write_are_answered_one_by_one([Values] bool isSliced)
    {
        await using var f = new MySqlSessionFixture(isSliced: isSliced);
        var model = Model();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);
        var c = f.Client;
        await c.Write(c.QueryOf(Masked)).Write(c.QueryOf("SELECT name FROM customers")).Write(c.QueryOf(Masked)).Write(MySqlSessionClient.Raw(0x0E)).SendAsync();

        Assert.That(await c.HearAsync(), Is.EqualTo("Shape(id,ssn) Row(1,******) Row(2,-) End"));
        Assert.That(await c.HearAsync(), Is.EqualTo("ERROR(1142)"));
        Assert.That(await c.HearAsync(), Is.EqualTo("Shape(id,ssn) Row(1,******) Row(2,-) End"));
        Assert.That(await c.HearAsync(), Is.EqualTo("OK"));
        Assert.That(model.Heard, Is.EqualTo(new[] { $"Query {Masked}", $"Query {Masked}", "Ping" }));
    }

    [Test]
    public async Task Commands_that_name_no_statement_are_refused_and_the_session_goes_on()
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);

        // Sleep, create and drop database, shutdown, process list, connect, debug, time, delayed insert, binlog dumps, table dump, daemon, clone, GTIDs.
        foreach (var command in new byte[] { 0x00, 0x05, 0x06, 0x08, 0x0A, 0x0B, 0x0D, 0x0F, 0x10, 0x12, 0x13, 0x14, 0x15, 0x1D, 0x1E, 0x20, 0x50, 0xFA, 0xFD, 0xFE, 0xFF })
        {
            Assert.That(await f.Client.RunAsync(command, 1, 0, 0, 0), Is.EqualTo("ERROR(1235)").Or.EqualTo("ERROR(1047)"), $"0x{command:X2}");
            Assert.That(f.Client.LastError, Does.Not.Contain("\n"));
        }

        Assert.That(await f.Client.RunAsync(0x1B, 0, 0), Is.EqualTo("ERROR(1235)"), "several statements in one text");
        Assert.That(await f.Client.RunAsync(0x1B, 1, 0), Is.EqualTo("End"));
        Assert.That(await f.Client.RunAsync(0x1B, 7, 0), Is.EqualTo("ERROR(1235)"));
        Assert.That(await f.Client.RunAsync(0x0C, 77, 0, 0, 0), Is.EqualTo("ERROR(1094)"), "the server's number of this session is nobody's here");
        Assert.That(await f.Client.QueryAsync("KILL 77"), Is.EqualTo("ERROR(1094)"));
        Assert.That(model.Heard, Is.Empty, "none of it reached the server");
        await f.GrantAsync(Masked);
        Assert.That(await f.Client.QueryAsync(Masked), Does.Contain("Row(1,******)"));
    }

    [Test]
    public async Task Another_user_is_refused_and_the_session_ends()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(Model());
        Assert.That(await f.Client.RunAsync([0x11, .. "bob\0"u8, 0, .. "app\0"u8]), Is.EqualTo("ERROR(1235)"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientRefused));
    }

    [Test]
    public async Task Statement_numbers_are_the_proxys_own_and_no_game_is_played_with_them()
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);
        await f.Client.PrepareAsync(Masked);
        var id = f.Client.LastId;
        Assert.That(id, Is.Not.EqualTo(101), "what the server calls it");

        foreach (var other in new uint[] { 0, 101, id + 1, 0x7FFFFFFF, 0xFFFFFFFE })
        {
            Assert.That(await f.Client.ExecuteAsync(other), Is.EqualTo("ERROR(1243)"), $"{other}");
            Assert.That(await f.Client.RunAsync((o, ref s) => MySqlStmtCommand.Write(o, ref s, MySqlCommand.StmtReset, other)), Is.EqualTo("ERROR(1243)"));
            Assert.That(await f.Client.RunAsync((o, ref s) => MySqlStmtCommand.Write(o, ref s, MySqlCommand.StmtFetch, other, 1)), Is.EqualTo("ERROR(1243)"));
            await f.Client.Write((o, ref s) => MySqlStmtCommand.Write(o, ref s, MySqlCommand.StmtClose, other)).SendAsync();
            await f.Client.Write((o, ref s) => MySqlStmtSendLongData.Write(o, ref s, other, 0, "x"u8)).SendAsync();
        }

        Assert.That(await f.Client.ExecuteAsync(), Does.Contain("Row(1,******)"));
        Assert.That(await f.Client.RunAsync(0x1F), Is.EqualTo("OK"), "the session is as new");
        Assert.That(await f.Client.ExecuteAsync(id), Is.EqualTo("ERROR(1243)"));
        Assert.That(model.Heard.Count(static h => h.StartsWith("Execute", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Closed_statement_is_gone_and_its_number_is_not_taken_for_another()
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);
        await f.Client.PrepareAsync(Masked);
        var id = f.Client.LastId;
        await f.Client.Write((o, ref s) => MySqlStmtCommand.Write(o, ref s, MySqlCommand.StmtClose, id)).SendAsync();
        Assert.That(await f.Client.PrepareAsync("SELECT name FROM customers"), Is.EqualTo("ERROR(1142)"));
        Assert.That(await f.Client.ExecuteAsync(id), Is.EqualTo("ERROR(1243)"));
        Assert.That(await f.Client.PrepareAsync(Masked), Is.EqualTo("Prepared(0)"));
        Assert.That(f.Client.LastId, Is.Not.EqualTo(id));
    }

    [Test]
    public async Task Fetch_without_a_cursor_and_after_the_last_row_is_an_error()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(Model());
        await f.GrantAsync(Masked);
        await f.Client.PrepareAsync(Masked);
        var id = f.Client.LastId;
        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("ERROR(1421)"));
        await f.Client.ExecuteAsync(id, MySqlCursorKind.ReadOnly);
        Assert.That(await f.Client.FetchAsync(id, 9), Does.EndWith("End"));
        Assert.That(await f.Client.FetchAsync(id, 9), Is.EqualTo("ERROR(1421)"));
        Assert.That(await f.Client.ExecuteAsync(id, (MySqlCursorKind)2), Is.EqualTo("ERROR(1210)"), "a cursor that writes");
        Assert.That(await f.Client.ExecuteAsync(id, (MySqlCursorKind)4), Is.EqualTo("ERROR(1210)"), "a cursor that scrolls");
    }

    [Test]
    public async Task Revoked_grant_ends_an_open_cursor()
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        var grant = await f.GrantAsync(Masked);
        await f.Client.PrepareAsync(Masked);
        var id = f.Client.LastId;
        await f.Client.ExecuteAsync(id, MySqlCursorKind.ReadOnly);
        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("Row(1,******) End"));
        f.Revoke(grant);

        Assert.That(await f.Client.FetchAsync(id, 1), Is.EqualTo("ERROR(1142)"));
        Assert.That(await f.Client.ExecuteAsync(id), Is.EqualTo("ERROR(1142)"));
        Assert.That(model.Heard.Count(static h => h.StartsWith("Fetch", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase("SELECT id, ssn FROM customers\0")]
    [TestCase("SELECT id, ssn\0FROM customers")]
    [TestCase("SELECT id, ssn FROM customers; DROP TABLE customers")]
    [TestCase("SELECT id, ssn FROM customers;SELECT 1")]
    [TestCase("/*!50000 SELECT id, ssn FROM customers */")]
    [TestCase("SELECT id, ssn FROM customers /*! WHERE 1 */")]
    [TestCase("SELECT id,\u00A0ssn FROM customers")]
    [TestCase("\uFEFFSELECT id, ssn FROM customers")]
    [TestCase("SELECT id, ssn FROM customers LIMIT 1")]
    [TestCase("SELECT id, 'ssn' FROM customers")]
    [TestCase("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE customers")]
    [TestCase("EXECUTE IMMEDIATE 'SELECT 1'")]
    [TestCase("PREPARE p FROM 'SELECT 1'")]
    [TestCase("HANDLER customers OPEN")]
    [TestCase("CALL p()")]
    [TestCase("DO (SELECT ssn FROM customers LIMIT 1)")]
    [TestCase("SET @x = (SELECT ssn FROM customers LIMIT 1)")]
    [TestCase("SET sql_mode = 'ANSI_QUOTES'")]
    [TestCase("SET NAMES gbk")]
    [TestCase("SET SESSION TRANSACTION READ WRITE")]
    [TestCase("SET GLOBAL general_log = ON")]
    [TestCase("SELECT ssn FROM customers UNION SELECT id FROM customers")]
    public async Task Text_that_is_not_exactly_what_was_approved_reaches_nobody(string text)
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);

        Assert.That(await f.Client.QueryAsync(text), Does.StartWith("ERROR("));
        Assert.That(await f.Client.PrepareAsync(text), Does.StartWith("ERROR("));
        Assert.That(model.Heard, Is.Empty);
        Assert.That(await f.Client.QueryAsync(Masked), Does.Contain("Row(1,******)"), "the session goes on");
    }

    [Test]
    public async Task Text_that_is_no_utf8_is_refused_before_anything_is_looked_up()
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        foreach (var bad in new byte[][] { [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xFF], [0x83, 0x5C], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82] })
            Assert.That(await f.Client.RunAsync([0x03, .. "SELECT '"u8, .. bad, .. "'"u8]), Is.EqualTo("ERROR(1142)").Or.EqualTo("ERROR(1064)"), Convert.ToHexString(bad));

        Assert.That(model.Heard, Is.Empty);
    }

    [Test]
    public async Task Every_change_of_one_byte_of_an_approved_text_is_refused()
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        const string text = "SELECT ssn FROM customers WHERE id=7";
        model.Knows(text, MySqlTable.Of("customers", "ssn", Secret));
        await f.GrantAsync(text);
        Assert.That(await f.Client.QueryAsync(text), Does.Contain("Row(******)"));
        var bytes = Encoding.UTF8.GetBytes(text);
        var c = f.Client;
        var count = 0;
        for (var i = 0; i <= bytes.Length; i++)
        {
            foreach (var changed in (byte[][])[[.. bytes[..i], (byte)'x', .. bytes[i..]], [.. bytes[..i], .. bytes[Math.Min(i + 1, bytes.Length)..]]])
            {
                // Blanks around the text and a letter's case are no difference; nothing here is one.
                if (changed.AsSpan().SequenceEqual(bytes))
                    continue;

                c.Write(c.QueryOf(Encoding.UTF8.GetString(changed)));
                count++;
            }
        }

        await c.SendAsync();
        for (; count > 0; count--)
            Assert.That(await c.HearAsync(), Is.EqualTo("ERROR(1142)").Or.EqualTo("ERROR(1064)"));

        // A text that lost its FROM reads no table, and is the server's to refuse.
        Assert.That(model.Heard.Where(static h => h != $"Query {text}"), Has.None.Contains(" FROM "));
        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret));
    }

    [Test]
    public async Task Error_of_the_server_over_masked_columns_is_kept_and_show_warnings_with_it([Values] bool isPrepared)
    {
        var model = Model().Says(Masked, (o, ref s) => MySqlError.Write(o, ref s, 1062, "23000", $"Duplicate entry '{Secret}' for key"));
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);
        await f.Client.PrepareAsync(Masked);

        Assert.That(isPrepared ? await f.Client.ExecuteAsync() : await f.Client.QueryAsync(Masked), Is.EqualTo("ERROR(1062)"));
        Assert.That(f.Client.LastError, Does.Contain("kept in the audit trail"));
        Assert.That(await f.Client.QueryAsync("SHOW WARNINGS"), Does.Contain("1062"));
        Assert.That(await f.Client.QueryAsync("SHOW ERRORS"), Does.Not.Contain(Secret));
        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret));
        await f.Trail.FlushAsync();
        Assert.That(f.Records().Select(static r => r.Error ?? ""), Has.Some.Contains(Secret));
    }

    [Test]
    public async Task Caps_end_a_result_with_an_error_that_names_them()
    {
        await using var f = new MySqlSessionFixture(limits: "{ rows: 1 }");
        await f.StartAsync(Model());
        await f.GrantAsync(Masked);
        Assert.That(await f.Client.QueryAsync(Masked), Is.EqualTo("Shape(id,ssn) Row(1,******) ERROR(1104)").Or.StartsWith("Shape(id,ssn) Row(1,******) ERROR("));
        Assert.That(f.Client.LastError, Does.Contain("limits.rows is 1"));
        Assert.That(f.Cancels, Is.EqualTo(1));
        Assert.That(await f.Client.RunAsync(0x0E), Is.EqualTo("OK"), "the cancel hit nothing of the client's");
    }

    [Test]
    public async Task Grant_that_the_session_asks_for_is_the_one_that_is_used()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(Model());
        await f.GrantAsync(Masked);
        var clear = await f.GrantAsync(Masked, unmask: true);
        Assert.That(await f.Client.QueryAsync(Masked), Does.Contain("Row(1,******)"));
        Assert.That(await f.Client.QueryAsync($"SET @jit_grant = {clear.Id}"), Is.EqualTo("OK"));
        Assert.That(await f.Client.QueryAsync(Masked), Does.Contain($"Row(1,{Secret})"));
        Assert.That(await f.Client.RunAsync(0x1F), Is.EqualTo("OK"));
        Assert.That(await f.Client.QueryAsync(Masked), Does.Contain("Row(1,******)"), "a reset takes it back");
    }

    [Test]
    public async Task Near_miss_names_the_difference_and_the_ready_command()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(Model());
        var grant = await f.GrantAsync("SELECT id FROM customers WHERE id = 42");
        Assert.That(await f.Client.QueryAsync("SELECT id FROM customers WHERE id = 43"), Is.EqualTo("ERROR(1142)"));
        Assert.That(f.Client.LastError, Does.Contain($"grant {grant.Id} has \"id = 42\", this has \"id = 43\"").And.Contain("jitproxy request --denied "));
    }

    [Test]
    public async Task Packets_out_of_order_end_the_session([Values(1, 5, 255)] byte sequence)
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(Model());
        var bytes = MySqlSessionClient.BytesOf(f.Client.QueryOf("SELECT 1"));
        bytes[3] = sequence;
        await f.Client.SendBytesAsync(bytes);
        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(1156)"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientViolation));
    }

    [Test]
    public async Task Query_attributes_are_not_mistaken_for_the_text()
    {
        const MySqlCapabilities client = MySqlSessionFixture.Usual | MySqlCapabilities.QueryAttributes;
        await using var f = new MySqlSessionFixture(client: client);
        var model = Model();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);

        // One attribute `n` of type string, with the approved text as its value, in front of another text; and the other way round.
        Assert.That(await f.Client.RunAsync(WithAttribute(Masked, "SELECT ssn FROM customers")), Is.EqualTo("ERROR(1142)"));
        Assert.That(model.Heard, Is.Empty);
        Assert.That(await f.Client.RunAsync(WithAttribute("SELECT ssn FROM customers", Masked)), Does.Contain("Row(1,******)"));
        Assert.That(model.Heard, Is.EqualTo(new[] { $"Query {Masked}" }), "what goes upstream is the approved text, without attributes");

        static byte[] WithAttribute(string value, string text) =>
            [3, 1, 1, 0, 1, 0xFD, 0, 1, (byte)'n', (byte)value.Length, .. Encoding.ASCII.GetBytes(value), .. Encoding.ASCII.GetBytes(text)];
    }

    [Test]
    public async Task Kill_ends_what_is_the_same_persons_and_nothing_else([Values] bool isCommand)
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        var ended = new List<string>();
        f.Numbers.Register(5, Of("alice", "shop"), () => ended.Add("cancel 5"), () => ended.Add("end 5"));
        f.Numbers.Register(6, Of("bob", "shop"), () => ended.Add("cancel 6"), () => ended.Add("end 6"));
        f.Numbers.Register(7, Of("alice", "other"), () => ended.Add("cancel 7"), () => ended.Add("end 7"));
        foreach (var number in new byte[] { 6, 7, 8 })
            Assert.That(isCommand ? await f.Client.RunAsync(0x0C, number, 0, 0, 0) : await f.Client.QueryAsync($"KILL QUERY {number}"), Is.EqualTo("ERROR(1094)"));

        Assert.That(isCommand ? await f.Client.RunAsync(0x0C, 5, 0, 0, 0) : await f.Client.QueryAsync("KILL QUERY 5"), Is.EqualTo("OK"));
        Assert.That(ended, Is.EqualTo(new[] { isCommand ? "end 5" : "cancel 5" }));
        Assert.That(model.Heard, Is.Empty);

        static Server.Capture.SessionIdentity Of(string user, string server) => new(user, "10.0.0.1:1", server, "app", Policy.Sql.SqlDialect.MySql);
    }

    [Test]
    public async Task A_session_that_its_user_ends_over_another_connection_is_told()
    {
        await using var f = await new MySqlSessionFixture().StartAsync(Model());
        f.EndByClient();

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(1053)"));
        Assert.That(f.Client.LastError, Does.Contain("ended by its user over another connection"));
        Assert.That(await f.EndAsync(), Is.EqualTo(Server.Sessions.SessionEnd.Killed));
    }

    [Test]
    public async Task With_disk_rows_wait_for_the_commit_and_do_not_leave_if_it_does_not_come()
    {
        await using var f = new MySqlSessionFixture(audit: "{ durability: disk }", trail: new() { StallLimit = TimeSpan.FromMilliseconds(500), RetryInterval = TimeSpan.FromMilliseconds(50) });
        await f.StartAsync(Model());
        await f.GrantAsync(Masked);
        Assert.That(await f.Client.QueryAsync(Masked), Does.Contain("Row(1,******)"));
        await f.Trail.FlushAsync();
        using (f.HoldTrail())
        {
            Assert.That(await f.Client.QueryAsync(Masked), Does.Contain("ERROR(").And.Not.Contain("Row("));
        }

        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !(await f.Client.QueryAsync(Masked)).Contains("Row(1,******)", StringComparison.Ordinal);)
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), "it goes on by itself");
    }

    private static MySqlModel Model(MySqlCapabilities capabilities = MySqlSessionFixture.Usual) => new MySqlModel { Capabilities = capabilities }
        .Knows(Masked, MySqlTable.Of("customers", "id:int ssn", $"1,{Secret}", "2,-"))
        .Knows("SELECT id, note FROM orders WHERE id = ?", MySqlTable.Of("orders", "id:int note", "7,open"));
}
