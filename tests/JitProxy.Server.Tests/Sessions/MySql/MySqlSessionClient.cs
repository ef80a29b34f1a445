using System.Buffers;
using System.Globalization;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>A client that sends what a test tells it to, and puts what it hears into words.</summary>
internal sealed class MySqlSessionClient(Connection connection, MySqlCapabilities capabilities)
{
    private readonly ArrayBufferWriter<byte> _unsent = new();
    private readonly Dictionary<uint, string[]> _columns = [];
    private readonly List<byte[]> _raw = [];

    public Connection Connection => connection;

    /// <summary>Sends every byte on its own.</summary>
    public bool IsSliced { get; init; }

    /// <summary>The text of the last error.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>How many warnings the end of the last answer counted.</summary>
    public int Warnings { get; private set; }

    /// <summary>The number of the last prepared statement.</summary>
    public uint LastId { get; private set; }

    /// <summary>Every byte that was heard, as text.</summary>
    public string AllBytes => string.Concat(_raw.Select(Encoding.Latin1.GetString));

    private bool EndsWithOk => (capabilities & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>The bytes of a command.</summary>
    public static byte[] BytesOf(MySqlModel.Writer write)
    {
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 0;
        write(output, ref sequence);
        return output.WrittenSpan.ToArray();
    }

    public MySqlModel.Writer QueryOf(string text) => (output, ref sequence) => MySqlQuery.Write(output, ref sequence, capabilities, Encoding.UTF8.GetBytes(text));

    /// <summary>Keeps a command for <see cref="SendAsync"/>.</summary>
    public MySqlSessionClient Write(MySqlModel.Writer write)
    {
        _unsent.Write(BytesOf(write));
        return this;
    }

    /// <summary>Sends what was kept, in one piece, or in very small ones.</summary>
    public async Task SendAsync()
    {
        var bytes = _unsent.WrittenSpan.ToArray();
        _unsent.ResetWrittenCount();
        await SendBytesAsync(bytes);
    }

    public Task SendBytesAsync(byte[] bytes) => MySqlPackets.SendAsync(connection.Output, bytes, IsSliced);

    public Task<string> QueryAsync(string text) => RunAsync(QueryOf(text));

    /// <summary>Sends a command and hears its answer: OK, ERR, or a result of the text protocol.</summary>
    public async Task<string> RunAsync(MySqlModel.Writer write)
    {
        await Write(write).SendAsync();
        return await HearAsync();
    }

    public Task<string> RunAsync(params byte[] payload) => RunAsync(Raw(payload));

    /// <summary>A command of these bytes.</summary>
    public static MySqlModel.Writer Raw(params byte[] payload) => (output, ref sequence) => MySqlAuthMoreData.WriteResponse(output, ref sequence, payload);

    public async Task<string> PrepareAsync(string text)
    {
        await Write((output, ref sequence) => MySqlTextCommand.Write(output, ref sequence, MySqlCommand.StmtPrepare, Encoding.UTF8.GetBytes(text))).SendAsync();
        _next = 1;
        if (await ReadAsync() is not { } first || !MySqlStmtPrepareOk.TryParse(first, out var ok))
            return Describe(null);

        LastId = ok.StatementId;
        for (var i = 0; i < ok.ParameterCount + (ok.ParameterCount > 0 && !EndsWithOk ? 1 : 0); i++)
            await ReadAsync();

        _columns[ok.StatementId] = await ReadColumnsAsync(ok.ColumnCount);
        if (ok.ColumnCount > 0 && !EndsWithOk)
            await ReadAsync();

        return $"Prepared({ok.ParameterCount})";
    }

    public async Task<string> ExecuteAsync(uint id, MySqlCursorKind cursor = MySqlCursorKind.None, params MySqlParameter[] parameters)
    {
        await Write((output, ref sequence) => MySqlStmtExecute.Write(output, ref sequence, id, cursor, parameters)).SendAsync();
        return await HearAsync(isBinary: true);
    }

    /// <summary>Runs the statement that was prepared last, with texts.</summary>
    public Task<string> ExecuteAsync(params string?[] values) => ExecuteAsync(LastId, MySqlCursorKind.None, [.. values.Select(Text)]);

    public static MySqlParameter Text(string? value) =>
        new(new(MySqlType.VarString, false), value is null ? null : (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(value));

    public async Task<string> FetchAsync(uint id, uint count)
    {
        await Write((output, ref sequence) => MySqlStmtCommand.Write(output, ref sequence, MySqlCommand.StmtFetch, id, count)).SendAsync();
        _next = 1;
        return await HearRowsAsync(_columns[id], isBinary: true, []);
    }

    /// <summary>The answer to a command.</summary>
    public async Task<string> HearAsync(bool isBinary = false)
    {
        _next = null;
        if (await ReadAsync() is not { } first || MySqlResponse.KindOf(first[0]) != MySqlResponseKind.ResultSet)
            return Describe(_raw.Count == 0 ? null : _last);

        if (!MySqlResultSetHeader.TryParse(first, out var count))
            return $"malformed {Convert.ToHexString(first)}";

        var columns = await ReadColumnsAsync(count);
        if (!EndsWithOk && (await ReadAsync() is not { } eof || !MySqlEof.TryParse(eof, out var end) || (end.Status & MySqlServerStatus.CursorExists) != 0))
            return $"Cursor({string.Join(',', columns.Select(static c => c.Split(':')[0]))})";

        return await HearRowsAsync(columns, isBinary, [$"Shape({string.Join(',', columns.Select(static c => c.Split(':')[0]))})"]);
    }

    private byte[]? _last;
    private byte? _next;

    private async Task<string> HearRowsAsync(string[] columns, bool isBinary, List<string> words)
    {
        while (true)
        {
            if (await ReadAsync() is not { } payload)
                return string.Join(' ', [.. words, "closed"]);

            if (MySqlResponse.KindOfRow(payload[0], Math.Min(payload.Length, MySqlPacketHeader.BodySizeMax), EndsWithOk) != MySqlResponseKind.Row)
                return string.Join(' ', [.. words, Describe(payload)]);

            words.Add(isBinary ? DescribeBinary(payload, columns) : DescribeText(payload, columns.Length));
        }
    }

    private async Task<string[]> ReadColumnsAsync(int count)
    {
        var columns = new string[count];
        for (var i = 0; i < count; i++)
        {
            if (!MySqlColumn.TryParse(await ReadAsync(), isListed: false, out var column))
                throw new IOException("a column is malformed");

            columns[i] = $"{Encoding.UTF8.GetString(column.Name)}:{column.Type}";
        }

        return columns;
    }

    private static string DescribeText(byte[] payload, int count)
    {
        if (!MySqlTextRow.TryParse(payload, count, out var row))
            return "malformed row";

        var values = new List<string>();
        foreach (var value in row)
            values.Add(value.IsNull ? "-" : Shorten(Encoding.UTF8.GetString(value.Bytes)));

        return $"Row({string.Join(',', values)})";
    }

    private static string DescribeBinary(byte[] payload, string[] columns)
    {
        if (!MySqlBinaryRow.TryParse(payload, [.. columns.Select(static c => Enum.Parse<MySqlType>(c.Split(':')[1]))], out var row))
            return "malformed row";

        var (values, index) = (new List<string>(), 0);
        foreach (var value in row)
        {
            var isInt = columns[index++].EndsWith(":Long", StringComparison.Ordinal);
            values.Add(value.IsNull ? "-" : isInt ? BitConverter.ToInt32(value.Bytes).ToString(CultureInfo.InvariantCulture) : Shorten(Encoding.UTF8.GetString(value.Bytes)));
        }

        return $"Row({string.Join(',', values)})";
    }

    private static string Shorten(string text) => text.Length <= 100 ? text : $"{text[..3]}...{text.Length}";

    private string Describe(byte[]? payload)
    {
        payload ??= _last;
        if (payload is [MySqlOk.Header or MySqlOk.EndHeader, ..])
            Warnings = EndsWithOk && MySqlOk.TryParse(payload, capabilities, out var ok) ? ok.Warnings : MySqlEof.TryParse(payload, out var eof) ? eof.Warnings : 0;

        switch (payload)
        {
            case null:
                return "closed";
            case [MySqlError.Header, ..] when MySqlError.TryParse(payload, out var error):
                LastError = Encoding.UTF8.GetString(error.Message);
                return $"ERROR({error.Code})";
            case [MySqlOk.Header, ..]:
                return "OK";
            case [MySqlOk.EndHeader, ..]:
                return EndsWithOk == payload.Length > MySqlEofSize ? "End" : "wrong end";
            default:
                return $"malformed {Convert.ToHexString(payload)}";
        }
    }

    // An OK at the end of a result has at least two numbers more than an EOF.
    private const int MySqlEofSize = 5;

    private async Task<byte[]?> ReadAsync()
    {
        if (await MySqlPackets.ReadAsync(connection) is not var (payload, sequence, next))
            return _last = null;

        // Numbers go on within an answer, and wrap.
        if (_next is { } expected && sequence != expected)
            throw new IOException($"packet {sequence} came where {expected} should");

        _next = next;
        _raw.Add(payload);
        return _last = payload;
    }
}
