using System.Buffers;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Mask;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Share;

/// <summary>One upstream connection that runs the statements of many sessions, in their order, each with a Sync of its own.</summary>
/// <remarks>
/// Everything happens on one loop thread: sessions submit there, and what they submitted in one turn of the loop leaves in one send. Only
/// plain success is handled here. Whatever else the server says, the run concerned is made again by its session on its own
/// connection, where errors, notices, cancellation and large results are at home; nothing of the first try has left.
/// </remarks>
internal sealed class LaneConnection
{
    /// <summary>Runs under way at most; each is a small request and at most <see cref="SharedRun.AnswerSizeMax"/> of answer.</summary>
    public const int InFlightMax = 64;

    /// <summary>Largest message that is waited for; the connection of a larger one is given up.</summary>
    private const int MessageSizeMax = 1024 * 1024;

    private static readonly byte[] RunPortal = [.. DescribePortal(), .. ExecutePortal(), .. PgMessages.Sync];

    private readonly Connection _upstream;
    private readonly Action<LaneConnection> _gone;
    private readonly Action _flush;
    private readonly UpstreamStatements _prepared = new();
    private readonly Queue<InFlight> _inFlight = new();
    private readonly RowMasker _masker = new();
    private LaneStep _step;
    private bool _isFailing;
    private RowLimits _limits;
    private bool _isFlushPosted;

    /// <summary>Takes over a connection that is signed in. Call <see cref="RunAsync"/> on its loop.</summary>
    public LaneConnection(Connection upstream, Action<LaneConnection> gone)
    {
        (_upstream, _gone, _flush) = (upstream, gone, Flush);
    }

    /// <summary>Runs under way.</summary>
    public int Load => _inFlight.Count;

    /// <summary>True once it takes no more runs.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Ticks of the runs taken so far: whoever looks twice sees whether it is in use.</summary>
    public long Runs { get; private set; }

    /// <summary>Submits a Query's statement.</summary>
    public void Submit(SharedRun run)
    {
        var statement = Prepare(run.Portal.Statement, out var isNew);
        if (statement.SimpleRun is null)
        {
            var bytes = new ArrayBufferWriter<byte>(64);
            PgBind.Write(bytes, default, statement.Name, default, default, default);
            bytes.Write(RunPortal);
            statement.SimpleRun = bytes.WrittenSpan.ToArray();
        }

        _upstream.Output.Write(statement.SimpleRun);
        Await(run, statement, isNew);
    }

    /// <summary>Submits a statement with its parameters.</summary>
    public void Submit(SharedRun run, in PgBind bind)
    {
        var statement = Prepare(run.Portal.Statement, out var isNew);
        bind.WriteAs(_upstream.Output, default, statement.Name);
        _upstream.Output.Write(RunPortal);
        Await(run, statement, isNew);
    }

    /// <summary>Hands out answers until the connection ends. Runs left then are made again elsewhere.</summary>
    public async Task RunAsync()
    {
        await _upstream.EnterLoopAsync();
        try
        {
            var goesOn = true;
            while (goesOn)
            {
                var read = await _upstream.Input.ReadAsync();
                await _upstream.EnterLoopAsync();
                var unread = read.Buffer;
                goesOn = HandleAll(ref unread) && !read.IsCompleted;
                _upstream.Input.AdvanceTo(unread.Start, unread.End);
            }
        }
        catch (IOException)
        {
            // Lost: no session loses anything by it, since each goes on alone.
        }
        finally
        {
            // Whatever happened, a bug of ours included: nobody may be left waiting.
            await _upstream.EnterLoopAsync();
            Close();
            await _upstream.DisposeAsync();
        }
    }

    /// <summary>Ends it: on its loop.</summary>
    public void Close()
    {
        if (IsClosed)
            return;

        IsClosed = true;
        _gone(this);
        _upstream.Abort();
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
        PgParse.Write(_upstream.Output, prepared.Name, prepared.Text, statement.ParameterTypes);
        if (_prepared.Add(key, prepared) is { } evicted)
            PgClose.Write(_upstream.Output, PgObjectKind.Statement, evicted.Name);

        return prepared;
    }

    private void Await(SharedRun run, UpstreamStatement statement, bool isNew)
    {
        _inFlight.Enqueue(new(run, statement, isNew));
        if (_inFlight.Count == 1)
            Expect();

        Runs++;
        if (_isFlushPosted)
            return;

        // After the other events of this turn: what they bring leaves with this.
        _isFlushPosted = true;
        _upstream.PostToLoop(_flush);
    }

    private void Flush()
    {
        _isFlushPosted = false;
        if (IsClosed)
            return;

        // At most InFlightMax small requests: a server that takes none of them any more is one to leave.
        var flush = _upstream.Output.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
            Close();
    }

    private bool HandleAll(ref ReadOnlySequence<byte> unread)
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
    private bool Advance(PgServerTag tag, ReadOnlySpan<byte> frame, SharedRun run)
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

    private bool TryAdd(ReadOnlySpan<byte> row, SharedRun run)
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
        PgClose.Write(_upstream.Output, PgObjectKind.Statement, statement.Name);
    }

    private readonly record struct InFlight(SharedRun Run, UpstreamStatement Statement, bool IsNew);
}
