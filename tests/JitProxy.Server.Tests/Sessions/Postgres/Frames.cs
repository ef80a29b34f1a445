using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Reads messages one by one and puts them into short words, so that a whole exchange is one line of a test.</summary>
internal static class Frames
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public static byte[] Of(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Raw(char tag, params byte[] body)
    {
        var frame = new byte[5 + body.Length];
        frame[0] = (byte)tag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), 4 + body.Length);
        body.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>The next message, header included; null at the end of the stream.</summary>
    public static async Task<byte[]?> ReadAsync(Connection connection)
    {
        using var slow = new CancellationTokenSource(Soon);
        try
        {
            while (true)
            {
                var read = await connection.Input.ReadAsync(slow.Token);
                var unread = read.Buffer;
                if (PgFrame.TryRead(ref unread, int.MaxValue - 16, out var frame) == OperationStatus.Done)
                {
                    var bytes = frame.Wire.ToArray();
                    connection.Input.AdvanceTo(unread.Start);
                    return bytes;
                }

                connection.Input.AdvanceTo(unread.Start, unread.End);
                if (read.IsCompleted)
                    return null;
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A message of the client's.</summary>
    public static string OfClient(byte[] frame)
    {
        var body = frame.AsSpan(5);
        switch ((PgClientTag)frame[0])
        {
            case PgClientTag.Query:
                return "Query " + Text(body[..^1]);
            case PgClientTag.Parse when PgParse.TryParse(body, out var parse):
                return $"Parse {Text(parse.Name)}={Text(parse.Text)}";
            case PgClientTag.Bind when PgBind.TryParse(body, out var bind):
                return $"Bind {Text(bind.Portal)}<{Text(bind.Statement)}";
            case PgClientTag.Describe when PgDescribe.TryParse(body, out var describe):
                return $"Describe {(char)describe.Kind}:{Text(describe.Name)}";
            case PgClientTag.Execute when PgExecute.TryParse(body, out var execute):
                return $"Execute {Text(execute.Portal)}/{execute.RowsMax}";
            case PgClientTag.Close when PgClose.TryParse(body, out var close):
                return $"Close {(char)close.Kind}:{Text(close.Name)}";
            default:
                return ((PgClientTag)frame[0]).ToString();
        }
    }

    /// <summary>A message of the server's.</summary>
    public static string OfServer(byte[] frame)
    {
        var body = frame.AsSpan(5);
        switch ((PgServerTag)frame[0])
        {
            case PgServerTag.RowDescription when PgRowDescription.TryParse(body, out var shape):
                var names = new List<string>();
                foreach (var column in shape)
                    names.Add(Text(column.Name));

                return $"Shape({string.Join(',', names)})";
            case PgServerTag.DataRow when PgDataRow.TryParse(body, out var row):
                var values = new List<string>();
                foreach (var value in row)
                    values.Add(value.IsNull ? "NULL" : Text(value.Bytes));

                return $"Row({string.Join(',', values)})";
            case PgServerTag.CommandComplete:
                return $"Done({Text(body[..^1])})";
            case PgServerTag.ReadyForQuery:
                return $"Ready({(char)body[0]})";
            case PgServerTag.ErrorResponse or PgServerTag.NoticeResponse when PgErrorResponse.TryParse(body, out var error):
                return $"{((PgServerTag)frame[0] == PgServerTag.ErrorResponse ? Text(error.Severity) : "NOTICE")}({Text(error.Code)})";
            case PgServerTag.ParameterStatus when PgParameterStatus.TryParse(body, out var status):
                return $"Setting({Text(status.Name)}={Text(status.Value)})";
            default:
                return ((PgServerTag)frame[0]).ToString();
        }
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Sends bytes; what the other end has closed is not an error of the test's.</summary>
    public static async Task SendAsync(PipeWriter output, byte[] bytes)
    {
        output.Write(bytes);
        await output.FlushAsync();
    }
}
