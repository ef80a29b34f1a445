using System.Buffers;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Mask;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Share;

/// <summary>A shared connection to PostgreSQL: each run has a Sync of its own.</summary>
internal sealed class PostgresLaneConnection(Connection upstream) : LaneConnection(upstream)
{
    private static readonly byte[] RunPortal = [.. DescribePortal(), .. ExecutePortal(), .. PgMessages.Sync];

    private readonly UpstreamStatements _prepared = new();
    private readonly Queue<InFlight> _inFlight = new();
    private readonly RowMasker _masker = new();
    private LaneStep _step;
    private bool _isFailing;
    private RowLimits _limits;

    /// <inheritdoc/>
    public override int Load => _inFlight.Count;

    /// <summary>Submits a Query's statement.</summary>
    public void Submit(PostgresSharedRun run)
    {
        var statement = Prepare(run.Portal.Statement, out var isNew);
        if (statement.SimpleRun is null)
        {
            var bytes = new ArrayBufferWriter<byte>(64);
            PgBind.Write(bytes, default, statement.Name, default, default, default);
            bytes.Write(RunPortal);
            statement.SimpleRun = bytes.WrittenSpan.ToArray();
        }

        Output.Write(statement.SimpleRun);
        Await(run, statement, isNew);
    }

    /// <summary>Submits a statement with its parameters.</summary>
    public void Submit(PostgresSharedRun run, in PgBind bind)
    {
        var statement = Prepare(run.Portal.Statement, out var isNew);
        bind.WriteAs(Output, default, statement.Name);
        Output.Write(RunPortal);
        Await(run, statement, isNew);
    }

    /// <inheritdoc/>
    protected override void SettleAll()
    {
        while (_inFlight.TryDequeue(out var left))
            left.Run.Settle(SharedOutcome.RunAlone);
    }

    private static byte[] DescribePortal()
    {
        var bytes = new ArrayBufferWriter<byte>();
        PgDescribe.Write(bytes, PgObjectKind.Portal, default);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] ExecutePortal()
    {
        var bytes = new ArrayBufferWriter<byte>();
        PgExecute.Write(bytes, default, 0);
        return bytes.WrittenSpan.ToArray();
    }

    private UpstreamStatement Prepare(ClientStatement statement, out bool isNew)
    {
        var key = statement.PreparedKey;
        isNew = !_prepared.TryGet(key, out var prepared);
        if (!isNew)
            return prepared!;

        prepared = new(_prepared.NewName(), statement.Ruling.Text);
        PgParse.Write(Output, prepared.Name, prepared.Text, statement.ParameterTypes);
        if (_prepared.Add(key, prepared) is { } evicted)
            PgClose.Write(Output, PgObjectKind.Statement, evicted.Name);

        return prepared;
    }

    private void Await(PostgresSharedRun run, UpstreamStatement statement, bool isNew)
    {
        _inFlight.Enqueue(new(run, statement, isNew));
        if (_inFlight.Count == 1)
            Expect();

        Submitted();
    }

    /// <inheritdoc/>
    protected override bool HandleAll(ref ReadOnlySequence<byte> unread)
    {
        while (unread.Length >= PgFrameHeader.Size)
        {
            var first = unread.FirstSpan;
            var size = first.Length < PgFrameHeader.Size ? MessageSizeMax + 1L : PgFrameHeader.SizeOf(first);
            if (size is < PgFrameHeader.Size or > MessageSizeMax)
                return false;

            if (size > first.Length)
                return true;

            if (IsClosed || !Handle(first[..(int)size]))
                return false;

            unread = unread.Slice(size);
        }

        return true;
    }

    private bool Handle(ReadOnlySpan<byte> frame)
    {
        var tag = (PgServerTag)frame[0];
        if (tag is PgServerTag.CloseComplete or PgServerTag.NotificationResponse)
            return true;

        if (!_inFlight.TryPeek(out var head))
            return tag == PgServerTag.NoticeResponse;

        if (tag == PgServerTag.ReadyForQuery)
            return Finish(frame, head);

        if (tag == PgServerTag.ErrorResponse && (_step == LaneStep.Parse || ErrorRelay.IsStale(frame)))
            Drop(head.Statement);

        if (tag is PgServerTag.ErrorResponse or PgServerTag.NoticeResponse)
            _isFailing = true;

        return _isFailing || Advance(tag, frame, head.Run);
    }

    /// <summary>Handles what comes on the way to success; false for what cannot come there.</summary>
    private bool Advance(PgServerTag tag, ReadOnlySpan<byte> frame, PostgresSharedRun run)
    {
        switch (_step, tag)
        {
            case (LaneStep.Parse, PgServerTag.ParseComplete):
                _step = LaneStep.Bind;
                return true;
            case (LaneStep.Bind, PgServerTag.BindComplete):
                if (run.RelaysParse)
                    run.Answer.Append(PgMessages.ParseComplete);
                if (!run.Portal.IsSimple)
                    run.Answer.Append(PgMessages.BindComplete);
                _step = LaneStep.Shape;
                return true;
            case (LaneStep.Shape, PgServerTag.RowDescription):
                _isFailing = !run.IsWanted || run.Planner.Plan(run.Portal, frame[PgFrameHeader.Size..]) is not null;
                _limits = run.Planner.LimitsOf(run.Portal);
                if (run.RelaysShape)
                    run.Answer.Append(frame);
                _step = LaneStep.Rows;
                return true;
            case (LaneStep.Rows, PgServerTag.DataRow):
                _isFailing = !TryAdd(frame, run);
                return true;
            case (LaneStep.Rows, PgServerTag.CommandComplete):
                run.Answer.Append(frame);
                _step = LaneStep.Ready;
                return true;
            default:
                return false;
        }
    }

    private bool TryAdd(ReadOnlySpan<byte> row, PostgresSharedRun run)
    {
        if (run.Portal is not { Plan: { } plan, Running: { } running } || run.Answer.Length + row.Length > SharedRun.AnswerSizeMax)
            return false;

        var before = run.Answer.Length;
        if (_masker.TryRewrite(row, plan.Columns, run.Answer) < 0)
            return false;

        running.Rows++;
        running.Bytes += run.Answer.Length - before;
        return running.Rows <= _limits.Rows && running.Bytes <= _limits.Bytes;
    }

    private bool Finish(ReadOnlySpan<byte> frame, in InFlight head)
    {
        var isIdle = frame.Length == PgFrameHeader.Size + 1 && frame[PgFrameHeader.Size] == (byte)PgTransactionStatus.Idle;
        _inFlight.Dequeue();
        var isWhole = isIdle && !_isFailing && _step == LaneStep.Ready;
        Expect();
        if (isWhole)
            head.Run.Answer.Append(frame);

        // Its session goes on inside this call, and may submit again.
        head.Run.Settle(isWhole ? SharedOutcome.Answered : SharedOutcome.RunAlone);
        return isIdle;
    }

    private void Expect()
    {
        _isFailing = false;
        _step = _inFlight.TryPeek(out var next) && next.IsNew ? LaneStep.Parse : LaneStep.Bind;
    }

    private void Drop(UpstreamStatement statement)
    {
        if (statement.IsLost)
            return;

        statement.IsLost = true;
        PgClose.Write(Output, PgObjectKind.Statement, statement.Name);
    }

    private readonly record struct InFlight(PostgresSharedRun Run, UpstreamStatement Statement, bool IsNew);
}
