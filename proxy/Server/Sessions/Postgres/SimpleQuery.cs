using System.Buffers;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The simple query protocol (PostgreSQL section 55.2.2): every statement of the text is decided and sent as a Parse of its own.</summary>
/// <remarks>
/// A Query is answered from Parse, Bind, Describe and Execute with one Sync at its end. That keeps what a Query promises, one implicit
/// transaction and the rest skipped after an error, and it lets the server itself refuse a second command hidden in one part.
/// </remarks>
internal sealed class SimpleQuery(
    SessionLink link, Refuser refuser, StatementPreparer preparer, ExecutionStarter starter, LocalAnswers local, SessionJudge judge, StatementMemory memory,
    WriteMode writes)
{
    private readonly List<Range> _parts = [];

    /// <summary>Query.</summary>
    public ValueTask<bool> QueryAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (refuser.IsSkipping)
            return new(true);

        if (!PgQuery.TryParse(body.Span, out _))
        {
            refuser.RefuseSimple(new(DenyReason.Unreadable, "08P01", "malformed Query: the text must end with its only NUL", null, null));
            return new(true);
        }

        var text = body[..^1];
        return refuser.IsBatchOpen ? JoinAndRunAsync(text, stop) : RunAsync(text, stop);
    }

    /// <summary>FunctionCall: runs any function past every check, so it is refused, as a Query would be.</summary>
    public async ValueTask<bool> FunctionCallAsync(CancellationToken stop)
    {
        if (refuser.IsSkipping)
            return true;

        if (refuser.IsBatchOpen && !await JoinBatchAsync(stop))
            return true;

        const string Detail = "The FunctionCall message names no statement that could be approved.";
        refuser.RefuseSimple(judge.Denied(DenyReason.MessageNotSupported, default, Detail, null));
        return true;
    }

    /// <summary>A Query in an open pipeline runs only if nothing before it failed; that is known once the upstream has answered.</summary>
    private async ValueTask<bool> JoinBatchAsync(CancellationToken stop)
    {
        await refuser.DrainAsync(stop);
        return !link.Conversation.IsSkipping;
    }

    private async ValueTask<bool> JoinAndRunAsync(ReadOnlyMemory<byte> text, CancellationToken stop) =>
        !await JoinBatchAsync(stop) || await RunAsync(text, stop);

    private ValueTask<bool> RunAsync(ReadOnlyMemory<byte> text, CancellationToken stop)
    {
        local.ForgetUnnamed();
        return !writes.OwesNames && memory.TryRecall(text.Span, out var known) && writes.IsPlain(known.Ruling)
            ? RunGrantedAsync(known)
            : RunPartsAsync(text, stop);
    }

    private async ValueTask<bool> RunPartsAsync(ReadOnlyMemory<byte> text, CancellationToken stop)
    {
        if (writes.OwesNames)
            await writes.LearnNamesAsync(stop);

        _parts.Clear();
        if (!StatementSplitter.TrySplit(text.Span, SqlDialect.PostgreSql, _parts, out var fault, out var offset))
        {
            refuser.RefuseSimple(judge.Unreadable(text.Span, fault, offset));
            return true;
        }

        if (_parts.Count == 0)
            _parts.Add(0..0);

        foreach (var part in _parts.ToArray())
        {
            var statement = memory.Capture(text.Span[part], [], judge.Decide(text.Span[part]));
            if (await RunAsync(statement, stop) is { } refusal)
            {
                refuser.RefuseSimple(refusal);
                return true;
            }

            if (_parts.Count == 1 && statement.Ruling is { Kind: RulingKind.Granted, Copy: null })
                memory.Remember(text.Span, statement);

            // One message may hold more statements than may be under way.
            if (link.Conversation.Owed > Conversation.OwedMax)
                await refuser.DrainAsync(stop);
        }

        refuser.ForwardSync();
        return true;
    }

    private async ValueTask<Refusal?> RunAsync(ClientStatement statement, CancellationToken stop)
    {
        switch (statement.Ruling.Kind)
        {
            case RulingKind.Refused:
                return statement.Ruling.Refusal;
            case RulingKind.Local when statement.Ruling.Command is { } command:
                return await local.TellAsync(judge, command, describes: true, stop);
            case RulingKind.Local:
                judge.Apply(statement.Ruling.Verdict);
                return local.Answer(statement.Ruling.Verdict);
            case RulingKind.Granted:
            case RulingKind.Housekeeping:
                break;
        }

        if (!writes.IsPlain(statement.Ruling) && await writes.EnterAsync(statement.Ruling, runs: true, stop) is { } forbidden)
            return forbidden;

        var portal = new Portal(statement, []) { IsDescribed = true, IsSimple = true };
        if (await starter.StartAsync(portal) is { } refusal)
            return refusal;

        if (judge.FindReminder(statement.Ruling) is { } reminder)
            refuser.LocalNotice(reminder);

        preparer.Prepare(statement, isNamed: false, relay: false);
        WriteRun(link.UpstreamOutput, statement.Upstream!, statement.Ruling.Copy is { IsBinary: true });
        refuser.Sent();
        writes.Ran(statement.Ruling);
        link.Conversation.ExpectAll(new(Expected.BindComplete, false, portal), new(Expected.RowShape, true, portal), new(Expected.Rows, true, portal));
        if (SessionJudge.Resets(statement) && await refuser.IsDoneAsync(portal, stop))
            local.Reset(statement.Ruling.Verdict);

        return null;
    }

    /// <summary>A granted statement seen before under a decision that still holds: one copy, one send.</summary>
    private ValueTask<bool> RunGrantedAsync(ClientStatement statement)
    {
        var portal = new Portal(statement, []) { IsDescribed = true, IsSimple = true };
        var starting = starter.StartAsync(portal);
        if (!starting.IsCompletedSuccessfully)
            return WaitAndSendAsync(starting, portal);

        Send(portal, starting.Result);
        return new(true);
    }

    private async ValueTask<bool> WaitAndSendAsync(ValueTask<Refusal?> starting, Portal portal)
    {
        Send(portal, await starting);
        return true;
    }

    private void Send(Portal portal, Refusal? refusal)
    {
        if (refusal is not null)
        {
            refuser.RefuseSimple(refusal);
            return;
        }

        var statement = portal.Statement;
        if (judge.FindReminder(statement.Ruling) is { } reminder)
            refuser.LocalNotice(reminder);

        preparer.Prepare(statement, isNamed: false, relay: false);
        statement.Upstream!.SimpleRun ??= SimpleRunOf(statement.Upstream);
        link.UpstreamOutput.Write(statement.Upstream.SimpleRun);
        refuser.SentSync();
        link.Conversation.ExpectAll(
            new(Expected.BindComplete, false, portal), new(Expected.RowShape, true, portal), new(Expected.Rows, true, portal), new(Expected.Ready, true));
    }

    private static byte[] SimpleRunOf(UpstreamStatement statement)
    {
        var run = new ArrayBufferWriter<byte>(64);
        WriteRun(run, statement, isBinary: false);
        run.Write(PgMessages.Sync);
        return run.WrittenSpan.ToArray();
    }

    private static void WriteRun(IBufferWriter<byte> output, UpstreamStatement statement, bool isBinary)
    {
        PgBind.Write(output, default, statement.Name, default, default, isBinary ? [1] : []);
        PgDescribe.Write(output, PgObjectKind.Portal, default);
        PgExecute.Write(output, default, 0);
    }
}
