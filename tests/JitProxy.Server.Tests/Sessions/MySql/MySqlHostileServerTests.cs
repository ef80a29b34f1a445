using System.Buffers;
using System.Text;
using JitProxy.Server.Sessions;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>A server that breaks the protocol, or changes what decisions were made by: nothing of it reaches the client, and the session ends.</summary>
internal sealed class MySqlHostileServerTests
{
    private const string Masked = "SELECT id, ssn FROM customers";
    private const string Secret = "078-05-1120";
    private static readonly MySqlTable Rows = MySqlTable.Of("customers", "id:int ssn", $"1,{Secret}");

    private static readonly Dictionary<string, MySqlModel.Writer> Attacks = new()
    {
        ["asks for a file of the client"] = static (o, ref s) => Raw(o, ref s, [0xFB, .. "/etc/passwd"u8]),
        ["rows without columns"] = static (o, ref s) => Rows.WriteRows(o, ref s, isBinary: false),
        ["an OK for a read"] = static (o, ref s) => MySqlOk.Write(o, ref s, MySqlSessionFixture.Usual, MySqlModel.Status),
        ["no columns"] = static (o, ref s) => Raw(o, ref s, [0]),
        ["65536 columns"] = static (o, ref s) => Raw(o, ref s, [0xFD, 0, 0, 1]),
        ["an empty packet"] = static (o, ref s) => Raw(o, ref s, []),
        ["a progress report"] = static (o, ref s) => Raw(o, ref s, [0xFF, 0xFF, 0xFF, 1, 2, 3, 0, 0, 0, 0]),
        ["a malformed error"] = static (o, ref s) => Raw(o, ref s, [0xFF]),
        ["a row too short"] = static (o, ref s) => WithRow(o, ref s, [1, (byte)'1']),
        ["a row too long"] = static (o, ref s) => WithRow(o, ref s, [1, (byte)'1', 11, .. Encoding.ASCII.GetBytes(Secret), 11, .. Encoding.ASCII.GetBytes(Secret)]),
        ["a row whose value is longer than it"] = static (o, ref s) => WithRow(o, ref s, [1, (byte)'1', 200, .. Encoding.ASCII.GetBytes(Secret)]),
        ["a length in a longer form than it needs"] = static (o, ref s) => WithRow(o, ref s, [1, (byte)'1', 0xFC, 11, 0, .. Encoding.ASCII.GetBytes(Secret)]),
        ["a length of 2^63"] = static (o, ref s) => WithRow(o, ref s, [1, (byte)'1', 0xFE, 0, 0, 0, 0, 0, 0, 0, 0x80, .. Encoding.ASCII.GetBytes(Secret)]),
        ["a number skipped"] = static (o, ref s) =>
        {
            s++;
            Raw(o, ref s, [2]);
        },
        ["another result behind the end"] = static (o, ref s) => WithEnd(o, ref s, MySqlModel.Status | MySqlServerStatus.MoreResultsExist),
        ["output parameters"] = static (o, ref s) => WithEnd(o, ref s, MySqlModel.Status | MySqlServerStatus.PsOutParameters),
        ["backslashes that do not escape"] = static (o, ref s) => WithEnd(o, ref s, MySqlModel.Status | MySqlServerStatus.NoBackslashEscapes),
        ["a mode that changes texts"] = static (o, ref s) => WithChange(o, ref s, "sql_mode", "ANSI_QUOTES"),
        ["a character set"] = static (o, ref s) => WithChange(o, ref s, "character_set_client", "gbk"),
        ["a session that may write"] = static (o, ref s) => WithChange(o, ref s, "transaction_read_only", "OFF"),
        ["any setting, of a statement that only reads"] = static (o, ref s) => WithChange(o, ref s, "div_precision_increment", "9"),
        ["another database"] = static (o, ref s) => WithChange(o, ref s, MySqlSessionChangeKind.Schema, "evil"),
        ["columns beyond what is held"] = static (o, ref s) => Raw(o, ref s, [2, 3]),
    };

    private static IEnumerable<string> Names => Attacks.Keys;

    [TestCaseSource(nameof(Names))]
    public async Task Answer_that_may_not_be_ends_the_session(string attack)
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(new MySqlModel().Says(Masked, Attacks[attack]));
        await f.GrantAsync(Masked);

        var heard = await f.Client.QueryAsync(Masked);
        Assert.That(heard, Does.Not.Contain(" End").And.Not.Contain("OK"));
        Assert.That(heard.Contains("closed", StringComparison.Ordinal) || heard.Contains("ERROR(", StringComparison.Ordinal), heard);
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamViolation).Or.EqualTo(SessionEnd.StateChanged));
        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret).And.Not.Contain("/etc/passwd"));
        await f.Trail.FlushAsync();
        Assert.That(f.Records().Count(static r => r.Event == Storage.Audit.AuditEvent.Finished), Is.EqualTo(1), "its execution has an end");
    }

    [Test]
    public async Task Word_that_nobody_asked_for_ends_the_session()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(new MySqlModel());
        var packet = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        MySqlError.Write(packet, ref sequence, 1053, "08S01", "Server shutdown in progress");
        await MySqlPackets.SendAsync(f.Upstream.Output, packet.WrittenSpan.ToArray(), isSliced: false);

        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(1053)"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamLost));
    }

    [Test]
    public async Task Bytes_behind_an_answer_end_the_session()
    {
        await using var f = new MySqlSessionFixture();
        var model = new MySqlModel();
        await f.StartAsync(model.Says(Masked, (o, ref s) =>
        {
            model.Result(o, ref s, Rows, isBinary: false);
            Raw(o, ref s, [0, 0, 0, 2, 0, 0, 0]);
        }));
        await f.GrantAsync(Masked);
        await f.Client.QueryAsync(Masked);
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamViolation));
    }

    [Test]
    public async Task Server_that_does_not_take_the_settings_opens_no_session()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(static _ => [9, 0, 0, 1, 0xFF, 0x21, 4, (byte)'#', .. "42000"u8], hear: false);
        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(1080)"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamViolation));
    }

    private static void Raw(IBufferWriter<byte> output, ref byte sequence, byte[] payload) => MySqlAuthMoreData.WriteResponse(output, ref sequence, payload);

    private static void Begin(IBufferWriter<byte> output, ref byte sequence)
    {
        MySqlResultSetHeader.Write(output, ref sequence, 2);
        Rows.WriteColumns(output, ref sequence);
    }

    private static void WithRow(IBufferWriter<byte> output, ref byte sequence, byte[] row)
    {
        Begin(output, ref sequence);
        Raw(output, ref sequence, row);
        MySqlOk.Write(output, ref sequence, MySqlSessionFixture.Usual, MySqlModel.Status, isEnd: true);
    }

    private static void WithEnd(IBufferWriter<byte> output, ref byte sequence, MySqlServerStatus status)
    {
        Begin(output, ref sequence);
        MySqlOk.Write(output, ref sequence, MySqlSessionFixture.Usual, status, isEnd: true);
    }

    private static void WithChange(IBufferWriter<byte> output, ref byte sequence, string name, string value)
    {
        var changes = new ArrayBufferWriter<byte>();
        MySqlSessionChange.WriteVariable(changes, Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        Begin(output, ref sequence);
        MySqlOk.Write(output, ref sequence, MySqlSessionFixture.Usual, MySqlModel.Status, changes: changes.WrittenSpan, isEnd: true);
    }

    private static void WithChange(IBufferWriter<byte> output, ref byte sequence, MySqlSessionChangeKind kind, string value)
    {
        var changes = new ArrayBufferWriter<byte>();
        MySqlSessionChange.Write(changes, kind, Encoding.ASCII.GetBytes(value));
        Begin(output, ref sequence);
        MySqlOk.Write(output, ref sequence, MySqlSessionFixture.Usual, MySqlModel.Status, changes: changes.WrittenSpan, isEnd: true);
    }
}
