using System.Globalization;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Sessions;
using JitProxy.Wire;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Forward;

/// <summary>
/// A connection of the proxy's own to a MySQL or MariaDB server, for questions of its own: signed in as every upstream session is, with the same rules
/// about who is shown the password. One question at a time.
/// </summary>
internal sealed class MySqlReading : IAsyncDisposable
{
    /// <summary>The largest row, in bytes: definitions of views are long, but not so long.</summary>
    private const int RowSizeMax = 16 * 1024 * 1024;

    private const int DefinitionSizeMax = 64 * 1024;

    // There is no loop to stay on: what is read here is waited for on the thread pool.
    private static readonly Transport Transport = new SocketTransport(new());

    private readonly Connection _connection;
    private readonly MySqlUpstreamSession _session;
    private readonly string _what;
    private byte _sequence;

    private MySqlReading(Connection connection, MySqlUpstreamSession session, string what) => (_connection, _session, _what) = (connection, session, what);

    private bool EndsWithOk => (_session.Capabilities & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>Connects and signs in.</summary>
    /// <param name="target">The server.</param>
    /// <param name="database">The default database; empty for none.</param>
    /// <param name="what">What fails if this does, for people: it names host and port.</param>
    /// <param name="stop">It takes too long, or nobody waits any more.</param>
    /// <exception cref="CatalogueFaultException">The server cannot be reached, or does not let the proxy in.</exception>
    public static async Task<MySqlReading> OpenAsync(UpstreamConfiguration target, string database, string what, CancellationToken stop)
    {
        var wish = new MySqlUpstreamWish(database.Length == 0 ? null : database, MySqlCapabilities.DeprecateEof);
        var (connection, session, fault) = await new Dialer(Transport, TimeProvider.System).DialAsync(
            target, (opened, soon) => new MySqlUpstreamLogin(target).RunAsync(opened, wish, soon), Dialer.Timeout, null, stop).ConfigureAwait(false);
        return connection is not null && session is not null
            ? new(connection, session, what)
            : throw new CatalogueFaultException(fault! with { Message = $"{what}: {fault.Message}" });
    }

    /// <summary>Runs a statement that has no rows.</summary>
    /// <exception cref="CatalogueFaultException">The server refuses, or is gone.</exception>
    public Task RunAsync(string statement, CancellationToken stop) => RunAsync(statement, 0, static _ => true, stop);

    /// <summary>Reads rows.</summary>
    /// <param name="query">The question, in ASCII and UTF-8 alone.</param>
    /// <param name="columnCount">How many columns its answer has; another number is a fault.</param>
    /// <param name="take">Takes one row, whose texts are its own; false ends the reading and the connection with it.</param>
    /// <param name="stop">It takes too long, or nobody waits any more.</param>
    /// <exception cref="CatalogueFaultException">The server refuses, breaks the protocol, or is gone.</exception>
    public async Task RunAsync(string query, int columnCount, Func<string?[], bool> take, CancellationToken stop)
    {
        try
        {
            _sequence = 0;
            MySqlQuery.Write(_connection.Output, ref _sequence, _session.Capabilities, Encoding.UTF8.GetBytes(query));
            await _connection.Output.FlushAsync(stop).ConfigureAwait(false);
            await ReadAnswerAsync(columnCount, take, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ProtocolViolationException)
        {
            throw new CatalogueFaultException(new($"{_what}: {e.Message}"), e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await using (_connection)
        {
            try
            {
                _sequence = 0;
                MySqlPlainCommand.Write(_connection.Output, ref _sequence, MySqlCommand.Quit);
                await _connection.Output.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It is gone already, which is all that was wanted.
            }
        }
    }

    private async Task ReadAnswerAsync(int columnCount, Func<string?[], bool> take, CancellationToken stop)
    {
        var first = await ReadAsync(DefinitionSizeMax, stop).ConfigureAwait(false);
        if (columnCount == 0 && first is [MySqlOk.Header, ..])
            return;

        if (!MySqlResultSetHeader.TryParse(first, out var count) || count != columnCount)
            throw Broken();

        // Names and types are as asked for; the rows are texts in any case.
        for (var i = 0; i < columnCount; i++)
            await ReadAsync(DefinitionSizeMax, stop).ConfigureAwait(false);

        if (!EndsWithOk && !MySqlEof.TryParse(await ReadAsync(DefinitionSizeMax, stop).ConfigureAwait(false), out _))
            throw Broken();

        while (true)
        {
            var row = await ReadAsync(RowSizeMax, stop).ConfigureAwait(false);
            if (MySqlResponse.KindOfRow(row[0], row.Length, EndsWithOk) != MySqlResponseKind.Row)
                return;

            if (!take(TextsOf(row, columnCount)))
                return;
        }
    }

    // A packet that is no error; an error is a fault.
    private async Task<byte[]> ReadAsync(int sizeMax, CancellationToken stop)
    {
        if (await LoginReader.ReadPacketAsync(_connection, sizeMax, stop).ConfigureAwait(false) is not { Payload: [_, ..] payload } packet
            || packet.Sequence != _sequence)
        {
            throw Broken();
        }

        // Only definitions and rows of one packet are read, so numbers go up by one.
        _sequence = MySqlPacketHeader.Next(_sequence);
        if (payload[0] != MySqlError.Header)
            return payload;

        if (!MySqlError.TryParse(payload, out var error) || error.IsProgress)
            throw Broken();

        var sqlState = Encoding.ASCII.GetString(error.SqlState);
        throw new CatalogueFaultException(new(
            string.Create(CultureInfo.InvariantCulture, $"{_what}: the server answers with error {error.Code} ({sqlState})"),
            MySqlSignInCode.SqlStateOf(error.Code, sqlState),
            Encoding.UTF8.GetString(error.Message),
            error.Code));
    }

    private string?[] TextsOf(byte[] row, int columnCount)
    {
        if (!MySqlTextRow.TryParse(row, columnCount, out var values))
            throw Broken();

        var (texts, index) = (new string?[columnCount], 0);
        foreach (var value in values)
            texts[index++] = value.IsNull ? null : Encoding.UTF8.GetString(value.Bytes);

        return texts;
    }

    private CatalogueFaultException Broken() => new(new($"{_what}: the server broke the protocol, or closed the connection"));
}
