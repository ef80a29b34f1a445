using System.Runtime.CompilerServices;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>
/// COM_STMT_*: statements are decided when they are prepared, and again before each execution if the grants changed. Their numbers are the proxy's own.
/// </summary>
internal sealed class PreparedStatements(
    Link link, Reply reply, Upstream upstream, SessionJudge judge, ExecutionStarter starter, LocalAnswers local, Settings settings, WarningMemory warnings,
    MySqlParameters parameters, RowRelay rows, SharedPath shared, WriteMode writes)
{
    private readonly PreparedSet _statements = new();

    /// <summary>COM_STMT_PREPARE.</summary>
    public ValueTask<Handled> PrepareAsync(ReadOnlyMemory<byte> payload)
    {
        var text = payload.Span[1..];
        _statements.ForgetLast();
        if (_statements.IsFullFor(text.Length))
        {
            var limit = $"a session may hold at most {PreparedSet.CountMax} prepared statements of {PreparedSet.SizeMax} bytes; close some";
            return new(reply.Refuse("53400", limit));
        }

        var ruling = judge.Decide(text);
        if (ruling.Refusal is { } refusal)
            return new(reply.Refuse(refusal));

        if (ruling is { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.Empty })
            return new(reply.Error(1065, "42000", "Query was empty"));

        // The server takes a statement that writes only where it may be run.
        return ruling.Writes ? EnterAndPrepareAsync(payload, ruling) : new(Prepare(text, ruling));
    }

    private async ValueTask<Handled> EnterAndPrepareAsync(ReadOnlyMemory<byte> payload, Ruling ruling) =>
        await writes.EnterAsync(ruling) is { } forbidden ? reply.Refuse(forbidden) : Prepare(payload.Span[1..], ruling);

    private Handled Prepare(ReadOnlySpan<byte> text, Ruling ruling)
    {
        var statement = new MySqlStatement(judge.Who, text.ToArray(), ruling) { Id = _statements.NextId(), AskedGrant = judge.AskedGrant };
        _statements.Add(statement);
        return ruling.Kind == RulingKind.Local ? AnswerPrepared(statement) : upstream.ForwardPrepare(statement);
    }

    /// <summary>COM_STMT_EXECUTE.</summary>
    public ValueTask<Handled> ExecuteAsync(ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        if (!MySqlStmtExecute.TryReadStatementId(payload.Span, out var id))
            return new(reply.Refuse("08P01", "malformed COM_STMT_EXECUTE"));

        if (Find(id) is not { } statement)
            return new(Unknown(id, "mysqld_stmt_execute"));

        var before = statement.Ruling.Grant;
        if (judge.Recheck(statement) is { } refusal)
            return new(reply.Refuse(refusal));

        // Another grant may hold the same statement in another spelling; what is prepared upstream is the old one's.
        if (statement.Ruling.Grant != before)
            return PrepareAgainAsync(statement, payload, stop);

        return ExecuteAsync(statement, payload, stop);
    }

    /// <summary>COM_STMT_FETCH.</summary>
    public Handled Fetch(ReadOnlySpan<byte> payload)
    {
        if (!MySqlStmtCommand.TryParse(payload, out var fetch))
            return reply.Refuse("08P01", "malformed COM_STMT_FETCH");

        if (Find(fetch.StatementId) is not { } statement)
            return Unknown(fetch.StatementId, "mysqld_stmt_fetch");

        if (statement.Cursor is not { } run)
            return reply.Refuse("34000", $"The statement ({statement.Id}) has no open cursor.");

        var refusal = judge.RecheckBound(run, out var renewed);
        if (renewed is not null && !run.TryRenew(renewed))
            refusal = judge.Denied(DenyReason.ShapeChanged, statement.Text, "what its cursor reads has changed", "Execute it again.", statement.Ruling.Grant);

        refusal ??= rows.BeginPage(run);
        if (refusal is not null)
        {
            run.Running?.TryAbort(refusal);
            statement.CloseCursor();
            return reply.Refuse(refusal);
        }

        run.Running?.Resume(judge.Now);
        return upstream.Forward(MySqlCommand.StmtFetch, statement, AnswerKind.Page, run, fetch.RowCount);
    }

    /// <summary>COM_STMT_RESET.</summary>
    public Handled Reset(ReadOnlySpan<byte> payload)
    {
        if (!MySqlStmtCommand.TryParse(payload, out var reset))
            return reply.Refuse("08P01", "malformed COM_STMT_RESET");

        if (Find(reset.StatementId) is not { } statement)
            return Unknown(reset.StatementId, "mysqld_stmt_reset");

        statement.ForgetLongData();
        statement.CloseCursor();
        if (statement.Ruling.Kind == RulingKind.Local)
            return reply.Ok();

        return upstream.Forward(MySqlCommand.StmtReset, statement, AnswerKind.Plain);
    }

    /// <summary>COM_STMT_CLOSE.</summary>
    public Handled Close(ReadOnlySpan<byte> payload)
    {
        if (MySqlStmtCommand.TryParse(payload, out var close) && _statements.Remove(close.StatementId) is { } statement)
        {
            statement.CloseCursor();
            CloseUpstream(statement);
        }

        return Handled.Silent;
    }

    /// <summary>COM_STMT_SEND_LONG_DATA. The data is kept here until the execution: nothing goes upstream before that is recorded.</summary>
    public Handled SendLongData(ReadOnlySpan<byte> payload)
    {
        if (MySqlStmtSendLongData.TryParse(payload, out var sent) && Find(sent.StatementId) is { } statement)
            statement.AddLongData(sent.Parameter, sent.Data);

        return Handled.Silent;
    }

    /// <summary>The session is as new: all statements are gone, here and upstream.</summary>
    public void Forget() => _statements.Clear();

    private MySqlStatement? Find(uint id) => _statements.Find(id);

    private Handled Unknown(uint id, string command) => reply.Error(1243, "HY000", $"Unknown prepared statement handler ({id}) given to {command}");

    private Handled AnswerPrepared(MySqlStatement statement)
    {
        var columns = LocalAnswers.ColumnsOf(statement.Ruling);
        MySqlStmtPrepareOk.Write(link.ClientOutput, ref link.Sequence, statement.Id, (ushort)columns.Length, 0, 0);
        if (columns.Length > 0)
            local.WriteDefinitions(columns);

        return Handled.Answered;
    }

    private void CloseUpstream(MySqlStatement statement)
    {
        if (statement.Ruling.Kind != RulingKind.Local && statement.UpstreamId != 0)
            upstream.Tell(MySqlCommand.StmtClose, statement);
    }

    private async ValueTask<Handled> PrepareAgainAsync(MySqlStatement statement, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        // Upstream it would be prepared in another database than the one that it was decided for.
        if (statement.Who.Database != judge.Who.Database)
            return reply.Error(1615, "HY000", "Prepared statement needs to be re-prepared");

        if (statement.Ruling.Writes && await writes.EnterAsync(statement.Ruling) is { } forbidden)
            return reply.Refuse(forbidden);

        var count = statement.ParameterCount;
        CloseUpstream(statement);
        var answer = await upstream.AskToPrepareAsync(statement);
        await link.Client.EnterLoopAsync();
        statement.IsRefused = !answer.IsOk || statement.ParameterCount != count;
        if (statement.IsRefused)
            return reply.Error(1615, "HY000", "Prepared statement needs to be re-prepared");

        return await ExecuteAsync(statement, payload, stop);
    }

    private ValueTask<Handled> ExecuteAsync(MySqlStatement statement, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        if (statement.LongDataFault is { } fault)
        {
            statement.ForgetLongData();
            return new(reply.Error(1210, "HY000", $"Incorrect arguments to mysqld_stmt_execute: {fault}"));
        }

        if (!MySqlStmtExecute.TryParse(
            payload.Span, link.ClientCan, statement.ParameterCount, statement.ParameterTypes, statement.SentAhead, out var execute)
            || execute.Cursor is not (MySqlCursorKind.None or MySqlCursorKind.ReadOnly))
        {
            return new(reply.Error(1210, "HY000", "Incorrect arguments to mysqld_stmt_execute"));
        }

        if (MySqlParameterCheck.FindObjection(statement.Ruling.Permit, execute, statement) is { } notApproved)
        {
            statement.ForgetLongData();
            return new(reply.Refuse(judge.Denied(DenyReason.ParameterNotAllowed, statement.Text, notApproved, null, statement.Ruling.Grant)));
        }

        // A second execution closes the cursor of the first.
        statement.CloseCursor();
        if (statement.Ruling.Kind == RulingKind.Local)
            return local.AnswerAsync(statement.Ruling, isBinary: true, stop);

        if (statement.Ruling is { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.ShowWarnings } && warnings.IsAnsweredHere)
            return new(local.ShowWithheldWarnings(isBinary: true));

        if (shared.FindObjection(statement.Ruling.Text) is { } objection)
            return new(reply.Refuse(objection));

        if (execute.Parameters.HasTypes)
            statement.ParameterTypes = MySqlParameters.TypesOf(execute, statement.ParameterCount);

        var run = new MySqlRun(statement) { Parameters = parameters.Encode(execute, statement) };
        return writes.IsPlain(run.Ruling) ? StartAsync(run, payload, stop) : EnterAndStartAsync(run, payload, stop);
    }

    private async ValueTask<Handled> EnterAndStartAsync(MySqlRun run, ReadOnlyMemory<byte> payload, CancellationToken stop) =>
        await writes.EnterAsync(run.Ruling) is { } forbidden ? await SendAsync(run, forbidden, payload, stop) : await StartAsync(run, payload, stop);

    private ValueTask<Handled> StartAsync(MySqlRun run, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        var starting = starter.StartAsync(run);
        return starting.IsCompletedSuccessfully
            ? SendAsync(run, starting.Result, payload, stop)
            : WaitAndSendAsync(run, starting, payload, stop);
    }

    private async ValueTask<Handled> WaitAndSendAsync(MySqlRun run, ValueTask<Refusal?> starting, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        var refusal = await starting;
        await link.Client.EnterLoopAsync();
        return await SendAsync(run, refusal, payload, stop);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Handled> FinishSharedAsync(ReadOnlyMemory<byte> payload, CancellationToken stop) =>
        await shared.FinishAsync(stop) ? Handled.Answered : await ExecuteAsync(payload, stop);

    private ValueTask<Handled> SendAsync(MySqlRun run, Refusal? refusal, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        var statement = run.Statement;
        if (refusal is not null)
        {
            statement.ForgetLongData();
            return new(reply.Refuse(refusal));
        }

        if (shared.TrySubmit(run, Read(statement, payload.Span)))
            return FinishSharedAsync(payload, stop);

        warnings.Begin(run, judge.FindReminder(run.Ruling));
        var sequence = WriteExecute(statement, payload.Span);
        return Settings.MayChangeTracking(run)
            ? settings.RunAsync(run, AnswerKind.Plain, sequence)
            : new(upstream.Forwarded(AnswerKind.BinaryResult, sequence, run));
    }

    // It was read once already, so it can be read again.
    private MySqlStmtExecute Read(MySqlStatement statement, ReadOnlySpan<byte> payload) =>
        MySqlStmtExecute.TryParse(payload, link.ClientCan, statement.ParameterCount, statement.ParameterTypes, statement.SentAhead, out var execute)
            ? execute
            : throw new InvalidOperationException("an execution cannot be read a second time");

    // Gives the number of the packet that answers it.
    private byte WriteExecute(MySqlStatement statement, ReadOnlySpan<byte> payload)
    {
        var sentAhead = statement.SentAhead;
        for (var i = 0; i < sentAhead.Length; i++)
        {
            byte own = 0;
            if (sentAhead[i])
                MySqlStmtSendLongData.Write(link.UpstreamOutput, ref own, statement.UpstreamId, (ushort)i, statement.LongDataOf(i));
        }

        var execute = Read(statement, payload);
        byte sequence = 0;
        execute.WriteAs(link.UpstreamOutput, ref sequence, statement.UpstreamId, execute.Cursor);
        statement.ForgetLongData();
        return sequence;
    }
}
