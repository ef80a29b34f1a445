using System.Buffers;
using JitProxy.Wire.MySql;
using NUnit.Framework;
using static JitProxy.Wire.Tests.MySql.MySqlDecoders;

namespace JitProxy.Wire.Tests.MySql;

/// <summary>Decoders of results: what columns there are, and rows.</summary>
internal static class MySqlRowDecoders
{
    private static readonly byte[] ColumnNumbers = [12, 45, 0, 80, 0, 0, 0, 253, 1, 0, 0, 0, 0];
    private static readonly byte[] ColumnNames = [3, .. "def"u8, 3, .. "app"u8, 1, .. "c"u8, 9, .. "customers"u8, 2, .. "id"u8, 2, .. "id"u8];

    private static readonly MySqlType[] Types =
    [
        MySqlType.Tiny, MySqlType.Short, MySqlType.Long, MySqlType.LongLong, MySqlType.Float, MySqlType.Double, MySqlType.Date, MySqlType.Time,
        MySqlType.VarString, MySqlType.Null,
    ];

    private static readonly byte[] Numbers = [1, 1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8];

    public static readonly Decoder[] All =
    [
        new("Column", body => ReadColumn(body, isListed: false),
            [[.. ColumnNames, .. ColumnNumbers], [3, .. "def"u8, 0, 0, 0, 1, .. "1"u8, 0, .. ColumnNumbers]],
            [
                [3, .. "xyz"u8, 0, 0, 0, 1, .. "1"u8, 0, .. ColumnNumbers],
                [.. ColumnNames, 11, .. ColumnNumbers[1..]],
                [.. ColumnNames, .. ColumnNumbers[..7], 14, .. ColumnNumbers[8..]],
                [.. ColumnNames, .. ColumnNumbers[..7], 200, .. ColumnNumbers[8..]],
                [3, .. "def"u8, 0xfb, 0, 0, 1, .. "1"u8, 0, .. ColumnNumbers],
                [3, .. "def"u8, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255],
                [.. ColumnNames, 4, 1, 2, 3, 4, .. ColumnNumbers],
            ]),
        new("Column of a list", body => ReadColumn(body, isListed: true),
            [[.. ColumnNames, .. ColumnNumbers, 2, .. "no"u8], [.. ColumnNames, .. ColumnNumbers, 0xfb], [.. ColumnNames, .. ColumnNumbers, 0]],
            [[.. ColumnNames, .. ColumnNumbers, 0xff], [.. ColumnNames, .. ColumnNumbers, 9]]),
        new("StmtPrepareOk", ReadStmtPrepareOk, [[0, 5, 0, 0, 0, 2, 0, 1, 0, 0, 3, 0]], [[0, 5, 0, 0, 0, 2, 0, 1, 0, 1, 3, 0], [1, 5, 0, 0, 0, 2, 0, 1, 0, 0, 3, 0]]),
        new("TextRow", ReadTextRow,
            [[2, .. "42"u8, 0xfb, 0], [0xfb, 0xfb, 0xfb], [0xfc, 0, 1, .. new byte[256], 0, 0]],
            [[0xff, 0, 0], [0xfe, 255, 255, 255, 255, 255, 255, 255, 127, 0, 0], [0xfc, 1, 0, 0, 0, 0], [1, 1, 1]]),
        new("BinaryRow", ReadBinaryRow,
            [
                [0, 0, 8, .. Numbers, 4, 234, 7, 1, 31, 8, .. new byte[8], 2, .. "hi"u8],
                [0, 0xfc, 0x0f],
                [0, 0, 8, .. Numbers, 0, 0, 0],
                [0, 0, 0, .. Numbers, 11, .. new byte[11], 12, .. new byte[12], 0],
            ],
            [
                [1, 0xfc, 0x0f],
                [0, 0, 8, .. Numbers, 5, .. new byte[5], 0, 0],
                [0, 0, 8, .. Numbers, 0, 7, .. new byte[7], 0],
                [0, 0, 8, .. Numbers, 0, 0, 0xfb],
                [0, 0, 8, .. Numbers, 0, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255],
            ]),
    ];

    private static byte[]? ReadColumn(byte[] body, bool isListed)
    {
        if (!MySqlColumn.TryParse(body, isListed, out var message))
            return null;

        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        message.Write(output, ref sequence, isListed);
        var written = output.WrittenSpan[4..].ToArray();

        // The filler is not looked at.
        var fillerAt = body.Length - 2 - (!isListed ? 0 : message.Default.IsNull ? 1 : written.Length - SizeWithoutDefault(message));
        return body.AsSpan(fillerAt, 2).ContainsAnyExcept((byte)0) ? body : written;
    }

    private static int SizeWithoutDefault(MySqlColumn column)
    {
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        column.Write(output, ref sequence);
        return output.WrittenCount - 4;
    }

    private static byte[]? ReadStmtPrepareOk(byte[] body)
    {
        if (!MySqlStmtPrepareOk.TryParse(body, out var ok))
            return null;

        return Body((output, ref sequence) => MySqlStmtPrepareOk.Write(output, ref sequence, ok.StatementId, ok.ColumnCount, ok.ParameterCount, ok.Warnings));
    }

    private static byte[]? ReadTextRow(byte[] body)
    {
        if (!MySqlTextRow.TryParse(body, 3, out var message))
            return null;

        using var builder = new MySqlRowBuilder();
        using var opener = new MySqlRowBuilder();
        builder.BeginText(3);
        opener.BeginText(3);
        foreach (var value in message)
            Add(builder, opener, MySqlType.VarString, value);

        Assert.That(opener.Payload.SequenceEqual(builder.Payload), Is.True);
        return Body(builder.WriteTo);
    }

    private static byte[]? ReadBinaryRow(byte[] body)
    {
        if (!MySqlBinaryRow.TryParse(body, Types, out var message))
            return null;

        using var builder = new MySqlRowBuilder();
        using var opener = new MySqlRowBuilder();
        builder.BeginBinary(Types.Length);
        opener.BeginBinary(Types.Length);
        var index = 0;
        foreach (var value in message)
        {
            Assert.That(MySqlBinaryRow.IsNull(body, index), Is.EqualTo(value.IsNull));
            Add(builder, opener, Types[index], value);
            index++;
        }

        Assert.That(index, Is.EqualTo(Types.Length));
        Assert.That(opener.Payload.SequenceEqual(builder.Payload), Is.True);

        // Bits that stand for no column are not looked at.
        var written = Body(builder.WriteTo);
        return (body[1] & 3) != 0 || (body[2] & 0xf0) != 0 ? body : written;
    }

    private static void Add(MySqlRowBuilder builder, MySqlRowBuilder opener, MySqlType type, MySqlValue value)
    {
        if (value.IsNull)
            builder.AddNull();
        else
            builder.Add(type, value.Bytes);

        if (type != MySqlType.VarString && !value.IsNull)
        {
            opener.Add(type, value.Bytes);
            return;
        }

        opener.OpenValue();
        opener.Write(value.IsNull ? "secret"u8 : value.Bytes);
        if (value.IsNull)
            opener.CloseAsNull();
        else
            opener.CloseValue();
    }
}
