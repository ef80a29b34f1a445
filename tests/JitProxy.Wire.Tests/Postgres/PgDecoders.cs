using System.Buffers;
using System.Text;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.Postgres;

/// <summary>The decoders of the PostgreSQL protocol.</summary>
internal static class PgDecoders
{
    private static byte[]? Body(Action<IBufferWriter<byte>> write, int headerSize = 5)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan[headerSize..].ToArray();
    }

    private static byte[] Bytes(ReadOnlySpan<byte> bytes) => bytes.ToArray();

    public static readonly Decoder[] All =
    [
        new("Query", ReadQuery, [Bytes("select 1\0"u8), Bytes("\0"u8)], [Bytes(""u8), Bytes("select 1"u8), Bytes("select 1\0; drop\0"u8)]),
        new("Parse", ReadParse,
            [Bytes("s\0select $1\0\0\u0002\0\0\0\u0017\0\0\0\0"u8), Bytes("\0\0\0\0"u8)],
            [Bytes("s\0select $1\0\u007f\u007f\0\0\0\u0017"u8), [.. "s\0x\0"u8, 0xff, 0xff, 0, 0, 0, 1]]),
        new("Bind", ReadBind,
            [
                [.. "p\0s\0"u8, 0, 1, 0, 1, 0, 2, 0, 0, 0, 1, (byte)'x', 255, 255, 255, 255, 0, 1, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ],
            [
                [0, 0, 0, 0, 0, 1, 255, 255, 255, 254, 0, 0],
                [0, 0, 0, 0, 0, 1, 127, 255, 255, 255, 0, 0],
                [0, 0, 0, 0, 0, 1, 128, 0, 0, 0, 0, 0],
                [0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
                [0, 0, 255, 255, 0, 0, 0, 0],
                [0, 0, 0, 0, 255, 255, 0, 0],
                [0, 0, 0, 0, 0, 0, 255, 255],
            ]),
        new("Describe", ReadDescribe, [Bytes("Ss1\0"u8), Bytes("P\0"u8)], [Bytes("X\0"u8), Bytes("s\0"u8), Bytes("S"u8), []]),
        new("Close", ReadClose, [Bytes("Ss1\0"u8), Bytes("P\0"u8)], [Bytes("X\0"u8), Bytes("p\0"u8), Bytes("P"u8), []]),
        new("Execute", ReadExecute, [Bytes("p\0\0\0\0\u0005"u8), Bytes("\0\0\0\0\0"u8)], [Bytes("p\0\0\0\u0005"u8)]),
        new("Password", ReadPassword, [Bytes("secret\0"u8), Bytes("\0"u8)], [Bytes("a\0b\0"u8), []]),
        new("SaslInitialResponse", ReadSaslInitialResponse,
            [[.. "SCRAM-SHA-256\0"u8, 0, 0, 0, 2, (byte)'n', (byte)','], [0, 0, 0, 0, 0]],
            [[.. "SCRAM-SHA-256\0"u8, 255, 255, 255, 254], [.. "S\0"u8, 127, 255, 255, 255, 1], [.. "S\0"u8, 128, 0, 0, 0]]),
        new("CopyFail", ReadCopyFail, [Bytes("why\0"u8), Bytes("\0"u8)], [Bytes("a\0b\0"u8), []]),
        new("Startup", ReadStartup,
            [[0, 3, 0, 0, .. "user\0alice\0database\0app\0\0"u8], [0, 3, 0, 0, 0]],
            [
                [0, 3, 0, 0, .. "user\0alice\0user\0bob\0\0"u8],
                [0, 3, 0, 0, .. "user\0alice\0"u8],
                [0, 3, 0, 0, .. "user\0\0"u8],
                [0, 3, 0],
                [0, 3, 0, 0, .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 129).Select(index => $"p{index}\0v\0"))), 0],
            ]),
        new("CancelRequest", ReadCancelRequest,
            [[4, 210, 22, 46, 0, 0, 0, 9, 1, 2, 3, 4], [4, 210, 22, 46, 0, 0, 0, 9, .. new byte[256]]],
            [[4, 210, 22, 47, 0, 0, 0, 9, 1, 2, 3, 4], [4, 210, 22, 46, 0, 0, 0, 9, .. new byte[257]]]) { HasRange = true },
        new("Authentication", ReadAuthentication,
            [[0, 0, 0, 0], [0, 0, 0, 3], [0, 0, 0, 5, 1, 2, 3, 4], [0, 0, 0, 10, .. "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"u8]],
            [[0, 0, 0, 10, .. "SCRAM\0\0SCRAM\0\0"u8], [0, 0, 0, 10], [0, 0, 0]]),
        new("BackendKeyData", ReadBackendKeyData, [[0, 0, 0, 9, 1, 2, 3, 4], [0, 0, 0, 9, .. new byte[256]]], [[0, 0, 0, 9], [0, 0, 0, 9, .. new byte[257]]]) { HasRange = true },
        new("ParameterStatus", ReadParameterStatus, [Bytes("TimeZone\0UTC\0"u8), Bytes("\0\0"u8)], [Bytes("TimeZone\0UTC"u8), []]),
        new("NegotiateProtocolVersion", ReadNegotiateProtocolVersion,
            [[0, 3, 0, 2, 0, 0, 0, 2, .. "_pq_.a\0_pq_.b\0"u8], [0, 3, 0, 0, 0, 0, 0, 0]],
            [[0, 3, 0, 2, 255, 255, 255, 255], [0, 3, 0, 2, 127, 255, 255, 255, 0]]),
        new("ReadyForQuery", ReadReadyForQuery, [Bytes("I"u8), Bytes("T"u8), Bytes("E"u8)], [Bytes("X"u8), Bytes("i"u8), []]),
        new("RowDescription", ReadRowDescription,
            [
                [0, 2, .. "id\0"u8, 0, 0, 64, 1, 0, 1, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0,
                    .. "name\0"u8, 0, 0, 64, 1, 0, 2, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 1],
                [0, 0],
            ],
            [[0, 3, .. "id\0"u8, .. new byte[18]], [255, 255, .. "id\0"u8, .. new byte[18]]]),
        new("DataRow", ReadDataRow,
            [[0, 2, 0, 0, 0, 2, (byte)'4', (byte)'2', 255, 255, 255, 255], [0, 0], [0, 1, 0, 0, 0, 0]],
            [[0, 1, 255, 255, 255, 254], [0, 1, 127, 255, 255, 255, 1], [0, 1, 128, 0, 0, 0], [255, 255, 0, 0, 0, 0]]),
        new("CommandComplete", ReadCommandComplete, [Bytes("SELECT 3\0"u8), Bytes("\0"u8)], [Bytes("SELECT\0 3\0"u8), []]),
        new("ErrorResponse", ReadErrorResponse,
            [Bytes("SERROR\0VERROR\0C42501\0Mno\0Dwhy\0Hdo\0\0"u8), Bytes("\0"u8), Bytes("?later\0\0"u8)],
            [Bytes("SERROR"u8), Bytes("SERROR\0"u8), []]),
        new("ParameterDescription", ReadParameterDescription, [[0, 1, 0, 0, 0, 23], [0, 0]], [[255, 255, 0, 0, 0, 23], [0]]),
        new("NotificationResponse", ReadNotificationResponse, [[0, 0, 0, 7, .. "jobs\0go\0"u8]], [[0, 0, 0, 7, .. "jobs\0"u8]]),
        new("CopyResponse", ReadCopyResponse, [[0, 0, 2, 0, 0, 0, 0], [1, 0, 1, 0, 1]], [[2, 0, 0], [0, 255, 255, 0, 0]]),
    ];

    private static byte[]? ReadQuery(byte[] body)
    {
        if (!PgQuery.TryParse(body, out var message))
            return null;

        var text = message.Text.ToArray();
        return Body(output => PgQuery.Write(output, text));
    }

    private static byte[]? ReadParse(byte[] body)
    {
        if (!PgParse.TryParse(body, out var message))
            return null;

        var (name, text, types) = (message.Name.ToArray(), message.Text.ToArray(), Types(message.ParameterTypes));
        return Body(output => PgParse.Write(output, name, text, types));
    }

    private static byte[]? ReadBind(byte[] body)
    {
        if (!PgBind.TryParse(body, out var message))
            return null;

        var (portal, statement) = (message.Portal.ToArray(), message.Statement.ToArray());
        var values = new List<ReadOnlyMemory<byte>?>();
        foreach (var value in message.Parameters)
        {
            _ = message.ParameterFormats.FormatOf(values.Count);
            values.Add(value.IsNull ? (ReadOnlyMemory<byte>?)null : value.Bytes.ToArray());
        }

        _ = message.ResultFormats.FormatOf(1000);
        var again = new ArrayBufferWriter<byte>();
        message.WriteAs(again, portal, statement);
        var (formats, results) = (Formats(message.ParameterFormats), Formats(message.ResultFormats));
        var written = Body(output => PgBind.Write(output, portal, statement, formats, values.ToArray(), results));
        Assert.That(again.WrittenSpan[5..].ToArray(), Is.EqualTo(written));
        return written;
    }

    private static byte[]? ReadDescribe(byte[] body)
    {
        if (!PgDescribe.TryParse(body, out var message))
            return null;

        var (kind, name) = (message.Kind, message.Name.ToArray());
        return Body(output => PgDescribe.Write(output, kind, name));
    }

    private static byte[]? ReadClose(byte[] body)
    {
        if (!PgClose.TryParse(body, out var message))
            return null;

        var (kind, name) = (message.Kind, message.Name.ToArray());
        return Body(output => PgClose.Write(output, kind, name));
    }

    private static byte[]? ReadExecute(byte[] body)
    {
        if (!PgExecute.TryParse(body, out var message))
            return null;

        var (portal, rowsMax) = (message.Portal.ToArray(), message.RowsMax);
        var written = Body(output => PgExecute.Write(output, portal, rowsMax));

        // A negative number means "all" and is written as 0, the one message that changes.
        return body[^4] >= 128 ? body : written;
    }

    private static byte[]? ReadPassword(byte[] body)
    {
        if (!PgPassword.TryParse(body, out var message))
            return null;

        var password = message.Password.ToArray();
        return Body(output => PgPassword.Write(output, password));
    }

    private static byte[]? ReadSaslInitialResponse(byte[] body)
    {
        if (!PgSaslInitialResponse.TryParse(body, out var message))
            return null;

        var (mechanism, data, isNull) = (message.Mechanism.ToArray(), message.Data.Bytes.ToArray(), message.Data.IsNull);
        return isNull ? body : Body(output => PgSaslInitialResponse.Write(output, mechanism, data));
    }

    private static byte[]? ReadCopyFail(byte[] body)
    {
        if (!PgCopyFail.TryParse(body, out var message))
            return null;

        var reason = message.Reason.ToArray();
        return Body(output => PgCopyFail.Write(output, reason));
    }

    private static byte[]? ReadStartup(byte[] body)
    {
        if (!PgStartup.TryParse(body, out var message))
            return null;

        var pairs = new List<KeyValuePair<byte[], byte[]>>();
        foreach (var pair in message)
            pairs.Add(new(pair.Name.ToArray(), pair.Value.ToArray()));

        var version = message.Version;
        return Body(output => PgStartup.Write(output, version, pairs.ToArray()), headerSize: 4);
    }

    private static byte[]? ReadCancelRequest(byte[] body)
    {
        if (!PgCancelRequest.TryParse(body, out var message))
            return null;

        var (processId, key) = (message.ProcessId, message.Key.ToArray());
        return Body(output => PgCancelRequest.Write(output, processId, key), headerSize: 4);
    }

    private static byte[]? ReadAuthentication(byte[] body)
    {
        if (!PgAuthentication.TryParse(body, out var message))
            return null;

        var data = message.Data.ToArray();
        _ = message.Offers("SCRAM-SHA-256"u8);
        return message.Kind switch
        {
            PgAuthenticationKind.Ok => Body(PgAuthentication.WriteOk),
            PgAuthenticationKind.CleartextPassword => Body(PgAuthentication.WriteCleartextPassword),
            PgAuthenticationKind.Md5Password => Body(output => PgAuthentication.WriteMd5Password(output, data)),
            PgAuthenticationKind.SaslContinue => Body(output => PgAuthentication.WriteSaslContinue(output, data)),
            PgAuthenticationKind.SaslFinal => Body(output => PgAuthentication.WriteSaslFinal(output, data)),
            PgAuthenticationKind.Sasl or PgAuthenticationKind.Unknown => body,
        };
    }

    private static byte[]? ReadBackendKeyData(byte[] body)
    {
        if (!PgBackendKeyData.TryParse(body, out var message))
            return null;

        var (processId, key) = (message.ProcessId, message.Key.ToArray());
        return Body(output => PgBackendKeyData.Write(output, processId, key));
    }

    private static byte[]? ReadParameterStatus(byte[] body)
    {
        if (!PgParameterStatus.TryParse(body, out var message))
            return null;

        var (name, value) = (message.Name.ToArray(), message.Value.ToArray());
        return Body(output => PgParameterStatus.Write(output, name, value));
    }

    private static byte[]? ReadNegotiateProtocolVersion(byte[] body)
    {
        if (!PgNegotiateProtocolVersion.TryParse(body, out var message))
            return null;

        Assert.That(message.OptionCount, Is.LessThanOrEqualTo(body.Length));
        return body;
    }

    private static byte[]? ReadReadyForQuery(byte[] body)
    {
        if (!PgReadyForQuery.TryParse(body, out var message))
            return null;

        var status = message.Status;
        return Body(output => PgReadyForQuery.Write(output, status));
    }

    private static byte[]? ReadRowDescription(byte[] body)
    {
        if (!PgRowDescription.TryParse(body, out var message))
            return null;

        var columns = new List<PgColumnSpec>();
        foreach (var column in message)
            columns.Add(new(column.Name.ToArray(), column.TypeOid, column.TypeSize, column.RelationOid, column.Attribute, column.Modifier, column.Format));

        Assert.That(columns, Has.Count.EqualTo(message.ColumnCount));
        return Body(output => PgRowDescription.Write(output, columns.ToArray()));
    }

    private static byte[]? ReadDataRow(byte[] body)
    {
        if (!PgDataRow.TryParse(body, out var message))
            return null;

        var values = new List<ReadOnlyMemory<byte>?>();
        using var builder = new PgDataRowBuilder();
        builder.Begin(message.ColumnCount);
        foreach (var value in message)
        {
            values.Add(value.IsNull ? (ReadOnlyMemory<byte>?)null : value.Bytes.ToArray());
            if (value.IsNull)
                builder.AddNull();
            else
                builder.Add(value.Bytes);
        }

        Assert.That(values, Has.Count.EqualTo(message.ColumnCount));
        var written = Body(output => PgDataRow.Write(output, values.ToArray()));
        Assert.That(builder.Message[5..].ToArray(), Is.EqualTo(written));
        return written;
    }

    private static byte[]? ReadCommandComplete(byte[] body)
    {
        if (!PgCommandComplete.TryParse(body, out var message))
            return null;

        var tag = message.CommandTag.ToArray();
        _ = message.RowCount;
        return Body(output => PgCommandComplete.Write(output, tag));
    }

    private static byte[]? ReadErrorResponse(byte[] body)
    {
        if (!PgErrorResponse.TryParse(body, out var message))
            return null;

        var size = message.Severity.Length + message.Code.Length + message.Message.Length + message.Detail.Length + message.Hint.Length;
        Assert.That(size, Is.LessThanOrEqualTo(body.Length));
        return body;
    }

    private static byte[]? ReadParameterDescription(byte[] body)
    {
        if (!PgParameterDescription.TryParse(body, out var message))
            return null;

        var types = Types(message.Types);
        return Body(output => PgParameterDescription.Write(output, types));
    }

    private static byte[]? ReadNotificationResponse(byte[] body)
    {
        if (!PgNotificationResponse.TryParse(body, out var message))
            return null;

        var (processId, channel, payload) = (message.ProcessId, message.Channel.ToArray(), message.Payload.ToArray());
        return Body(output => PgNotificationResponse.Write(output, processId, channel, payload));
    }

    private static byte[]? ReadCopyResponse(byte[] body)
    {
        if (!PgCopyResponse.TryParse(body, out var message))
            return null;

        var (isBinary, count) = (message.IsBinary, message.ColumnFormats.Count);
        var isUniform = Formats(message.ColumnFormats).All(format => format == (isBinary ? 1 : 0));
        return isUniform ? Body(output => PgCopyResponse.WriteOut(output, isBinary, count)) : body;
    }

    private static uint[] Types(PgOidList list)
    {
        var types = new uint[list.Count];
        for (var index = 0; index < types.Length; index++)
            types[index] = list[index];

        return types;
    }

    private static short[] Formats(PgFormatList list)
    {
        var formats = new short[list.Count];
        for (var index = 0; index < formats.Length; index++)
            formats[index] = list[index];

        return formats;
    }
}
