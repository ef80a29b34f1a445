using System.Buffers;
using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The extended query protocol (PostgreSQL section 55.2.3): Parse is decided, Bind and Execute again if the grants changed.</summary>
internal sealed class ExtendedQuery(
    SessionLink link, Refuser refuser, StatementPreparer preparer, ExecutionStarter starter, LocalAnswers local, SessionJudge judge, StatementMemory memory,
    SessionObjects objects, BoundParameters parameters, WriteMode writes)
{
    /// <summary>The first object id that is not the server's own (PostgreSQL FirstNormalObjectId).</summary>
    public const uint FirstUserOid = 16384;

    private readonly ExtendedDescribe _describe = new(link, refuser, preparer, memory, objects);

    /// <summary>Parse.</summary>
    public ValueTask<bool> ParseAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (refuser.IsSkipping)
            return new(true);

        if (writes.OwesNames)
            return LearnAndParseAsync(body, stop);

        if (!PgParse.TryParse(body.Span, out var parse))
            return Malformed();

        var name = objects.NameOf(parse.Name);
        if (name.Length != 0 && objects.FindStatement(name) is not null)
            return Refuse("42P05", $"prepared statement \"{name}\" already exists");

        if (name.Length == 0 && memory.TryRecallParsed(parse.Text, out var known) && known.HasParameterTypes(parse.ParameterTypes))
        {
            if (objects.SetStatement(name, known) is { } fullAgain)
                return Refuse("53400", fullAgain);

            return PrepareAsync(known, isNamed: false, stop);
        }

        var types = new uint[parse.ParameterTypes.Count];
        for (var i = 0; i < types.Length; i++)
            types[i] = parse.ParameterTypes[i];

        var ruling = judge.Decide(parse.Text);
        if ((ruling.Kind is RulingKind.Granted or RulingKind.Housekeeping) && Array.FindIndex(types, static t => t >= FirstUserOid) is var at and >= 0)
            ruling = Ruling.Refused(judge.Denied(DenyReason.ParameterTypeNotAllowed, parse.Text, $"parameter ${at + 1} has type {types[at]}", null));

        if (ruling.Refusal is { } refusal)
            return Refuse(refusal);

        var statement = memory.Capture(parse.Text, types, ruling);
        if (objects.SetStatement(name, statement) is { } full)
            return Refuse("53400", full);

        // Unnamed statements come again and again with the same text; what is named is kept by its name anyway.
        if (name.Length == 0 && ruling is { Kind: RulingKind.Granted, Copy: null })
            memory.RememberParsed(parse.Text, statement);

        if (ruling.Kind != RulingKind.Local)
            return PrepareAsync(statement, isNamed: name.Length != 0, stop);

        refuser.LocalParse(statement);
        return new(true);
    }

    private async ValueTask<bool> LearnAndParseAsync(ReadOnlyMemory<byte> body, CancellationToken stop) =>
        await writes.LearnNamesAsync(stop) && await ParseAsync(body, stop);

    private ValueTask<bool> PrepareAsync(ClientStatement statement, bool isNamed, CancellationToken stop)
    {
        if (!writes.IsPlain(statement.Ruling))
            return EnterAndPrepareAsync(statement, isNamed, stop);

        preparer.Prepare(statement, isNamed, relay: true);
        return new(true);
    }

    private async ValueTask<bool> EnterAndPrepareAsync(ClientStatement statement, bool isNamed, CancellationToken stop)
    {
        await writes.EnterAsync(statement.Ruling, runs: false, stop);
        preparer.Prepare(statement, isNamed, relay: true);
        return true;
    }

    /// <summary>Bind.</summary>
    public ValueTask<bool> BindAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (refuser.IsSkipping)
            return new(true);

        if (!PgBind.TryParse(body.Span, out var bind))
            return Malformed();

        var statementName = objects.NameOf(bind.Statement);
        if (objects.FindStatement(statementName) is not { } statement)
            return refuser.NoSuchStatement(statementName);

        if (memory.Recheck(statement) is { } refusal)
            return Refuse(refusal);

        return statement.Ruling.Kind == RulingKind.Local || writes.IsPlain(statement.Ruling)
            ? Bind(statement, statementName, bind)
            : EnterAndBindAsync(statement, statementName, body, stop);
    }

    private async ValueTask<bool> EnterAndBindAsync(ClientStatement statement, string name, ReadOnlyMemory<byte> body, CancellationToken stop) =>
        await writes.EnterAsync(statement.Ruling, runs: true, stop) is { } forbidden ? await Refuse(forbidden)
        : await (PgBind.TryParse(body.Span, out var bind) ? Bind(statement, name, bind) : Malformed());

    private ValueTask<bool> Bind(ClientStatement statement, string statementName, in PgBind bind)
    {
        var portalName = objects.NameOf(bind.Portal);
        if (statement.Ruling.Kind == RulingKind.Local)
        {
            if (objects.SetPortal(portalName, new(statement, [])) is { } fullHere)
                return Refuse("53400", fullHere);

            refuser.Local(Refuser.BindComplete);
            return new(true);
        }

        if (ParameterCheck.FindObjection(statement.Ruling.Permit, bind, statement.ParameterTypes) is { } objection)
            return Refuse(judge.Denied(DenyReason.ParameterNotAllowed, statement.Text, objection, null, statement.Ruling.Grant));

        preparer.Prepare(statement, isNamed: statementName.Length != 0, relay: false);
        // The server knows portals by names of ours, so it would keep the one whose name the client uses again.
        if (portalName.Length != 0 && objects.FindPortal(portalName) is { Ruling.Kind: not RulingKind.Local } replaced)
            CloseUpstream(replaced, relay: false);

        var portal = new Portal(statement, objects.NewPortalName(portalName)) { Parameters = parameters.Encode(bind, statement.Ruling.Recording) };
        if (objects.SetPortal(portalName, portal) is { } full)
            return Refuse("53400", full);

        preparer.WriteBind(portal, bind);
        refuser.Sent();
        link.Conversation.Expect(new(Expected.BindComplete, true, portal));
        return new(true);
    }

    /// <summary>Describe.</summary>
    public ValueTask<bool> DescribeAsync(ReadOnlyMemory<byte> body) => _describe.DescribeAsync(body);

    /// <summary>Execute.</summary>
    public ValueTask<bool> ExecuteAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (refuser.IsSkipping)
            return new(true);

        if (!PgExecute.TryParse(body.Span, out var execute))
            return Malformed();

        var name = objects.NameOf(execute.Portal);
        if (objects.FindPortal(name) is not { } portal)
            return refuser.NoSuchPortal(name);

        if (portal.Ruling.Command is { } command)
            return TellAsync(command);

        if (portal.Ruling.Kind == RulingKind.Local)
        {
            judge.Apply(portal.Ruling.Verdict);
            return local.Answer(portal.Ruling.Verdict) is { } no ? Refuse(no) : new(true);
        }

        var refusal = memory.Recheck(portal) ?? writes.FindObjection(portal.Ruling);
        if (refusal is null && portal.Ruling.Copy is not null && portal.Running is not null)
            return Refuse("55000", $"portal \"{name}\" cannot be run anymore");

        // An execution that ended, or that the server skipped, does not cover another run of a portal that outlived it.
        if (refusal is null && (portal.Running is null or { HasEnded: true }))
        {
            var starting = starter.StartAsync(portal);
            if (!starting.IsCompletedSuccessfully)
                return WaitAndExecuteAsync(starting, portal, execute.RowsMax, stop);

            refusal = starting.Result;
        }

        return Execute(portal, execute.RowsMax, refusal, stop);
    }

    private async ValueTask<bool> TellAsync(JitCommand command) =>
        await local.TellAsync(judge, command, describes: false, CancellationToken.None) is not { } refusal || await Refuse(refusal);

    private async ValueTask<bool> WaitAndExecuteAsync(ValueTask<Refusal?> starting, Portal portal, int rowsMax, CancellationToken stop) =>
        await Execute(portal, rowsMax, await starting, stop);

    private ValueTask<bool> Execute(Portal portal, int rowsMax, Refusal? refusal, CancellationToken stop)
    {
        if (refusal is not null)
        {
            portal.Running?.TryAbort(refusal);
            portal.Running?.EndSuspended();
            refuser.RefuseExtended(refusal);
            return new(true);
        }

        if (judge.FindReminder(portal.Ruling) is { } reminder)
            refuser.LocalNotice(reminder);

        if (!portal.IsDescribed)
        {
            portal.IsDescribed = true;
            PgDescribe.Write(link.UpstreamOutput, PgObjectKind.Portal, portal.UpstreamName);
            link.Conversation.Expect(new(Expected.RowShape, false, portal));
        }

        if (portal.Running is { IsSuspended: true } paused)
            paused.Resume(judge.Now);
        PgExecute.Write(link.UpstreamOutput, portal.UpstreamName, portal.Ruling.Copy is null ? rowsMax : 0);
        refuser.Sent();
        writes.Ran(portal.Ruling);
        link.Conversation.Expect(new(Expected.Rows, true, portal));
        return SessionJudge.Resets(portal.Statement) ? WaitAndResetAsync(portal, stop) : new(true);
    }

    private async ValueTask<bool> WaitAndResetAsync(Portal portal, CancellationToken stop)
    {
        if (await refuser.IsDoneAsync(portal, stop))
            local.Reset(portal.Statement.Ruling.Verdict);

        return true;
    }

    /// <summary>Close.</summary>
    public ValueTask<bool> CloseAsync(ReadOnlyMemory<byte> body)
    {
        if (refuser.IsSkipping)
            return new(true);

        if (!PgClose.TryParse(body.Span, out var close))
            return Malformed();

        var name = objects.NameOf(close.Name);
        if (close.Kind == PgObjectKind.Statement)
        {
            if (objects.RemoveStatement(name) is { } statement)
            {
                preparer.Release(statement);
                refuser.LocalClose(statement, Refuser.CloseComplete);
                return new(true);
            }
        }
        else if (objects.RemovePortal(name) is { Ruling.Kind: not RulingKind.Local } portal)
        {
            portal.Release();
            CloseUpstream(portal, relay: true);
            return new(true);
        }

        refuser.Local(Refuser.CloseComplete);
        return new(true);
    }

    /// <summary>Sync.</summary>
    public ValueTask<bool> SyncAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (!body.IsEmpty)
            return refuser.ViolationAsync("malformed Sync", stop);

        refuser.Sync();
        return new(true);
    }

    /// <summary>Flush.</summary>
    public ValueTask<bool> FlushAsync(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (!body.IsEmpty)
            return refuser.ViolationAsync("malformed Flush", stop);

        if (!refuser.IsSkipping && refuser.IsBatchOpen)
        {
            link.UpstreamOutput.Write(PgMessages.Flush);
            refuser.Sent();
        }

        return new(true);
    }

    private void CloseUpstream(Portal portal, bool relay)
    {
        PgClose.Write(link.UpstreamOutput, PgObjectKind.Portal, portal.UpstreamName);
        refuser.Sent();
        link.Conversation.Expect(new(Expected.CloseComplete, relay, portal));
    }

    private ValueTask<bool> Malformed() => refuser.RefuseExtended("08P01", "invalid message format");

    private ValueTask<bool> Refuse(string sqlState, string message) => refuser.RefuseExtended(sqlState, message);

    private ValueTask<bool> Refuse(Refusal refusal)
    {
        refuser.RefuseExtended(refusal);
        return new(true);
    }
}
