using System.Buffers;
using System.Text;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.MySql;

internal sealed class MySqlResponseTests
{
    private const int Full = MySqlPacketHeader.BodySizeMax;

    [TestCase(0x00, MySqlResponseKind.Ok)]
    [TestCase(0xff, MySqlResponseKind.Error)]
    [TestCase(0xfb, MySqlResponseKind.LocalInFile)]
    [TestCase(0x01, MySqlResponseKind.ResultSet)]
    [TestCase(0xfc, MySqlResponseKind.ResultSet)]
    [TestCase(0xfe, MySqlResponseKind.Unknown)]
    public void First_packet_of_an_answer_is_told_by_its_first_byte(int first, MySqlResponseKind expected) =>
        Assert.That(MySqlResponse.KindOf((byte)first), Is.EqualTo(expected));

    // A row may begin with 0xFE: before a value of 16 MiB, in a packet that is full.
    [TestCase(0xfe, 5, false, MySqlResponseKind.Eof)]
    [TestCase(0xfe, 8, false, MySqlResponseKind.Eof)]
    [TestCase(0xfe, 9, false, MySqlResponseKind.Row)]
    [TestCase(0xfe, Full, false, MySqlResponseKind.Row)]
    [TestCase(0xfe, 7, true, MySqlResponseKind.Ok)]
    [TestCase(0xfe, 9, true, MySqlResponseKind.Ok)]
    [TestCase(0xfe, Full - 1, true, MySqlResponseKind.Ok)]
    [TestCase(0xfe, Full, true, MySqlResponseKind.Row)]
    [TestCase(0xff, 9, true, MySqlResponseKind.Error)]
    [TestCase(0xfb, 2, true, MySqlResponseKind.Row)]
    [TestCase(0x00, 2, false, MySqlResponseKind.Row)]
    public void Packet_behind_rows_is_told_by_first_byte_and_size(int first, int size, bool isEofDeprecated, MySqlResponseKind expected) =>
        Assert.That(MySqlResponse.KindOfRow((byte)first, size, isEofDeprecated), Is.EqualTo(expected));

    [Test]
    public void Changes_of_the_session_are_told_only_to_a_client_that_tracks_them([Values] bool isTracked)
    {
        var entries = new ArrayBufferWriter<byte>();
        MySqlSessionChange.Write(entries, MySqlSessionChangeKind.Schema, "app"u8);
        MySqlSessionChange.WriteVariable(entries, "sql_mode"u8, ""u8);
        var capabilities = isTracked ? MySqlCapabilities.SessionTrack : default;
        var changes = entries.WrittenSpan.ToArray();
        var body = MySqlDecoders.Body((output, ref sequence) => MySqlOk.Write(output, ref sequence, capabilities, MySqlServerStatus.Autocommit, text: "hi"u8, changes: changes));
        Assert.That(MySqlOk.TryParse(body, capabilities, out var ok), Is.True);
        Assert.That(ok.Message.ToArray(), Is.EqualTo("hi"u8.ToArray()));
        Assert.That((ok.Status & MySqlServerStatus.SessionStateChanged) != 0, Is.EqualTo(isTracked));
        var seen = new List<string>();
        foreach (var change in ok.Changes)
            seen.Add($"{change.Kind} {Encoding.UTF8.GetString(change.Name)}={Encoding.UTF8.GetString(change.Value)}");

        Assert.That(seen, Is.EqualTo(isTracked ? (string[])["Schema =app", "SystemVariable sql_mode="] : []));
    }

    [Test]
    public void Error_that_is_too_long_is_cut_between_characters()
    {
        var text = "x" + new string('é', 5000);
        var body = MySqlDecoders.Body((output, ref sequence) => MySqlError.Write(output, ref sequence, 1142, "42000", text));
        Assert.That(MySqlError.TryParse(body, out var error), Is.True);
        Assert.That(error.Code, Is.EqualTo(1142));
        var message = Encoding.UTF8.GetString(error.Message);
        Assert.That(message, Is.EqualTo(text[..message.Length]));
        Assert.That(error.Message.Length, Is.EqualTo(MySqlError.MessageSizeMax - 1));
    }

    [Test]
    public void Progress_report_is_no_error()
    {
        Assert.That(MySqlError.TryParse([0xff, 0xff, 0xff, 1, 2, 0, 0, 1, 1, (byte)'x'], out var error), Is.True);
        Assert.That(error.IsProgress, Is.True);
    }

    // The largest value of a form may come in the next longer one (mysql2 writes it so); anything more overlong may not.
    [TestCase("FCFFFF", 65535ul)]
    [TestCase("FDFFFF00", 65535ul)]
    [TestCase("FDFEFF00", null)]
    [TestCase("FEFFFFFF0000000000", 16777215ul)]
    [TestCase("FEFEFFFF0000000000", null)]
    [TestCase("FEFFFFFFFFFFFFFFFF", ulong.MaxValue)]
    [TestCase("FCFB00", 251ul)]
    [TestCase("FCFA00", null)]
    [TestCase("FA", 250ul)]
    [TestCase("FB", null)]
    [TestCase("FF", null)]
    public void Integer_has_its_shortest_form(string hex, ulong? expected)
    {
        var bytes = Convert.FromHexString(hex);
        var cursor = new ByteCursor(bytes);
        Assert.That(cursor.TryReadInteger(out var value), Is.EqualTo(expected is not null));
        if (expected is not null)
            Assert.That(value, Is.EqualTo(expected));

        Assert.That(cursor.IsAtEnd, Is.EqualTo(expected is not null), "what cannot be read is left where it is");
    }

    private static readonly Action<IBufferWriter<byte>>[] Unwritable =
    [
        Try((output, ref sequence) => MySqlHandshake.Write(output, ref sequence, "9\0"u8, 1, default, 45, default, "p"u8, "abcdefghijklmnopqrst"u8)),
        Try((output, ref sequence) => MySqlHandshake.Write(output, ref sequence, "9"u8, 1, default, 45, default, "p"u8, "abcdefghijklmnopqrs"u8)),
        Try((output, ref sequence) => MySqlHandshake.Write(output, ref sequence, "9"u8, 1, default, 45, default, "p"u8, "abcdefghijklmnopqrs\0"u8)),
        Try((output, ref sequence) => MySqlHandshake.Write(output, ref sequence, new byte[256], 1, default, 45, default, "p"u8, "abcdefghijklmnopqrst"u8)),
        Try((output, ref sequence) => MySqlHandshakeResponse.Write(output, ref sequence, default, 0, 45, "a\0b"u8, default, default, "p"u8, [])),
        Try((output, ref sequence) => MySqlHandshakeResponse.Write(output, ref sequence, default, 0, 45, "a"u8, default, "d\0"u8, "p"u8, [])),
        Try((output, ref sequence) => MySqlHandshakeResponse.Write(output, ref sequence, default, 0, 45, "a"u8, default, default, "p"u8, [new([1], new byte[65_536])])),
        Try((output, ref sequence) => MySqlAuthSwitchRequest.Write(output, ref sequence, "p\0"u8, default)),
        Try((output, ref sequence) => MySqlError.Write(output, ref sequence, 1, "4200"u8, "x"u8)),
        Try((output, ref sequence) => MySqlResultSetHeader.Write(output, ref sequence, 0)),
        Try((output, ref sequence) => MySqlResultSetHeader.Write(output, ref sequence, 65_536)),
        Try((output, ref sequence) => MySqlOk.Write(output, ref sequence, default, default, text: new byte[Full])),
        Try((output, ref sequence) => MySqlTextCommand.Write(output, ref sequence, MySqlCommand.Query, "x"u8)),
        Try((output, ref sequence) => MySqlPlainCommand.Write(output, ref sequence, MySqlCommand.Query)),
        Try((output, ref sequence) => MySqlStmtCommand.Write(output, ref sequence, MySqlCommand.StmtClose, 1, 1)),
        Try((output, ref sequence) => MySqlStmtCommand.Write(output, ref sequence, MySqlCommand.StmtExecute, 1)),
        Try((output, ref sequence) => MySqlNumberCommand.Write(output, ref sequence, MySqlCommand.SetOption, 65_536)),
        Try((output, ref sequence) => MySqlFieldList.Write(output, ref sequence, "t\0"u8, default)),
        Try((output, ref sequence) => MySqlChangeUser.Write(output, ref sequence, "bob"u8, new byte[256], default, 45, "p"u8)),
        Try((output, ref sequence) => MySqlStmtExecute.Write(output, ref sequence, 1, default, [new(new(MySqlType.Date, false), new byte[5])])),
        output => MySqlSessionChange.Write(output, MySqlSessionChangeKind.SystemVariable, "x"u8),
    ];

    [TestCaseSource(nameof(Unwritable))]
    public void What_cannot_be_written_is_refused_and_leaves_nothing_behind(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.That(() => write(output), Throws.InstanceOf<ArgumentException>());
        Assert.That(output.WrittenCount, Is.Zero);
    }

    private static Action<IBufferWriter<byte>> Try(MySqlDecoders.Writer write) => output =>
    {
        byte sequence = 3;
        try
        {
            write(output, ref sequence);
        }
        finally
        {
            Assert.That(sequence, Is.EqualTo(3), "nor is the number used up");
        }
    };
}
