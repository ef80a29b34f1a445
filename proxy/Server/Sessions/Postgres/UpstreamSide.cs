using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Capture;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The upstream's direction of a PostgreSQL session: gives each message to the answer that is owed, and the client what it asked for.</summary>
internal sealed class UpstreamSide(SessionLink link, RowRelay rows, ErrorRelay errors, CutOff cutOff)
{
    /// <summary>A row larger than this is relayed in pieces and never held whole.</summary>
    public const int LargeRowSize = 256 * 1024;

    /// <summary>Largest message other than a row; PostgreSQL's own are far smaller.</summary>
    public const int ControlSizeMax = 16 * 1024 * 1024;

    private SessionEnd _end;
    private int _largeRowSize;
    private Running? _awaited;

    /// <summary>Runs until either side ends.</summary>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            // Read here, not in a method of its own: that would be an allocation per wait.
            ReadResult read;
            try
            {
                read = await link.UpstreamInput.ReadAsync(CancellationToken.None);
            }
            catch (IOException e)
            {
                throw new PeerLostException(SessionEnd.UpstreamLost, e);
            }

            var unread = read.Buffer;
            if (read.IsCanceled && stop.IsCancellationRequested)
            {
                link.UpstreamInput.AdvanceTo(unread.Start);
                return SessionEnd.ProxyStopped;
            }

            UpstreamStep step;
            if (!link.ClientTurn.TryTake())
                await link.ClientTurn.TakeAsync(stop);

            await link.Upstream.EnterLoopAsync();
            try
            {
                step = HandleAll(ref unread);
                link.UpstreamInput.AdvanceTo(unread.Start, step == UpstreamStep.NeedMore ? unread.End : unread.Start);
                if (step == UpstreamStep.LargeRow && !await rows.RelayLargeAsync(_largeRowSize, stop))
                    return rows.LargeRowEnd;
                // Nothing more may come that would bring them along.
                link.WriteDueLocals();
                await link.ClientOutput.FlushAsync(stop);
            }
            catch (IOException e)
            {
                throw new PeerLostException(SessionEnd.ClientLost, e);
            }
            finally
            {
                link.ClientTurn.GiveBack();
            }

            if (cutOff.OwesFlush)
                await cutOff.FlushUpstreamAsync(stop);

            if (step == UpstreamStep.AwaitCancel)
                await cutOff.Cancelled.WaitAsync(stop);
            else if (step == UpstreamStep.AwaitTrail)
                await AwaitTrailAsync(stop);
            else if (step == UpstreamStep.End)
                return _end;
            else if (step == UpstreamStep.NeedMore && read.IsCompleted)
                return SessionEnd.UpstreamLost;
        }
    }

    private UpstreamStep HandleAll(ref ReadOnlySequence<byte> unread)
    {
        while (unread.Length >= PgFrameHeader.Size)
        {
            var first = unread.FirstSpan;
            var at = 0;
            while (first.Length - at >= PgFrameHeader.Size)
            {
                var size = PgFrameHeader.SizeOf(first[at..]);
                if (size < PgFrameHeader.Size)
                    return End(SessionEnd.UpstreamViolation)!.Value;

                if (size > first.Length - at)
                    break;

                if (Handle(first.Slice(at, (int)size)) is { } stopped)
                {
                    unread = unread.Slice(stopped == UpstreamStep.End ? at + (int)size : at);
                    return stopped;
                }

                at += (int)size;
            }

            unread = unread.Slice(at);
            if (HandleSplit(ref unread) is { } step)
                return step;
        }

        return UpstreamStep.NeedMore;
    }

    /// <summary>A message that is not whole in the first segment: whole in the next ones, too large to be held, or not here yet.</summary>
    private UpstreamStep? HandleSplit(ref ReadOnlySequence<byte> unread)
    {
        if (unread.Length < PgFrameHeader.Size)
            return UpstreamStep.NeedMore;

        Span<byte> header = stackalloc byte[PgFrameHeader.Size];
        unread.Slice(0, PgFrameHeader.Size).CopyTo(header);
        var size = PgFrameHeader.SizeOf(header);
        if (size < PgFrameHeader.Size)
            return End(SessionEnd.UpstreamViolation);

        if (size <= unread.Length)
        {
            if (unread.FirstSpan.Length >= size)
                return null;

            var step = Handle(unread.Slice(0, size).ToArray());
            if (step is null or UpstreamStep.End)
                unread = unread.Slice(size);

            return step;
        }

        if ((PgServerTag)header[0] == PgServerTag.DataRow && size > LargeRowSize)
        {
            if (size > int.MaxValue || !rows.TryTakeTurn())
                return End(SessionEnd.UpstreamViolation);

            if (rows.Unrecorded is { } unrecorded)
            {
                rows.Close();
                _awaited = unrecorded;
                return UpstreamStep.AwaitTrail;
            }

            // The line that a copy makes of a row is not known before all of it is here.
            if (rows.HoldsWhole(size))
                return UpstreamStep.NeedMore;

            _largeRowSize = checked((int)size);
            return UpstreamStep.LargeRow;
        }

        return size > ControlSizeMax && (PgServerTag)header[0] != PgServerTag.DataRow ? End(SessionEnd.UpstreamViolation) : UpstreamStep.NeedMore;
    }

    /// <summary>Handles one whole message; an answer means that it stops here.</summary>
    private UpstreamStep? Handle(ReadOnlySpan<byte> frame)
    {
        var tag = (PgServerTag)frame[0];
        if (tag == PgServerTag.DataRow && rows.IsOpen)
            return rows.Relay(frame) ? null : End(SessionEnd.UpstreamViolation);

        link.WriteDueLocals();
        if (errors.TryRelayAsynchronous(tag, frame))
            return null;

        if (!link.Conversation.TryPeek(out var owed))
        {
            errors.RelayUnsolicited(tag, frame);
            return End(tag == PgServerTag.ErrorResponse ? SessionEnd.UpstreamLost : SessionEnd.UpstreamViolation);
        }

        if (tag == PgServerTag.ErrorResponse)
        {
            rows.Close();
            errors.Relay(frame, owed);
            return null;
        }

        return owed.Expected switch
        {
            Expected.ParseComplete => Settle(tag == PgServerTag.ParseComplete, owed.Relay, frame),
            Expected.BindComplete => Settle(tag == PgServerTag.BindComplete, owed.Relay, frame),
            Expected.CloseComplete => Settle(tag == PgServerTag.CloseComplete, owed.Relay, frame),
            Expected.ParameterDescription => Settle(tag == PgServerTag.ParameterDescription, owed.Relay, frame),
            Expected.RowShape => HandleShape(tag, frame, owed),
            Expected.Rows => HandleRows(tag, frame, owed),
            Expected.Ready => HandleReady(tag, frame),
            Expected.Done when tag == PgServerTag.DataRow => null,
            Expected.Done => Settle(tag == PgServerTag.CommandComplete, owed.Relay, frame),
            Expected.Nothing or Expected.Failure or Expected.Local => End(SessionEnd.UpstreamViolation),
        };
    }

    private async ValueTask AwaitTrailAsync(CancellationToken stop)
    {
        if (await _awaited!.WhenDurable().WaitAsync(stop) is { } fault)
            _awaited.TryAbort(Recorder.TrailUnavailable(fault));
    }

    private UpstreamStep? Settle(bool isExpected, bool relay, ReadOnlySpan<byte> frame)
    {
        if (!isExpected)
            return End(SessionEnd.UpstreamViolation);

        if (relay && !cutOff.IsMuted)
            link.ClientOutput.Write(frame);

        link.Conversation.Settle();
        return null;
    }

    private UpstreamStep? HandleShape(PgServerTag tag, ReadOnlySpan<byte> frame, in Pending owed)
    {
        if (tag == PgServerTag.NoData)
            return Settle(true, owed.Relay && owed.Subject is not Portal { IsSimple: true }, frame);

        if (tag != PgServerTag.RowDescription)
            return End(SessionEnd.UpstreamViolation);

        return Settle(true, (owed.Subject is not Portal portal || rows.Describe(portal, frame)) && owed.Relay, frame);
    }

    private UpstreamStep? HandleRows(PgServerTag tag, ReadOnlySpan<byte> frame, in Pending owed)
    {
        var portal = (Portal)owed.Subject!;
        if (portal.Running is { IsDurable: false, Abort: null } unrecorded)
        {
            _awaited = unrecorded;
            return UpstreamStep.AwaitTrail;
        }

        switch (tag)
        {
            case PgServerTag.DataRow:
                rows.Open(portal);
                return rows.Relay(frame) ? null : End(SessionEnd.UpstreamViolation);
            case PgServerTag.CommandComplete:
            case PgServerTag.EmptyQueryResponse:
                return Settle(true, rows.End(portal), frame);
            case PgServerTag.PortalSuspended:
                rows.Close();
                portal.Running?.Suspend();
                if (portal.IsReleased)
                    portal.Release();

                return Settle(true, true, frame);
            default:
                // COPY has no row description to plan a mask by, and nothing that starts one is let through.
                return End(SessionEnd.UpstreamViolation);
        }
    }

    private UpstreamStep? HandleReady(PgServerTag tag, ReadOnlySpan<byte> frame)
    {
        if (tag != PgServerTag.ReadyForQuery || frame.Length != PgFrameHeader.Size + 1)
            return End(SessionEnd.UpstreamViolation);

        if (!cutOff.Cancelled.IsCompleted)
            return UpstreamStep.AwaitCancel;

        var status = frame[PgFrameHeader.Size];
        link.Conversation.TransactionStatus = status;
        link.Conversation.Settle();
        switch (cutOff.Resume(status))
        {
            case CutOffOutcome.FailsNow:
                return null;
            case CutOffOutcome.OutOfStep:
                return End(SessionEnd.OutOfStep);
            case CutOffOutcome.InStep:
                break;
        }

        if (status == (byte)'I')
            link.EndTransaction();
        link.ClientOutput.Write(frame);
        return null;
    }

    private UpstreamStep? End(SessionEnd end)
    {
        _end = end;
        return UpstreamStep.End;
    }
}
