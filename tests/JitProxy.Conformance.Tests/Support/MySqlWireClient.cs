using System.Buffers;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;
using Microsoft.Extensions.Logging.Abstractions;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>What came for a command: column definitions and rows, if it has a result, and the packet that ends it (OK, EOF or ERR).</summary>
internal sealed record MySqlAnswer(List<byte[]> Columns, List<byte[]> Rows, byte[] End)
{
    /// <summary>The types of the columns.</summary>
    public MySqlType[] Types => [.. Columns.Select(static payload => MySqlColumn.TryParse(payload, isListed: false, out var column) ? column.Type : throw new IOException("a column is malformed"))];

    /// <summary>True if it ended with an error.</summary>
    public bool IsError => End[0] == MySqlError.Header;

    /// <summary>The values of the rows as text; null for NULL.</summary>
    public List<string?[]> Texts => [.. Rows.Select(row => Read(row, Columns.Count))];

    private static string?[] Read(byte[] payload, int columnCount)
    {
        if (!MySqlTextRow.TryParse(payload, columnCount, out var row))
            throw new IOException($"a row is malformed: {Convert.ToHexString(payload)}");

        var values = new List<string?>();
        foreach (var value in row)
            values.Add(value.IsNull ? null : Encoding.Latin1.GetString(value.Bytes));

        return [.. values];
    }
}

/// <summary>A prepared statement, with the packets that described it.</summary>
internal sealed record MySqlPrepared(byte[] First, uint Id, int ParameterCount, List<byte[]> Parameters, List<byte[]> Columns);

/// <summary>A client that sends single commands and sees single packets; to the proxy as well as to a server.</summary>
internal sealed class MySqlWireClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Transport _transport;
    private readonly Connection _connection;
    private byte _sequence;

    private MySqlWireClient(Transport transport, Connection connection, MySqlUpstreamSession session) => (_transport, _connection, Session) = (transport, connection, session);

    /// <summary>Writes one command.</summary>
    public delegate void Writer(IBufferWriter<byte> output, ref byte sequence);

    /// <summary>What the login told.</summary>
    public MySqlUpstreamSession Session { get; }

    private bool IsEofDeprecated => (Session.Capabilities & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>Signs in; ends of results are told as the capabilities ask for.</summary>
    public static async Task<MySqlWireClient> ConnectAsync(int port, string user, string? password, string? database = null, MySqlCapabilities capabilities = MySqlCapabilities.DeprecateEof)
    {
        using var slow = new CancellationTokenSource(Patience);
        var transport = Transport.Create(new() { Kind = TransportKind.Socket }, NullLogger.Instance);
        var connected = await new Connector(transport, TimeProvider.System).ConnectAsync("127.0.0.1", port, Patience);
        if (!connected.TryGet(out var connection, out var fault))
            throw new IOException(fault);

        var target = new UpstreamConfiguration { Host = "127.0.0.1", Port = port, User = user, Password = password, Tls = UpstreamTlsMode.Disable, Ca = null };
        var login = await new MySqlUpstreamLogin(target).RunAsync(connection, new(database, capabilities), slow.Token);
        return login.TryGet(out var session, out var refused)
            ? new(transport, connection, session)
            : throw new IOException($"{refused.Message} {refused.ServerText}");
    }

    /// <summary>Runs a statement as text.</summary>
    public Task<MySqlAnswer> QueryAsync(string text) =>
        AskAsync((output, ref sequence) => MySqlQuery.Write(output, ref sequence, Session.Capabilities, Encoding.UTF8.GetBytes(text)));

    /// <summary>Sends a command and reads its answer, which may be a result.</summary>
    public async Task<MySqlAnswer> AskAsync(Writer command)
    {
        await SendAsync(command);
        var first = await ReadAsync();
        if (MySqlResponse.KindOf(first[0]) != MySqlResponseKind.ResultSet)
            return new([], [], first);

        if (!MySqlResultSetHeader.TryParse(first, out var count))
            throw new IOException($"the number of columns is malformed: {Convert.ToHexString(first)}");

        var columns = await ReadManyAsync(count);
        if (IsEofDeprecated)
            return await ReadRowsAsync(columns);

        // The EOF behind the columns is the end for a statement that opens a cursor, and an error in its place if it cannot.
        var eof = await ReadAsync();
        if (eof[0] == MySqlError.Header)
            return new(columns, [], eof);

        return MySqlEof.TryParse(eof, out var end) && (end.Status & MySqlServerStatus.CursorExists) != 0 ? new(columns, [], eof) : await ReadRowsAsync(columns);
    }

    /// <summary>Prepares a statement.</summary>
    public async Task<MySqlPrepared> PrepareAsync(string text)
    {
        await SendAsync((output, ref sequence) => MySqlTextCommand.Write(output, ref sequence, MySqlCommand.StmtPrepare, Encoding.UTF8.GetBytes(text)));
        var first = await ReadAsync();
        if (!MySqlStmtPrepareOk.TryParse(first, out var ok))
            throw new IOException($"{text}: {Encoding.UTF8.GetString(first)}");

        var parameters = await ReadManyAsync(ok.ParameterCount);
        if (ok.ParameterCount > 0 && !IsEofDeprecated)
            await ReadAsync();

        var columns = await ReadManyAsync(ok.ColumnCount);
        if (ok.ColumnCount > 0 && !IsEofDeprecated)
            await ReadAsync();

        return new(first, ok.StatementId, ok.ParameterCount, parameters, columns);
    }

    /// <summary>Runs a prepared statement; its rows are binary.</summary>
    public Task<MySqlAnswer> ExecuteAsync(MySqlPrepared statement, MySqlCursorKind cursor = default, params MySqlParameter[] parameters) =>
        AskAsync((output, ref sequence) => MySqlStmtExecute.Write(output, ref sequence, statement.Id, cursor, parameters));

    /// <summary>Rows of a cursor.</summary>
    public async Task<MySqlAnswer> FetchAsync(MySqlPrepared statement, uint count)
    {
        await SendAsync((output, ref sequence) => MySqlStmtCommand.Write(output, ref sequence, MySqlCommand.StmtFetch, statement.Id, count));
        return await ReadRowsAsync(statement.Columns);
    }

    /// <summary>Sends a command.</summary>
    public async Task SendAsync(Writer command)
    {
        _sequence = 0;
        command(_connection.Output, ref _sequence);
        await _connection.Output.FlushAsync();
    }

    /// <summary>The next packet.</summary>
    public async Task<byte[]> ReadAsync()
    {
        using var slow = new CancellationTokenSource(Patience);
        var packet = await LoginReader.ReadPacketAsync(_connection, 64 << 20, slow.Token) ?? throw new IOException("the server closed");
        return packet.Payload;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _transport.Dispose();
    }

    private async Task<List<byte[]>> ReadManyAsync(int count)
    {
        var payloads = new List<byte[]>();
        while (payloads.Count < count)
            payloads.Add(await ReadAsync());

        return payloads;
    }

    private async Task<MySqlAnswer> ReadRowsAsync(List<byte[]> columns)
    {
        var rows = new List<byte[]>();
        while (true)
        {
            var payload = await ReadAsync();
            if (MySqlResponse.KindOfRow(payload[0], Math.Min(payload.Length, MySqlPacketHeader.BodySizeMax), IsEofDeprecated) != MySqlResponseKind.Row)
                return new(columns, rows, payload);

            rows.Add(payload);
        }
    }
}
