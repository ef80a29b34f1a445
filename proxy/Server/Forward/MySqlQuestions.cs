using JitProxy.Server.Configuration;

namespace JitProxy.Server.Forward;

/// <summary>
/// The proxy's own questions to one MySQL or MariaDB server, one at a time, over a connection that is opened for the first and closed after a minute
/// without any.
/// </summary>
internal sealed class MySqlQuestions : IAsyncDisposable
{
    /// <summary>How long an answer may take, with the login if one is needed.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(60);

    private readonly UpstreamConfiguration _target;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ITimer _idle;
    private MySqlReading? _connection;
    private bool _isDisposed;

    /// <summary>Questions to a server; the clock tells when the connection was idle for too long.</summary>
    public MySqlQuestions(UpstreamConfiguration target, TimeProvider clock)
    {
        _target = target;
        _idle = clock.CreateTimer(_ => _ = CloseAsync(), null, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks.</summary>
    /// <param name="query">The question.</param>
    /// <param name="columnCount">How many columns the answer has.</param>
    /// <param name="rowsMax">How many rows it may have; more are a fault.</param>
    /// <param name="stop">Nobody waits any more.</param>
    /// <exception cref="CatalogueFaultException">The server cannot be reached, or does not answer.</exception>
    public async Task<List<string?[]>> AskAsync(string query, int columnCount, int rowsMax, CancellationToken stop)
    {
        var what = $"{_target.Host}:{_target.Port} does not say what its names mean";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Timeout);
        try
        {
            await _turn.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                _idle.Change(IdleMax, System.Threading.Timeout.InfiniteTimeSpan);
                return await AskAsync(what, query, columnCount, rowsMax, limit.Token).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new CatalogueFaultException(new($"{what}: it takes longer than {Timeout.TotalSeconds:0} s"), e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _idle.DisposeAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _isDisposed = true;
        await ForgetAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private async Task<List<string?[]>> AskAsync(string what, string query, int columnCount, int rowsMax, CancellationToken stop)
    {
        if (_connection is { } kept)
        {
            try
            {
                return await AskAsync(kept, what, query, columnCount, rowsMax, stop).ConfigureAwait(false);
            }
            catch (CatalogueFaultException)
            {
                // The server may have closed it, or been restarted: a new connection tells.
            }
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var opened = await MySqlReading.OpenAsync(_target, "information_schema", what, stop).ConfigureAwait(false);
        return await AskAsync(opened, what, query, columnCount, rowsMax, stop).ConfigureAwait(false);
    }

    // A connection is kept only behind a whole answer: another one is in no known state.
    private async Task<List<string?[]>> AskAsync(
        MySqlReading connection, string what, string query, int columnCount, int rowsMax, CancellationToken stop)
    {
        var (rows, isNew, isWhole) = (new List<string?[]>(), !ReferenceEquals(connection, _connection), true);
        _connection = null;
        try
        {
            if (isNew)
                await connection.RunAsync(MySqlCatalogueReader.PlainModes, stop).ConfigureAwait(false);

            await connection.RunAsync(
                query,
                columnCount,
                row =>
                {
                    isWhole = rows.Count < rowsMax;
                    rows.Add(row);
                    return isWhole;
                },
                stop).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (!isWhole)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new CatalogueFaultException(new($"{what}: its answer is too long"));
        }

        _connection = connection;
        return rows;
    }

    private async Task CloseAsync()
    {
        // Whoever asks now sets the timer anew.
        if (!await _turn.WaitAsync(0).ConfigureAwait(false))
            return;

        await ForgetAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private async ValueTask ForgetAsync()
    {
        if (_connection is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);

        _connection = null;
    }
}
