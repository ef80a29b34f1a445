using System.Buffers;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Mask;
using JitProxy.Server.Record;
using JitProxy.Server.Share;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Runs a session's granted statements on a connection that it shares with others, where nobody could tell the difference.</summary>
/// <remarks>
/// That is: outside of a transaction, in the database and with the settings that the session started with, a statement seen before whose answer is not about
/// the connection, that was quick and small so far, and while nothing waits for SHOW WARNINGS. Everything else, and every run that turns out otherwise,
/// takes the session's own connection.
/// </remarks>
internal sealed class SharedPath(Link link, Reply reply, Func<AppliedSettings, Lane<MySqlLaneConnection>?> findLane, SessionJudge judge, RowPlanner planner)
{
    private readonly SessionIdentity _who = judge.Who;
    private MySqlSharedRun? _run;
    private Lane<MySqlLaneConnection>? _lane;
    private string? _laneKey;
    private bool _skipsNext;
    private bool _stopsSharing;

    /// <summary>Submits a COM_QUERY's statement; false if it runs on the session's own connection.</summary>
    public bool TrySubmit(MySqlRun run)
    {
        if (Find(run.Statement) is not { } connection)
            return false;

        connection.Submit(Begin(run));
        return true;
    }

    /// <summary>Submits an execution; false if it runs on the session's own connection.</summary>
    public bool TrySubmit(MySqlRun run, in MySqlStmtExecute execute)
    {
        if (execute.Cursor != MySqlCursorKind.None || run.Statement.SentAhead.Length != 0 || Find(run.Statement) is not { } connection
            || connection.Find(run.Statement) is not { } prepared)
        {
            return false;
        }

        connection.Submit(Begin(run), prepared, execute);
        return true;
    }

    /// <summary>Waits for what was submitted, and writes its answer. The caller holds the floor.</summary>
    /// <returns>False if the command has to be handled once more: it runs on the session's own connection then.</returns>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FinishAsync(CancellationToken stop)
    {
        var shared = _run!;
        await shared.WhenSettled();
        var running = shared.Run.Running!;
        switch (shared.Outcome)
        {
            case SharedOutcome.RunAlone:
                running.EndMoved();
                shared.Run.Ruling.Analyzed?.Pace.Distrust();
                shared.Forget();
                _skipsNext = true;
                await link.Client.EnterLoopAsync();
                return false;
            case SharedOutcome.Answered:
                break;
            default:
                throw new OperationCanceledException("the session is over");
        }

        if (!running.IsDurable && await running.WhenDurable().WaitAsync(stop) is { } fault)
            running.TryAbort(Recorder.TrailUnavailable(fault));

        await link.Client.EnterLoopAsync();
        if (running.Abort is { } refusal)
        {
            running.EndRefused(refusal);
            reply.Refuse(refusal);
        }
        else
        {
            running.EndOk();
            link.ClientOutput.Write(shared.Answer);
            link.HidesLast = true;
        }

        shared.Forget();
        return true;
    }

    /// <summary>
    /// Why a text cannot run now: it asks what the statement before did, and that one left no trace on the session's own connection. From here on the
    /// session shares nothing, so it can be asked again behind that statement.
    /// </summary>
    public Refusal? FindObjection(ReadOnlySpan<byte> text)
    {
        if (!link.HidesLast || !MySqlStatement.AsksForLast(text))
            return null;

        _stopsSharing = true;
        return new(
            DenyReason.Unspecified, "0A000", "FOUND_ROWS() and ROW_COUNT() ask about the statement before, which ran on a shared connection", null,
            "Run that statement once more, then ask: from now on this session shares nothing.");
    }

    /// <summary>The session ends: nobody waits for the run any more.</summary>
    public void Abandon() => _run?.Settle(SharedOutcome.Abandoned);

    private MySqlSharedRun Begin(MySqlRun run)
    {
        var shared = _run ??= new(link, planner);
        run.Running!.IsShared = true;
        shared.Begin(run);
        return shared;
    }

    private MySqlLaneConnection? Find(MySqlStatement statement)
    {
        if (_skipsNext)
        {
            _skipsNext = false;
            return null;
        }

        const MySqlServerStatus Idle = MySqlServerStatus.Autocommit;
        if (_stopsSharing || !link.Applied.IsKnown || !ReferenceEquals(judge.Who, _who) || link.HasMessages || link.Status != Idle || !statement.IsShareable)
            return null;

        if (!ReferenceEquals(_laneKey, link.Applied.Key))
            (_laneKey, _lane) = (link.Applied.Key, findLane(link.Applied));

        return _lane?.Find(link.Client) is { } connection && connection.Capabilities == link.UpstreamCan ? connection : null;
    }
}
