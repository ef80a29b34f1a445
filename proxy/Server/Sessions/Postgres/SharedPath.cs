using System.Buffers;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Mask;
using JitProxy.Server.Share;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Runs a session's granted statements on a connection that it shares with others, where nobody could tell the difference.</summary>
/// <remarks>
/// That is: outside of a transaction, with nothing under way, with the settings that the session started with, a statement seen before whose
/// decision holds, whose answer is not about the connection, and that was quick and small so far. Everything else, and every run
/// that turns out otherwise, takes the session's own connection.
/// </remarks>
internal sealed class SharedPath(
    SessionLink link, Lane<PostgresLaneConnection>? lane, Refuser refuser, ExecutionStarter starter, StatementMemory memory, SessionJudge judge,
    SessionObjects objects, BoundParameters parameters, RowPlanner planner)
{
    private static readonly byte[] Ready = [(byte)PgServerTag.ReadyForQuery, 0, 0, 0, 5, (byte)PgTransactionStatus.Idle];

    private PostgresSharedRun? _run;
    private bool _skipsNext;

    /// <summary>True if a run ended and <see cref="DeliverAsync"/> has to be called.</summary>
    public bool IsDue => _run is { Outcome: not SharedOutcome.None };

    /// <summary>Submits what comes next, if all of it is here and may be shared.</summary>
    /// <param name="unread">What the client sent; what was taken is cut off.</param>
    /// <param name="waiting">Completes when the run ended.</param>
    public bool TryRun(ref ReadOnlySequence<byte> unread, out ValueTask<bool> waiting)
    {
        waiting = default;
        if (lane is null || !MayShare() || unread.First is not { Length: > PgFrameHeader.Size } received)
            return false;

        var size = (PgClientTag)received.Span[0] == PgClientTag.Query
            ? RunQuery(received.Span, lane, ref waiting)
            : RunBatch(received, lane, ref waiting);
        if (size == 0)
            return false;

        unread = unread.Slice(size);
        return true;
    }

    /// <summary>The session ends: nobody waits for the run any more.</summary>
    public void Abandon() => _run?.Settle(SharedOutcome.Abandoned);

    /// <summary>Passes the answer on; false if the run has to be made again on the session's own connection.</summary>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    public ValueTask<bool> DeliverAsync(CancellationToken stop)
    {
        var run = _run!;
        if (run.Outcome == SharedOutcome.Answered && run.Portal.Running is { IsDurable: true, Abort: null } running && link.ClientTurn.TryTake())
        {
            running.EndOk();
            link.ClientOutput.Write(run.Answer.Written);
            run.Forget();
            return FlushAsync();
        }

        return DeliverSlowlyAsync(run, stop);
    }

    private bool MayShare()
    {
        if (_skipsNext)
        {
            _skipsNext = false;
            return false;
        }

        return !judge.HasOwnSettings && !refuser.IsBatchOpen && !refuser.IsSkipping
            && link.Conversation is { Owed: 0, TransactionStatus: (byte)PgTransactionStatus.Idle };
    }

    private static bool MayShare(ClientStatement statement) =>
        statement.Ruling is { Permit.IsLimited: false, Analyzed: { IsShareable: true, Pace.IsQuick: true } };

    private int RunQuery(ReadOnlySpan<byte> received, Lane<PostgresLaneConnection> shared, ref ValueTask<bool> waiting)
    {
        var size = PgFrameHeader.SizeOf(received);
        if (size <= PgFrameHeader.Size || size > received.Length || received[(int)size - 1] != 0)
            return 0;

        var text = received[PgFrameHeader.Size..((int)size - 1)];
        if ((!memory.TryRecall(text, out var statement) && !memory.TryLearn(text, out statement)) || !MayShare(statement) || shared.Find(link.Client) is null)
            return 0;

        objects.ForgetUnnamed();
        waiting = StartAsync(new(statement, []) { IsDescribed = true, IsSimple = true }, default, relaysParse: false, relaysShape: true);
        return (int)size;
    }

    private int RunBatch(ReadOnlyMemory<byte> received, Lane<PostgresLaneConnection> shared, ref ValueTask<bool> waiting)
    {
        if (SharedBatch.Read(received.Span) is not { } batch)
            return 0;

        var span = received.Span;
        if (!PgBind.TryParse(span[batch.Bind], out var bind) || !bind.Portal.IsEmpty || FindStatement(span, batch, bind) is not { } statement)
            return 0;

        if ((statement.IsMissing && !batch.HasParse) || !judge.IsStillGood(statement) || !MayShare(statement) || shared.Find(link.Client) is null)
            return 0;

        // Refused on the session's own path, which says so.
        if (ParameterCheck.FindObjection(statement.Ruling.Permit, bind, statement.ParameterTypes) is not null)
            return 0;

        if (batch.HasParse && objects.SetStatement("", statement) is not null)
            return 0;

        if (batch.HasParse)
            statement.CountParse();

        var portal = new Portal(statement, []) { IsDescribed = true, Parameters = parameters.Encode(bind, statement.Ruling.Recording) };
        waiting = StartAsync(portal, received[batch.Bind], batch.HasParse, batch.HasDescribe);
        return batch.Size;
    }

    private ClientStatement? FindStatement(ReadOnlySpan<byte> span, in SharedBatch batch, in PgBind bind)
    {
        if (!batch.HasParse)
            return objects.FindStatement(objects.NameOf(bind.Statement));

        return bind.Statement.IsEmpty && PgParse.TryParse(span[batch.Parse], out var parse) && parse.Name.IsEmpty
            && ((memory.TryRecallParsed(parse.Text, out var known) && known.HasParameterTypes(parse.ParameterTypes)) || memory.TryLearnParsed(parse, out known))
                ? known
                : null;
    }

    private ValueTask<bool> StartAsync(Portal portal, ReadOnlyMemory<byte> bind, bool relaysParse, bool relaysShape)
    {
        var run = _run ??= new(planner);
        run.Begin(portal, relaysParse, relaysShape);
        var starting = starter.StartAsync(portal);
        if (!starting.IsCompletedSuccessfully)
            return StartLateAsync(run, starting, bind);

        Submit(run, starting.Result, bind.Span);
        return run.WhenSettled();
    }

    private async ValueTask<bool> StartLateAsync(PostgresSharedRun run, ValueTask<Refusal?> starting, ReadOnlyMemory<byte> bind)
    {
        var refusal = await starting;
        await link.Client.EnterLoopAsync();
        Submit(run, refusal, bind.Span);
        return await run.WhenSettled();
    }

    private void Submit(PostgresSharedRun run, Refusal? refusal, ReadOnlySpan<byte> bindBody)
    {
        if (refusal is not null)
        {
            run.Settle(SharedOutcome.Refused, refusal);
            return;
        }

        if (lane!.Find(link.Client) is not { } connection)
        {
            run.Settle(SharedOutcome.RunAlone);
            return;
        }

        run.Portal.Running!.IsShared = true;
        if (run.Portal.IsSimple)
            connection.Submit(run);
        else if (PgBind.TryParse(bindBody, out var bind))
            connection.Submit(run, bind);
    }

    private ValueTask<bool> FlushAsync()
    {
        var flush = link.ClientOutput.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
            return FlushSlowlyAsync(flush);

        link.ClientTurn.GiveBack();
        return new(true);
    }

    private async ValueTask<bool> FlushSlowlyAsync(ValueTask<System.IO.Pipelines.FlushResult> flush)
    {
        try
        {
            await flush;
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.ClientLost, e);
        }
        finally
        {
            link.ClientTurn.GiveBack();
        }

        return true;
    }

    private async ValueTask<bool> DeliverSlowlyAsync(PostgresSharedRun run, CancellationToken stop)
    {
        var running = run.Portal.Running;
        switch (run.Outcome)
        {
            case SharedOutcome.RunAlone:
                running?.EndMoved();
                run.Portal.Ruling.Analyzed?.Pace.Distrust();
                run.Forget();
                _skipsNext = true;
                return false;
            case SharedOutcome.Abandoned:
                throw new OperationCanceledException("the session is over");
            case SharedOutcome.Answered:
                if (running is { IsDurable: false } && await running.WhenDurable().WaitAsync(stop) is { } fault)
                    running.TryAbort(Record.Recorder.TrailUnavailable(fault));

                break;
            case SharedOutcome.Refused:
            case SharedOutcome.None:
                break;
        }

        await link.Client.EnterLoopAsync();
        await link.ClientTurn.TakeAsync(stop);
        await link.Client.EnterLoopAsync();
        Write(run, running);
        run.Forget();
        return await FlushAsync();
    }

    private void Write(PostgresSharedRun run, Record.Running? running)
    {
        if ((run.Refusal ?? running?.Abort) is { } refusal)
        {
            running?.EndRefused(refusal);
            link.ClientOutput.Write(refusal.ToErrorResponse());
            link.ClientOutput.Write(Ready);
            return;
        }

        running?.EndOk();
        link.ClientOutput.Write(run.Answer.Written);
    }
}
