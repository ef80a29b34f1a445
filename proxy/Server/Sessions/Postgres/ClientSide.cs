using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The client's direction of a PostgreSQL session: its messages one by one, in order, each decided before the next is looked at.</summary>
/// <remarks>All complete messages of one receive go upstream in one send.</remarks>
internal sealed class ClientSide(
    SessionLink link, SimpleQuery simple, ExtendedQuery extended, Refuser refuser, SharedPath shared, SessionObjects objects, int frameSizeMax,
    bool keepsUpstream)
{
    private long _forwardedBefore;
    private bool _isTruncated;
    private ReadOnlySequence<byte> _tried;
    private Func<bool>? _mayRest;

    /// <summary>Counts the times that anything came from the client.</summary>
    public long Reads { get; private set; }

    /// <summary>Ends the run with <see cref="SessionEnd.Resting"/> when the client is next waited for, if it has said nothing by then.</summary>
    /// <param name="mayRest">Asked then: the session may rest if it says so.</param>
    public void RestSoon(Func<bool> mayRest)
    {
        _mayRest = mayRest;
        link.ClientInput.CancelPendingRead();
    }

    /// <summary>Runs until either side ends.</summary>
    /// <remarks>One method for all that is done per receive: each asynchronous method more would cost as much as a decision.</remarks>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await link.ClientInput.ReadAsync(CancellationToken.None);
            }
            catch (IOException e)
            {
                throw new PeerLostException(SessionEnd.ClientLost, e);
            }

            var unread = read.Buffer;
            if (read.IsCanceled && stop.IsCancellationRequested)
            {
                link.ClientInput.AdvanceTo(unread.Start);
                return SessionEnd.ProxyStopped;
            }

            Reads++;
            if (_mayRest is not null && MayRest(read))
            {
                link.ClientInput.AdvanceTo(unread.Start);
                return SessionEnd.Resting;
            }

            SessionEnd? end = null;
            var isTaken = link.UpstreamTurn.TryTake();
            try
            {
                if (!isTaken)
                {
                    await link.UpstreamTurn.TakeAsync(stop);
                    isTaken = true;
                }

                await link.Client.EnterLoopAsync();
                StartBatch();
                while (HandleAtOnce(ref unread, stop, out var waiting, ref end))
                {
                    end = EndAfter(await waiting);
                    await link.Client.EnterLoopAsync();

                    // What could not be answered from a shared connection is handled once more, by itself.
                    if (shared.IsDue && !await shared.DeliverAsync(stop))
                        unread = _tried;

                    if (end is not null)
                        break;
                }

                if (end is SessionEnd.ClientViolation && !refuser.Violated)
                    await refuser.FatalAsync("08P01", $"invalid message length; a message may have at most {frameSizeMax} bytes", stop);

                if (refuser.Forwarded != _forwardedBefore || (end is SessionEnd.ClientTerminated && !keepsUpstream))
                {
                    _forwardedBefore = refuser.Forwarded;
                    await link.UpstreamOutput.FlushAsync(CancellationToken.None);
                }
            }
            catch (IOException e) when (e is not PeerLostException)
            {
                throw new PeerLostException(SessionEnd.UpstreamLost, e);
            }
            finally
            {
                if (isTaken)
                    link.UpstreamTurn.GiveBack();

                // Also when the session is called off: whoever says farewell reads on.
                _isTruncated = !unread.IsEmpty;
                link.ClientInput.AdvanceTo(unread.Start, unread.End);
            }

            // With anything owed by the upstream, its answer takes what is ours along: one send less.
            if (link.Conversation.OwesOnlyLocals)
                await WriteDueLocalsAsync(stop);

            if (end is { } ended)
                return ended;

            if (read.IsCompleted)
                return _isTruncated ? SessionEnd.ClientTruncated : SessionEnd.ClientClosed;

            if (link.Conversation.Owed > Conversation.OwedMax)
                await DrainAsync(stop);
        }
    }

    private bool MayRest(in ReadResult read)
    {
        var mayRest = _mayRest!;
        _mayRest = null;
        return read is { IsCanceled: true, Buffer.IsEmpty: true, IsCompleted: false } && mayRest();
    }

    /// <summary>Waits until everything is answered. Without a Flush the server may keep its answers until a Sync that is not read before.</summary>
    private async ValueTask DrainAsync(CancellationToken stop)
    {
        await link.UpstreamTurn.TakeAsync(stop);
        try
        {
            await refuser.DrainAsync(stop);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.UpstreamLost, e);
        }
        finally
        {
            link.UpstreamTurn.GiveBack();
        }
    }

    private void StartBatch()
    {
        while (link.Conversation.TryTakeKept(out var kept))
            objects.Restore(kept);

        if (link.Conversation is { Owed: 0, TransactionStatus: (byte)'I' } && !refuser.IsBatchOpen)
            objects.EndPortals();
    }

    /// <summary>Handles messages as far as nothing has to be waited for.</summary>
    /// <returns>True if the last one has to be waited for; false if there is no more whole message, or the session ends.</returns>
    private bool HandleAtOnce(ref ReadOnlySequence<byte> unread, CancellationToken stop, out ValueTask<bool> waiting, ref SessionEnd? end)
    {
        waiting = default;
        _tried = unread;
        if (shared.TryRun(ref unread, out waiting))
            return true;

        OperationStatus status;
        while ((status = PgFrame.TryRead(ref unread, frameSizeMax, out var frame)) == OperationStatus.Done)
        {
            // The frame lies in the receive buffer, which is given back only after all of this.
            var body = frame.Body.IsSingleSegment ? frame.Body.First : frame.Body.ToArray();
            var handling = HandleAsync((PgClientTag)frame.Tag, body, stop);
            if (!handling.IsCompletedSuccessfully)
            {
                waiting = handling;
                return true;
            }

            end = EndAfter(handling.Result);
            if (end is not null)
                return false;
        }

        if (status == OperationStatus.InvalidData)
            end = SessionEnd.ClientViolation;

        return false;
    }

    private SessionEnd? EndAfter(bool goesOn) =>
        goesOn ? null : refuser.Violated ? SessionEnd.ClientViolation : SessionEnd.ClientTerminated;

    /// <summary>Handles one message; false ends the session.</summary>
    private ValueTask<bool> HandleAsync(PgClientTag tag, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        switch (tag)
        {
            case PgClientTag.Query:
                return simple.QueryAsync(body, stop);
            case PgClientTag.Parse:
                return extended.ParseAsync(body, stop);
            case PgClientTag.Bind:
                return extended.BindAsync(body, stop);
            case PgClientTag.Describe:
                return extended.DescribeAsync(body);
            case PgClientTag.Execute:
                return extended.ExecuteAsync(body, stop);
            case PgClientTag.Close:
                return extended.CloseAsync(body);
            case PgClientTag.Sync:
                return extended.SyncAsync(body, stop);
            case PgClientTag.Flush:
                return extended.FlushAsync(body, stop);
            case PgClientTag.FunctionCall:
                return simple.FunctionCallAsync(stop);

            // A client whose COPY was refused may have sent its data already; the server ignores it too.
            case PgClientTag.CopyData:
            case PgClientTag.CopyDone:
            case PgClientTag.CopyFail:
                return new(true);
            case PgClientTag.Terminate:
                if (!keepsUpstream)
                    link.UpstreamOutput.Write(PgMessages.Terminate);

                return new(false);
            case PgClientTag.Password:
            default:
                return refuser.ViolationAsync($"unexpected message type {(byte)tag}", stop);
        }
    }

    private async ValueTask WriteDueLocalsAsync(CancellationToken stop)
    {
        await link.ClientTurn.TakeAsync(stop);
        try
        {
            if (link.WriteDueLocals())
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
    }
}
