using System.Buffers;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.MySql;

internal sealed class MySqlRowTests
{
    private static readonly int[] ValueSizes = [0, 1, 250, 251, 65_535, 65_536, 0xFF_FFFF, 0x100_0000];

    [TestCaseSource(nameof(ValueSizes))]
    public void Value_of_any_size_gets_the_shortest_length_also_if_its_size_was_not_known(int size)
    {
        var value = new byte[size];
        new Random(size).NextBytes(value);
        using var builder = new MySqlRowBuilder();
        foreach (var isBinary in (bool[])[false, true])
        {
            if (isBinary)
                builder.BeginBinary(2);
            else
                builder.BeginText(2);

            builder.OpenValue();
            builder.Write(value);
            builder.CloseValue();
            builder.Add("x"u8);
            var (prefix, head) = (Prefix(size), isBinary ? 2 : 0);
            Assert.That(builder.Payload.Length, Is.EqualTo(head + prefix.Length + size + 2));
            Assert.That(builder.Payload.Slice(head, prefix.Length).ToArray(), Is.EqualTo(prefix));
            Assert.That(builder.Payload.Slice(head + prefix.Length, size).SequenceEqual(value), Is.True);
        }
    }

    [TestCaseSource(nameof(ValueSizes))]
    public void What_stands_in_front_of_a_value_can_be_read_alone_and_byte_by_byte(int size)
    {
        var prefix = Prefix(size);
        for (var there = 0; there < prefix.Length; there++)
            Assert.That(MySqlValuePrefix.TryReadText(prefix.AsSpan(0, there), out _, out _, out _), Is.EqualTo(OperationStatus.NeedMoreData));

        Assert.That(MySqlValuePrefix.TryReadText([.. prefix, 1, 2], out var valueSize, out var prefixSize, out var isNull), Is.EqualTo(OperationStatus.Done));
        Assert.That((valueSize, prefixSize, isNull), Is.EqualTo(((long)size, prefix.Length, false)));
        Assert.That(MySqlValuePrefix.TryReadBinary(prefix, MySqlType.Blob, out valueSize, out prefixSize), Is.EqualTo(OperationStatus.Done));
        Assert.That((valueSize, prefixSize), Is.EqualTo(((long)size, prefix.Length)));
        Span<byte> written = stackalloc byte[MySqlValuePrefix.SizeMax];
        Assert.That(written[..MySqlValuePrefix.WriteText(written, size)].ToArray(), Is.EqualTo(prefix));
        Assert.That(written[..MySqlValuePrefix.WriteBinary(written, MySqlType.Json, size)].ToArray(), Is.EqualTo(prefix));
    }

    [Test]
    public void Null_and_fixed_sizes_have_no_length()
    {
        Assert.That(MySqlValuePrefix.TryReadText([0xfb], out var size, out var prefixSize, out var isNull), Is.EqualTo(OperationStatus.Done));
        Assert.That((size, prefixSize, isNull), Is.EqualTo((0L, 1, true)));
        Span<byte> written = stackalloc byte[MySqlValuePrefix.SizeMax];
        Assert.That(MySqlValuePrefix.WriteText(written, null), Is.EqualTo(1));
        Assert.That(written[0], Is.EqualTo(0xfb));
        Assert.That(MySqlValuePrefix.TryReadBinary([], MySqlType.LongLong, out size, out prefixSize), Is.EqualTo(OperationStatus.Done));
        Assert.That((size, prefixSize), Is.EqualTo((8L, 0)));
        Assert.That(MySqlValuePrefix.TryReadBinary([], MySqlType.Time, out _, out _), Is.EqualTo(OperationStatus.NeedMoreData));
        Assert.That(MySqlValuePrefix.TryReadBinary([7], MySqlType.Time, out _, out _), Is.EqualTo(OperationStatus.InvalidData));
        Assert.That(MySqlValuePrefix.TryReadBinary([0xff], MySqlType.Blob, out _, out _), Is.EqualTo(OperationStatus.InvalidData));
        Assert.That(MySqlValuePrefix.TryReadText([0xfe, 255, 255, 255, 255, 255, 255, 255, 255], out _, out _, out _), Is.EqualTo(OperationStatus.InvalidData));
    }

    [Test]
    public void Null_bits_of_a_wide_binary_row_stand_at_their_places()
    {
        using var builder = new MySqlRowBuilder();
        var types = Enumerable.Repeat(MySqlType.Tiny, 100).ToArray();
        builder.BeginBinary(types.Length);
        for (var index = 0; index < types.Length; index++)
        {
            if (index % 3 == 0)
                builder.AddNull();
            else
                builder.Add(MySqlType.Tiny, [(byte)index]);
        }

        Assert.That(MySqlBinaryRow.TryParse(builder.Payload, types, out var row), Is.True);
        var at = 0;
        foreach (var value in row)
        {
            Assert.That(value.IsNull, Is.EqualTo(at % 3 == 0));
            if (!value.IsNull)
                Assert.That(value.Bytes[0], Is.EqualTo(at));

            at++;
        }

        Assert.That(at, Is.EqualTo(100));
    }

    [Test]
    public void Builder_refuses_a_row_that_is_not_whole_or_has_too_many_columns()
    {
        using var builder = new MySqlRowBuilder();
        builder.BeginBinary(1);
        Assert.That(() => builder.Payload.Length, Throws.InvalidOperationException);
        Assert.That(() => builder.Add(MySqlType.Date, new byte[5]), Throws.ArgumentException);
        Assert.That(() => builder.Add(MySqlType.LongLong, new byte[5]), Throws.ArgumentException);
        Assert.That(() => builder.Add((MySqlType)14, []), Throws.ArgumentException);
        builder.OpenValue();
        Assert.That(() => builder.Payload.Length, Throws.InvalidOperationException);
        Assert.That(builder.AddNull, Throws.InvalidOperationException);
        builder.CloseValue();
        Assert.That(builder.Payload.Length, Is.EqualTo(3));
        Assert.That(builder.AddNull, Throws.InvalidOperationException);
        Assert.That(() => builder.Advance(1), Throws.InvalidOperationException);
        Assert.That(builder.CloseValue, Throws.InvalidOperationException);
        Assert.That(() => builder.BeginText(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Masking_rows_allocates_nothing()
    {
        using var builder = new MySqlRowBuilder();
        MySqlType[] types = [MySqlType.Long, MySqlType.VarString];
        builder.BeginBinary(2);
        builder.Add(MySqlType.Long, [1, 0, 0, 0]);
        builder.Add("secret"u8);
        var row = builder.Payload.ToArray();
        var output = new ArrayBufferWriter<byte>(1 << 20);
        Mask(row, types, builder, output);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++)
            Mask(row, types, builder, output);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(output.WrittenCount, Is.EqualTo(1001 * (4 + 2 + 4 + 1 + 3)));
    }

    [Test]
    public void Execution_with_many_parameters_is_read_and_written()
    {
        var parameters = Enumerable.Range(0, 65_535).Select(index => new MySqlParameter(new(MySqlType.Tiny, false), index % 2 == 0 ? (ReadOnlyMemory<byte>?)null : new byte[1])).ToArray();
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        MySqlStmtExecute.Write(output, ref sequence, 1, MySqlCursorKind.ReadOnly, parameters);
        Assert.That(MySqlStmtExecute.TryParse(output.WrittenSpan[4..], default, 65_535, default, default, out var message), Is.True);
        Assert.That((message.Cursor, message.Parameters.Count), Is.EqualTo((MySqlCursorKind.ReadOnly, 65_535)));
        Assert.That(() => MySqlStmtExecute.Write(output, ref sequence, 1, default, [.. parameters, parameters[0]]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Types_of_an_earlier_execution_are_needed_when_none_come()
    {
        byte[] body = [0x17, 5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 42];
        Assert.That(MySqlStmtExecute.TryParse(body, default, 1, default, default, out _), Is.False);
        Assert.That(MySqlStmtExecute.TryParse(body, default, 1, [new(MySqlType.Tiny, true)], default, out var message), Is.True);
        Assert.That(message.Parameters.HasTypes, Is.False);
        foreach (var item in message.Parameters)
            Assert.That((item.Type, item.Value.Bytes[0]), Is.EqualTo((new MySqlParameterType(MySqlType.Tiny, true), (byte)42)));
    }

    private static void Mask(byte[] row, MySqlType[] types, MySqlRowBuilder builder, ArrayBufferWriter<byte> output)
    {
        byte sequence = 0;
        if (!MySqlBinaryRow.TryParse(row, types, out var message))
            throw new InvalidOperationException("a row of the test is malformed");

        builder.BeginBinary(types.Length);
        var index = 0;
        foreach (var value in message)
        {
            if (index == 1)
            {
                builder.OpenValue();
                builder.Write("***"u8);
                builder.CloseValue();
            }
            else
            {
                builder.Add(types[index], value.Bytes);
            }

            index++;
        }

        builder.WriteTo(output, ref sequence);
    }

    private static byte[] Prefix(int size) => size switch
    {
        < 251 => [(byte)size],
        < 0x1_0000 => [0xfc, (byte)(size & 0xff), (byte)(size >> 8)],
        < 0x100_0000 => [0xfd, (byte)(size & 0xff), (byte)((size >> 8) & 0xff), (byte)(size >> 16)],
        _ => [0xfe, (byte)(size & 0xff), (byte)((size >> 8) & 0xff), (byte)((size >> 16) & 0xff), (byte)(size >> 24), 0, 0, 0, 0],
    };
}
