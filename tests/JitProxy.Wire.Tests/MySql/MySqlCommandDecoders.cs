using JitProxy.Wire.MySql;
using NUnit.Framework;
using static JitProxy.Wire.Tests.MySql.MySqlDecoders;

namespace JitProxy.Wire.Tests.MySql;

/// <summary>Decoders of a client's commands.</summary>
internal static class MySqlCommandDecoders
{
    private const MySqlCapabilities WithAttributes = MySqlCapabilities.QueryAttributes;

    private static readonly MySqlParameterType[] Known = [new(MySqlType.Long, IsUnsigned: true), new(MySqlType.VarString, IsUnsigned: false)];

    // Statement 5, no cursor, once.
    private static readonly byte[] Execute = [0x17, 5, 0, 0, 0, 0, 1, 0, 0, 0];
    private static readonly byte[] ExecuteWithCount = [0x17, 5, 0, 0, 0, 8, 1, 0, 0, 0];

    public static readonly Decoder[] All =
    [
        new("Query", body => ReadQuery(body, default), [[3, .. "select 1"u8], [3]], [[4, .. "t"u8], []]) { OpenFrom = 1 },
        new("Query with attributes", body => ReadQuery(body, WithAttributes),
            [
                [3, 1, 1, 0, 1, 253, 0, 1, .. "k"u8, 1, .. "v"u8, .. "select 1"u8],
                [3, 1, 1, 0, 1, 253, 0, 1, .. "k"u8, 1, .. "v"u8],
            ],
            [
                [3, 0, 2, .. "select 1"u8],
                [3, 1, 1, 0, 0, .. "select 1"u8],
                [3, 1, 1, 0, 2, .. "select 1"u8],
                [3, 0xfb, 1],
                [3, 0xfd, 0, 0, 1, 1, .. new byte[9000]],
                [3, 1, 1, 0, 1, 14, 0, 0, 0],
                [3, 1, 1, 0, 1, 253, 0, 0, 0xfe, 0, 0, 0, 0, 1, 0, 0, 0],
            ]) { OpenFrom = 11, HasRange = true },
        new("Query without any attribute", body => ReadQuery(body, WithAttributes), [[3, 0, 1, .. "select 1"u8], [3, 0, 1]], [[3, 0, 0], [3, 1, 1]]) { OpenFrom = 3 },
        new("TextCommand", ReadTextCommand, [[0x16, .. "select ?"u8], [2, .. "app"u8]], [[3, .. "select 1"u8], []]) { OpenFrom = 1 },
        new("PlainCommand", ReadPlainCommand, [[1], [9], [13], [14], [31]], [[2], [3], []]),
        new("NumberCommand", ReadNumberCommand, [[0x1b, 0, 0], [0x0c, 7, 0, 0, 0]], [[0x1b, 0, 0, 0], [0x1a, 0, 0]]),
        new("StmtCommand", ReadStmtCommand, [[0x19, 5, 0, 0, 0], [0x1a, 255, 255, 255, 255], [0x1c, 5, 0, 0, 0, 10, 0, 0, 0]], [[0x18, 5, 0, 0, 0], [0x1c, 5, 0, 0, 0]]),
        new("StmtSendLongData", ReadStmtSendLongData, [[0x18, 5, 0, 0, 0, 1, 0, .. "abc"u8], [0x18, 5, 0, 0, 0, 1, 0]], [[0x17, 5, 0, 0, 0, 1, 0]]) { OpenFrom = 7 },
        new("StmtExecute", body => ReadStmtExecute(body, default, 2, []),
            [
                [.. Execute, 0, 1, 3, 0, 253, 0, 42, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute, 1, 1, 3, 0x80, 253, 0, 2, .. "hi"u8],
                [.. Execute, 3, 1, 3, 0, 6, 0],
                [.. Execute, 0, 0, 42, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute, 0, 1, 12, 0, 11, 0, 11, .. new byte[11], 12, .. new byte[12]],
                [.. Execute, 0, 1, 7, 0, 10, 0, 0, 4, 1, 2, 3, 4],
            ],
            [
                [.. Execute, 0, 2, 3, 0, 253, 0, 42, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute, 0, 1, 3, 0x40, 253, 0, 42, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute, 0, 1, 6, 0, 253, 0, 2, .. "hi"u8],
                [.. Execute, 0, 1, 14, 0, 253, 0, 4, 0, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute, 0, 1, 12, 0, 253, 0, 5, 0, 0, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute, 0, 1, 3, 0, 253, 0, 42, 0, 0, 0, 0xfb],
                [.. Execute, 0, 1, 3, 0, 253, 0, 42, 0, 0, 0, 0xfe, 2, 0, 0, 0, 1, 0, 0, 0, .. "hi"u8],
                [.. Execute[..9], 1, 0, 1, 3, 0, 253, 0, 42, 0, 0, 0, 2, .. "hi"u8],
                [.. Execute[..5], 0x10, 1, 0, 0, 0, 0, 1, 3, 0, 253, 0, 42, 0, 0, 0, 2, .. "hi"u8],
            ]),
        new("StmtExecute with a value sent before", body => ReadStmtExecute(body, default, 2, [false, true]), [[.. Execute, 2, 1, 3, 0, 253, 0, 42, 0, 0, 0], [.. Execute, 0, 1, 3, 0, 253, 0, 42, 0, 0, 0]], []),
        new("StmtExecute with attributes", body => ReadStmtExecute(body, WithAttributes, 1, []),
            [[.. ExecuteWithCount, 2, 0, 1, 3, 0, 0, 253, 0, 1, .. "k"u8, 42, 0, 0, 0, 1, .. "v"u8], [.. ExecuteWithCount, 1, 1, 1, 3, 0, 0], [.. Execute, 1, 0, 1, 3, 0, 0, 42, 0, 0, 0]],
            [
                [.. ExecuteWithCount, 0],
                [.. Execute, 0, 1, 3, 0, 0, 42, 0, 0, 0],
                [.. ExecuteWithCount, 0xfd, 0, 0, 1, 0],
                [.. ExecuteWithCount, 3, 0, 0, 42, 0, 0, 0, 1, .. "v"u8, 0],
            ]),
        new("StmtExecute without parameters", body => ReadStmtExecute(body, WithAttributes, 0, []), [Execute, [.. Execute, 1], [.. ExecuteWithCount, 0]], [[.. Execute, 0], [.. Execute, 1, 0]]) { HasRange = true },
        new("FieldList", ReadFieldList, [[4, .. "t\0%"u8], [4, .. "t\0"u8]], [[4, .. "t"u8], [3, .. "t\0"u8]]) { OpenFrom = 3 },
        new("ChangeUser", ReadChangeUser,
            [
                [0x11, .. "bob\0"u8, 2, 1, 2, .. "app\0"u8],
                [0x11, .. "bob\0"u8, 2, 1, 2, .. "app\0"u8, 45, 0, .. "mysql_native_password\0"u8],
                [0x11, .. "bob\0"u8, 2, 1, 2, .. "app\0"u8, 45, 0, .. "mysql_native_password\0"u8, 4, 1, (byte)'a', 1, (byte)'b'],
            ],
            [[0x11, .. "bob\0"u8, 9, 1, 2, .. "app\0"u8], [0x11, .. "bob\0"u8, 0, .. "app\0"u8, 45], [0x11, .. "bob\0"u8, 0, .. "app\0"u8, 45, 0, .. "p\0"u8, 2, 1, 2]]) { HasRange = true },
    ];

    private static byte[]? ReadQuery(byte[] body, MySqlCapabilities capabilities)
    {
        if (!MySqlQuery.TryParse(body, capabilities, out var message))
            return null;

        var text = message.Text.ToArray();
        Assert.That(body.AsSpan().EndsWith(text), Is.True);
        if (Walk(message.Attributes) > 0)
            return body;

        return Body((output, ref sequence) => MySqlQuery.Write(output, ref sequence, capabilities, text));
    }

    private static byte[]? ReadTextCommand(byte[] body)
    {
        if (!MySqlTextCommand.TryParse(body, out var message))
            return null;

        var (command, text) = (message.Command, message.Text.ToArray());
        return Body((output, ref sequence) => MySqlTextCommand.Write(output, ref sequence, command, text));
    }

    private static byte[]? ReadPlainCommand(byte[] body)
    {
        if (!MySqlPlainCommand.TryParse(body, out var command))
            return null;

        return Body((output, ref sequence) => MySqlPlainCommand.Write(output, ref sequence, command));
    }

    private static byte[]? ReadNumberCommand(byte[] body)
    {
        if (!MySqlNumberCommand.TryParse(body, out var message))
            return null;

        return Body((output, ref sequence) => MySqlNumberCommand.Write(output, ref sequence, message.Command, message.Number));
    }

    private static byte[]? ReadStmtCommand(byte[] body)
    {
        if (!MySqlStmtCommand.TryParse(body, out var message))
            return null;

        return Body((output, ref sequence) => MySqlStmtCommand.Write(output, ref sequence, message.Command, message.StatementId, message.RowCount));
    }

    private static byte[]? ReadStmtSendLongData(byte[] body)
    {
        if (!MySqlStmtSendLongData.TryParse(body, out var message))
            return null;

        var (id, parameter, data) = (message.StatementId, message.Parameter, message.Data.ToArray());
        return Body((output, ref sequence) => MySqlStmtSendLongData.Write(output, ref sequence, id, parameter, data));
    }

    private static byte[]? ReadStmtExecute(byte[] body, MySqlCapabilities capabilities, int parameterCount, bool[] sentBefore)
    {
        if (!MySqlStmtExecute.TryParse(body, capabilities, parameterCount, Known, sentBefore, out var message))
            return null;

        Assert.That(MySqlStmtExecute.TryReadStatementId(body, out var id), Is.True);
        Assert.That(id, Is.EqualTo(message.StatementId));
        Assert.That(Walk(message.Parameters), Is.EqualTo(message.Parameters.Count));

        var output = new System.Buffers.ArrayBufferWriter<byte>();
        byte sequence = 0;
        message.WriteAs(output, ref sequence, id, message.Cursor);
        var written = output.WrittenSpan[4..].ToArray();

        // What is written has the same parameters, and is the only form that it is written in.
        Assert.That(MySqlStmtExecute.TryParse(written, default, parameterCount, default, sentBefore, out var again), Is.True);
        output.Clear();
        again.WriteAs(output, ref sequence, id, message.Cursor);
        Assert.That(output.WrittenSpan[4..].ToArray(), Is.EqualTo(written));
        CompareParameters(message.Parameters, again.Parameters);
        if (sentBefore.Length == 0)
            Assert.That(WriteOwn(again), Is.EqualTo(written));

        var isSame = capabilities == default && message.Parameters.HasTypes && body[5] < 8 && (body[10] & ~3) == 0 && (sentBefore.Length == 0 || (body[10] & 2) == 0);
        return isSame ? written : body;
    }

    private static byte[] WriteOwn(MySqlStmtExecute message)
    {
        var parameters = new List<MySqlParameter>();
        foreach (var item in message.Parameters)
            parameters.Add(new(item.Type, item.Value.IsNull ? (ReadOnlyMemory<byte>?)null : item.Value.Bytes.ToArray()));

        var (id, cursor) = (message.StatementId, message.Cursor);
        return Body((output, ref sequence) => MySqlStmtExecute.Write(output, ref sequence, id, cursor, parameters.ToArray()));
    }

    private static void CompareParameters(MySqlParameterList all, MySqlParameterList some)
    {
        var walk = all.GetEnumerator();
        foreach (var item in some)
        {
            Assert.That(walk.MoveNext(), Is.True);
            Assert.That(item.Type, Is.EqualTo(walk.Current.Type));
            Assert.That((item.Value.IsNull, item.WasSentBefore), Is.EqualTo((walk.Current.Value.IsNull, walk.Current.WasSentBefore)));
            Assert.That(item.Value.Bytes.SequenceEqual(walk.Current.Value.Bytes), Is.True);
        }
    }

    private static int Walk(MySqlParameterList list)
    {
        var (count, size) = (0, 0);
        foreach (var item in list)
        {
            count++;
            size += item.Name.Length + item.Value.Bytes.Length;
        }

        Assert.That(size, Is.LessThan(100_000));
        return count;
    }

    private static byte[]? ReadFieldList(byte[] body)
    {
        if (!MySqlFieldList.TryParse(body, out var message))
            return null;

        var (table, pattern) = (message.Table.ToArray(), message.Pattern.ToArray());
        return Body((output, ref sequence) => MySqlFieldList.Write(output, ref sequence, table, pattern));
    }

    private static byte[]? ReadChangeUser(byte[] body)
    {
        if (!MySqlChangeUser.TryParse(body, MySqlCapabilities.PluginAuth | MySqlCapabilities.ConnectAttributes, out var message))
            return null;

        var attributes = 0;
        foreach (var pair in message.Attributes)
            attributes += pair.Name.Length + pair.Value.Length + 1;

        var (user, auth, database, plugin) = (message.User.ToArray(), message.AuthResponse.ToArray(), message.Database.ToArray(), message.Plugin.ToArray());
        if (attributes > 0 || message.CharacterSet is not { } set || body[^1] != 0 || plugin.Length == 0)
            return body;

        var written = Body((output, ref sequence) => MySqlChangeUser.Write(output, ref sequence, user, auth, database, set, plugin));
        return written.Length == body.Length ? written : body;
    }
}
