using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Record;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The server's direction of a MySQL session: reads the answer to the command under way, and gives the floor back behind it.</summary>
internal sealed class UpstreamSide(Link link, AnswerRelay answers, RowRelay rows, ErrorRelay errors, ViewWatch views)
{
    /// <summary>A row larger than this is relayed in pieces and never held whole.</summary>
    public const int LargeRowSize = 256 * 1024;

    private SessionEnd _end;

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

            await link.Upstream.EnterLoopAsync();
            UpstreamStep step;
            bool isClean;
            try
            {
                // What is handled is written to the client, which may be gone.
                step = HandleAll(ref unread);
                isClean = unread.IsEmpty;
                link.UpstreamInput.AdvanceTo(unread.Start, step == UpstreamStep.NeedMore ? unread.End : unread.Start);
                if (step == UpstreamStep.LargeRow && !await rows.RelayLargeAsync(stop))
                    return rows.LargeRowEnd;

                // While a command of the proxy's own is under way, the client's output is its sender's.
                if (link.Exchange is { IsOpen: true, IsInternal: false } || errors.SaidFarewell)
                    await link.ClientOutput.FlushAsync(stop);
            }
            catch (IOException e)
            {
                throw new PeerLostException(SessionEnd.ClientLost, e);
            }

            if (step == UpstreamStep.End)
                return _end;

            if (step == UpstreamStep.Answered)
            {
                // Nothing follows an answer before the next command.
                if (!isClean)
                    return SessionEnd.UpstreamViolation;

                await FinishAsync(stop);
            }
            else if (step == UpstreamStep.Await)
            {
                await AwaitAsync(stop);
            }
            else if (step == UpstreamStep.NeedMore && read.IsCompleted)
            {
                return SessionEnd.UpstreamLost;
            }
        }
    }

    private UpstreamStep HandleAll(ref ReadOnlySequence<byte> unread)
    {
        while (unread.Length >= MySqlPacketHeader.Size)
        {
            var first = unread.FirstSpan;
            var at = 0;
            while (first.Length - at >= MySqlPacketHeader.Size)
            {
                var size = MySqlPacketHeader.Size + MySqlPacketHeader.BodySizeOf(first[at..]);
                if (size > first.Length - at || size > LargeRowSize)
                    break;

                if (Handle(first.Slice(at, size)) is { } stopped)
                {
                    unread = unread.Slice(stopped == UpstreamStep.Await ? at : at + size);
                    return stopped;
                }

                at += size;
            }

            unread = unread.Slice(at);
            if (HandleSplit(ref unread) is { } step)
                return step;
        }

        return UpstreamStep.NeedMore;
    }

    /// <summary>A packet that is not whole in the first segment: whole in the next ones, too large to be held, or not here yet.</summary>
    private UpstreamStep? HandleSplit(ref ReadOnlySequence<byte> unread)
    {
        if (MySqlPacketHeader.TryRead(in unread, out var bodySize, out var sequence) != OperationStatus.Done)
            return UpstreamStep.NeedMore;

        var size = MySqlPacketHeader.Size + bodySize;
        if (size > LargeRowSize)
        {
            var exchange = link.Exchange;
            if (!exchange.IsOpen || exchange.Step != AnswerStep.Rows || sequence != exchange.UpstreamSequence)
                return End(SessionEnd.UpstreamViolation);

            return IsHeld() ? UpstreamStep.Await : UpstreamStep.LargeRow;
        }

        if (size > unread.Length)
            return UpstreamStep.NeedMore;

        if (unread.FirstSpan.Length >= size)
            return null;

        var step = Handle(unread.Slice(0, size).ToArray());
        if (step != UpstreamStep.Await)
            unread = unread.Slice(size);

        return step;
    }

    /// <summary>Handles one whole packet; an answer means that it stops here.</summary>
    private UpstreamStep? Handle(ReadOnlySpan<byte> packet)
    {
        var exchange = link.Exchange;
        if (!exchange.IsOpen)
        {
            // Whoever holds the floor may be writing to the client; then only the end is told.
            if (!link.Floor.TryTake())
                return End(SessionEnd.UpstreamLost);

            errors.RelayUnsolicited(packet[MySqlPacketHeader.Size..]);
            return End(errors.SaidFarewell ? SessionEnd.UpstreamLost : SessionEnd.UpstreamViolation);
        }

        if (packet[MySqlPacketHeader.Size - 1] != exchange.UpstreamSequence)
            return End(SessionEnd.UpstreamViolation);

        if (IsHeld())
            return UpstreamStep.Await;

        exchange.UpstreamSequence = MySqlPacketHeader.Next(exchange.UpstreamSequence);
        var step = answers.Handle(packet);
        if (step == UpstreamStep.End)
            _end = answers.EndedAs;

        return step;
    }

    // Nothing of an answer leaves before the trail has its record, and before its views are known.
    private bool IsHeld() => link.Exchange.Run is { } run && (run.Running is { IsDurable: false, Abort: null } || ViewWatch.IsAwaited(run));

    private async ValueTask AwaitAsync(CancellationToken stop)
    {
        var run = link.Exchange.Run!;
        if (run.Running is { } running && await running.WhenDurable().WaitAsync(stop) is { } fault)
            running.TryAbort(Recorder.TrailUnavailable(fault));

        if (ViewWatch.IsAwaited(run))
            await views.CheckAsync(run, stop);
    }

    /// <summary>The answer has left: the next command may come, unless a cancel request is on its way that could hit it.</summary>
    private async ValueTask FinishAsync(CancellationToken stop)
    {
        var exchange = link.Exchange;
        if (link.Canceller.Count != exchange.CancelsBefore)
        {
            await AbsorbCancelAsync(stop);
            return;
        }

        if (exchange.Close())
            return;

        link.Sequence = 1;
        link.Floor.GiveBack();
    }

    /// <summary>A cancel that comes too late stays with the connection and ends the next statement, so that is one of no consequence.</summary>
    private async ValueTask AbsorbCancelAsync(CancellationToken stop)
    {
        var count = link.Canceller.Count;
        await link.Canceller.Last.WaitAsync(stop);
        byte sequence = 0;
        MySqlQuery.Write(link.UpstreamOutput, ref sequence, link.UpstreamCan, "DO 0"u8);
        link.Exchange.Absorb(sequence, count);
        try
        {
            await link.UpstreamOutput.FlushAsync(stop);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.UpstreamLost, e);
        }
    }

    private UpstreamStep End(SessionEnd end)
    {
        _end = end;
        return UpstreamStep.End;
    }
}
