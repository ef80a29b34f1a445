using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.Postgres;

internal sealed class PgWriterTests
{
    private static readonly Action<IBufferWriter<byte>>[] NulInside =
    [
        output => PgQuery.Write(output, "select 1\0; drop"u8),
        output => PgParse.Write(output, "a\0b"u8, "x"u8, []),
        output => PgParse.Write(output, "a"u8, "x\0y"u8, []),
        output => PgBind.Write(output, "a\0"u8, "s"u8, [], [], []),
        output => PgBind.Write(output, "a"u8, "\0s"u8, [], [], []),
        output => PgDescribe.Write(output, PgObjectKind.Statement, "\0"u8),
        output => PgClose.Write(output, PgObjectKind.Portal, "\0"u8),
        output => PgExecute.Write(output, "p\0"u8, 0),
        output => PgPassword.Write(output, "p\0"u8),
        output => PgSaslInitialResponse.Write(output, "m\0"u8, "n,,"u8),
        output => PgCopyFail.Write(output, "p\0"u8),
        output => PgStartup.Write(output, PgStartup.Version30, [new("user"u8.ToArray(), "x\0user\0admin"u8.ToArray())]),
        output => PgStartup.Write(output, PgStartup.Version30, [new("user\0x"u8.ToArray(), "y"u8.ToArray())]),
        output => PgParameterStatus.Write(output, "a\0"u8, "b"u8),
        output => PgParameterStatus.Write(output, "a"u8, "\0b"u8),
        output => PgNegotiateProtocolVersion.Write(output, PgStartup.Version30, ["_pq_.\0"]),
        output => PgRowDescription.Write(output, [new PgColumnSpec("i\0d"u8.ToArray(), 23, 4)]),
        output => PgCommandComplete.Write(output, "SELECT\0 1"u8),
        output => PgNotificationResponse.Write(output, 1, "a\0"u8, "b"u8),
        output => PgAuthentication.WriteSasl(output, "A\0"u8),
    ];

    [TestCaseSource(nameof(NulInside))]
    public void Nul_inside_a_string_is_refused_and_leaves_nothing_behind(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.That(() => write(output), Throws.InstanceOf<ArgumentException>());
        Assert.That(output.WrittenCount, Is.Zero);
    }

    private static readonly Action<IBufferWriter<byte>>[] OverTheLimit =
    [
        output => PgBind.Write(output, default, default, [], new ReadOnlyMemory<byte>?[65_536], []),
        output => PgDataRow.Write(output, new ReadOnlyMemory<byte>?[65_536]),
        output => PgParse.Write(output, default, default, new uint[65_536]),
        output => PgRowDescription.Write(output, new PgColumnSpec[65_536]),
        output => PgDataRow.Write(output, [.. Enumerable.Repeat<ReadOnlyMemory<byte>?>(new byte[1 << 20], 2049)]),
        output => PgStartup.Write(output, PgStartup.Version30, [new("user"u8.ToArray(), new byte[10_000])]),
        output => PgBackendKeyData.Write(output, 1, new byte[257]),
        output => PgBackendKeyData.Write(output, 1, new byte[3]),
        output => PgCancelRequest.Write(output, 1, new byte[257]),
        output => PgExecute.Write(output, default, -1),
        output => PgAuthentication.WriteMd5Password(output, new byte[5]),
    ];

    [TestCaseSource(nameof(OverTheLimit))]
    public void Count_or_size_over_the_limit_is_refused_and_leaves_nothing_behind(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.That(() => write(output), Throws.InstanceOf<ArgumentException>());
        Assert.That(output.WrittenCount, Is.Zero);
    }

    [Test]
    public void Bind_takes_65535_parameters()
    {
        var output = new ArrayBufferWriter<byte>();
        PgBind.Write(output, default, default, [], new ReadOnlyMemory<byte>?[65_535], []);
        Assert.That(PgBind.TryParse(output.WrittenSpan[5..], out var message), Is.True);
        Assert.That(message.Parameters.Count, Is.EqualTo(65_535));
    }

    [Test]
    public void Random_messages_declare_the_length_that_they_have_and_read_back_as_written()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var values = new ReadOnlyMemory<byte>?[random.Next(20)];
            for (var index = 0; index < values.Length; index++)
                values[index] = random.Next(4) == 0 ? (ReadOnlyMemory<byte>?)null : RandomBytes(random, 300);

            var formats = new short[random.Next(3) switch { 0 => 0, 1 => 1, _ => values.Length }];
            var (portal, statement) = (RandomText(random), RandomText(random));
            var output = new ArrayBufferWriter<byte>();
            PgBind.Write(output, portal, statement, formats, values, formats);
            var bind = output.WrittenSpan.ToArray();
            Assert.That(BinaryPrimitives.ReadInt32BigEndian(bind.AsSpan(1)), Is.EqualTo(bind.Length - 1));
            Assert.That(PgBind.TryParse(bind.AsSpan(5), out var message), Is.True);
            Assert.That(message.Portal.ToArray(), Is.EqualTo(portal));
            Assert.That(message.Statement.ToArray(), Is.EqualTo(statement));

            var at = 0;
            foreach (var value in message.Parameters)
            {
                Assert.That(value.IsNull, Is.EqualTo(values[at] is null));
                Assert.That(value.Bytes.SequenceEqual(values[at] is { } expected ? expected.Span : default), Is.True);
                at++;
            }

            Assert.That(at, Is.EqualTo(values.Length));
        }
    }

    [Test]
    public void Error_reads_back_with_its_fields_and_without_nul()
    {
        var output = new ArrayBufferWriter<byte>();
        PgErrorResponse.Write(output, new PgNotice("ERROR", "42501", "alice\0 may not", "no grant", "ask"));
        Assert.That(output.WrittenSpan[0], Is.EqualTo((byte)'E'));
        Assert.That(PgErrorResponse.TryParse(output.WrittenSpan[5..], out var message), Is.True);
        Assert.That(Encoding.UTF8.GetString(message.Severity), Is.EqualTo("ERROR"));
        Assert.That(Encoding.UTF8.GetString(message.Code), Is.EqualTo("42501"));
        Assert.That(Encoding.UTF8.GetString(message.Message), Is.EqualTo("alice\uFFFD may not"));
        Assert.That(Encoding.UTF8.GetString(message.Detail), Is.EqualTo("no grant"));
        Assert.That(Encoding.UTF8.GetString(message.Hint), Is.EqualTo("ask"));
        Assert.That(message.Field(PgErrorField.Where).IsEmpty, Is.True);
    }

    [Test]
    public void Error_without_any_field_has_empty_ones()
    {
        Assert.That(PgErrorResponse.TryParse("\0"u8, out var message), Is.True);
        Assert.That(message.Code.Length + message.Severity.Length + message.Message.Length, Is.Zero);
    }

    [TestCase("SELECT 12", 12)]
    [TestCase("INSERT 0 3", 3)]
    [TestCase("BEGIN", 0)]
    [TestCase("SELECT -x", 0)]
    [TestCase("SELECT 99999999999999999999999", 0)]
    public void Command_tag_gives_its_row_count(string tag, long expected)
    {
        Assert.That(PgCommandComplete.TryParse(Encoding.ASCII.GetBytes(tag + "\0"), out var message), Is.True);
        Assert.That(message.RowCount, Is.EqualTo(expected));
    }

    [Test]
    public void Row_builder_turns_a_value_begun_into_null_and_drops_what_was_written()
    {
        using var builder = new PgDataRowBuilder();
        builder.Begin(2);
        builder.OpenValue();
        builder.Write("secret"u8);
        builder.CloseAsNull();
        builder.OpenValue();
        builder.Write("**"u8);
        builder.CloseValue();
        Assert.That(builder.Message.ToArray(), Is.EqualTo((byte[])[(byte)'D', 0, 0, 0, 16, 0, 2, 255, 255, 255, 255, 0, 0, 0, 2, 42, 42]));
    }

    [Test]
    public void Row_builder_refuses_a_row_that_is_not_whole_or_has_too_many_columns()
    {
        using var builder = new PgDataRowBuilder();
        builder.Begin(1);
        Assert.That(() => builder.Message.Length, Throws.InvalidOperationException);
        builder.OpenValue();
        Assert.That(() => builder.Message.Length, Throws.InvalidOperationException);
        Assert.That(builder.AddNull, Throws.InvalidOperationException);
        builder.CloseValue();
        Assert.That(builder.Message.Length, Is.EqualTo(11));
        Assert.That(builder.AddNull, Throws.InvalidOperationException);
        Assert.That(() => builder.Advance(1), Throws.InvalidOperationException);
    }

    [Test]
    public void Format_of_a_column_follows_the_rule_of_none_one_or_each()
    {
        static short[] FormatsOf(byte[] formats)
        {
            byte[] body = [0, 0, 0, 0, 0, 0, 0, (byte)(formats.Length / 2), .. formats];
            return PgBind.TryParse(body, out var bind) ? [bind.ResultFormats.FormatOf(0), bind.ResultFormats.FormatOf(1)] : [];
        }

        Assert.That(FormatsOf([]), Is.EqualTo(new short[] { 0, 0 }));
        Assert.That(FormatsOf([0, 1]), Is.EqualTo(new short[] { 1, 1 }));
        Assert.That(FormatsOf([0, 0, 0, 1]), Is.EqualTo(new short[] { 0, 1 }));
    }

    private static byte[] RandomBytes(Random random, int sizeMax)
    {
        var bytes = new byte[random.Next(sizeMax)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] RandomText(Random random) => [.. RandomBytes(random, 60).Select(value => value == 0 ? (byte)1 : value)];
}
