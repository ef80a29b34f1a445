using System.Buffers;
using System.Collections.Immutable;
using JitProxy.Server.Accept;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Capture;
using JitProxy.Server.Sessions;

namespace JitProxy.Server.Results;

/// <summary>A statement that runs in a session inside the process: its result, step by step, read no faster than it is asked for.</summary>
internal sealed class ResultRun : IAsyncDisposable
{
    private readonly Connection _near;
    private readonly DatabaseSession _session;
    private readonly ResultReader _reader;
    private readonly CancellationTokenSource _over;
    private readonly Task _running;
    private ReadOnlySequence<byte> _unread;
    private bool _isHeld;
    private bool _isCompleted;

    private ResultRun(Connection near, Connection far, Connection upstream, DatabaseSession session, ResultReader reader, CancellationToken stop)
    {
        (_near, _session, _reader) = (near, session, reader);
        _over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _running = RunToEndAsync(session, far, upstream, _over.Token);
    }

    /// <summary>The columns, from <see cref="ResultStep.Fields"/> on.</summary>
    public ImmutableArray<ResultField> Fields => _reader.Fields;

    /// <summary>The row that came last.</summary>
    public ResultRow Row => _reader.Row;

    /// <summary>How it ended, or how far it is.</summary>
    public RunEnd End => _reader.End;

    /// <summary>The statement and its execution, from <see cref="ResultStep.Fields"/> on.</summary>
    public BoundStatement? Bound => _session.LastPlanned;

    /// <summary>Starts a session and sends it a statement.</summary>
    /// <param name="near">The client's end of its connection.</param>
    /// <param name="far">The session's end.</param>
    /// <param name="upstream">Its connection to the server.</param>
    /// <param name="session">The session; ended and disposed of with the run.</param>
    /// <param name="reader">Reads what it answers.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="stop">Ends the session, and cancels what it runs.</param>
    public static async Task<ResultRun> StartAsync(
        Connection near, Connection far, Connection upstream, DatabaseSession session, ResultReader reader, ReadOnlyMemory<byte> statement,
        CancellationToken stop)
    {
        var run = new ResultRun(near, far, upstream, session, reader, stop);
        reader.Send(near.Output, statement.Span);
        await near.Output.FlushAsync(stop);
        return run;
    }

    /// <summary>The next step; never <see cref="ResultStep.NeedMore"/>.</summary>
    public async ValueTask<ResultStep> NextAsync(CancellationToken stop)
    {
        ResultStep step;
        while ((step = _reader.Take(ref _unread)) == ResultStep.NeedMore)
        {
            GiveBack();
            if (_isCompleted)
            {
                _reader.Fail("the session ended before the statement did");
                return ResultStep.End;
            }

            var read = await _near.Input.ReadAsync(stop);
            (_unread, _isHeld, _isCompleted) = (read.Buffer, true, read.IsCompleted);
        }

        return step;
    }

    /// <summary>Ends the session; a statement that still runs is cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        GiveBack();
        await _over.CancelAsync();
        _near.Abort();
        try
        {
            await _running;
        }
        finally
        {
            _over.Dispose();
            _session.Dispose();
        }
    }

    private void GiveBack()
    {
        if (_isHeld)
            _near.Input.AdvanceTo(_unread.Start, _unread.End);

        (_unread, _isHeld) = (default, false);
    }

    /// <summary>A session that said farewell leaves its connection open; here nobody else closes it.</summary>
    private static async Task RunToEndAsync(DatabaseSession session, Connection client, Connection upstream, CancellationToken stop)
    {
        await using (client)
        await using (upstream)
            await session.RunAsync(stop);
    }
}
