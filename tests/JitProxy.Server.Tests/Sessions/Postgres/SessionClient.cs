using System.Buffers;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A client that says what a test tells it to, and puts what it hears into words.</summary>
internal sealed class SessionClient(Connection connection)
{
    private readonly ArrayBufferWriter<byte> _unsent = new();

    public Connection Connection => connection;

    /// <summary>The text of the last error or notice: message, detail and hint.</summary>
    public string LastError { get; private set; } = "";

    public SessionClient Query(string text) => Write(o => PgQuery.Write(o, Utf8(text)));

    public SessionClient Parse(string name, string text, params uint[] types) => Write(o => PgParse.Write(o, Utf8(name), Utf8(text), types));

    public SessionClient Bind(string portal, string statement, params string?[] values) => Write(o => PgBind.Write(
        o, Utf8(portal), Utf8(statement), default, values.Select(v => v is null ? (ReadOnlyMemory<byte>?)null : Utf8(v)).ToArray(), default));

    public SessionClient DescribePortal(string name) => Write(o => PgDescribe.Write(o, PgObjectKind.Portal, Utf8(name)));

    public SessionClient DescribeStatement(string name) => Write(o => PgDescribe.Write(o, PgObjectKind.Statement, Utf8(name)));

    public SessionClient Execute(string portal, int rowsMax = 0) => Write(o => PgExecute.Write(o, Utf8(portal), rowsMax));

    public SessionClient ClosePortal(string name) => Write(o => PgClose.Write(o, PgObjectKind.Portal, Utf8(name)));

    public SessionClient CloseStatement(string name) => Write(o => PgClose.Write(o, PgObjectKind.Statement, Utf8(name)));

    public SessionClient Sync() => Write(o => o.Write(PgMessages.Sync));

    public SessionClient Flush() => Write(o => o.Write(PgMessages.Flush));

    public SessionClient Raw(char tag, params byte[] body) => Write(o => o.Write(Frames.Raw(tag, body)));

    public SessionClient Write(Action<IBufferWriter<byte>> write)
    {
        write(_unsent);
        return this;
    }

    /// <summary>Sends what was written, in one piece.</summary>
    public async Task SendAsync()
    {
        var bytes = _unsent.WrittenSpan.ToArray();
        _unsent.ResetWrittenCount();
        await Frames.SendAsync(connection.Output, bytes);
    }

    /// <summary>Sends, and hears what comes up to a number of ReadyForQuery messages or the end of the connection.</summary>
    public async Task<string> RunAsync(int readyCount = 1)
    {
        await SendAsync();
        return await HearAsync(readyCount);
    }

    public async Task<string> HearAsync(int readyCount = 1)
    {
        var heard = new List<string>();
        while (readyCount > 0)
        {
            var word = await HearOneAsync();
            heard.Add(word);
            if (word == "closed")
                break;

            if (word.StartsWith("Ready", StringComparison.Ordinal))
                readyCount--;
        }

        return string.Join(' ', heard);
    }

    public async Task<string> HearOneAsync()
    {
        if (await Frames.ReadAsync(connection) is not { } frame)
            return "closed";

        if ((PgServerTag)frame[0] is PgServerTag.ErrorResponse or PgServerTag.NoticeResponse)
            LastError = Encoding.UTF8.GetString(frame.AsSpan(5)).Replace('\0', '\n');

        return Frames.OfServer(frame);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
