using System.Buffers;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions;

/// <summary>The client's direction of a PostgreSQL session: its messages one by one, in order, each decided before the next is looked at.</summary>
/// <remarks>All complete messages of one receive go upstream in one send.</remarks>
internal sealed class ClientSide(SessionLink link, SimpleQuery simple, ExtendedQuery extended, Refuser refuser, SessionObjects objects, int frameSizeMax)
{
    private long _forwardedBefore;

    /// <summary>Runs until either side ends.</summary>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var read = await link.ReadClientAsync();
            var unread = read.Buffer;
            if (read.IsCanceled && stop.IsCancellationRequested)
            {
                link.ClientInput.AdvanceTo(unread.Start);
                return SessionEnd.ProxyStopped;
            }

            SessionEnd? end;
            var truncated = false;
            try
            {
                (end, unread) = await DecideAsync(unread, stop);
                truncated = !unread.IsEmpty;
            }
            finally
            {
                // Also when the session is called off: whoever says farewell reads on.
                link.ClientInput.AdvanceTo(unread.Start, unread.End);
            }

            if (end is { } ended)
                return ended;

            if (read.IsCompleted)
                return truncated ? SessionEnd.ClientTruncated : SessionEnd.ClientClosed;

            if (link.Conversation.Owed > Conversation.OwedMax)
                await DrainAsync(stop);
        }
    }

    private async ValueTask<(SessionEnd? End, ReadOnlySequence<byte> Unread)> DecideAsync(ReadOnlySequence<byte> received, CancellationToken stop)
    {
        SessionEnd? end;
        ReadOnlySequence<byte> unread;
        await link.UpstreamTurn.WaitAsync(stop);
        await link.Client.EnterLoopAsync();
        try
        {
            (end, unread) = await HandleAllAsync(received, stop);
            if (refuser.Forwarded != _forwardedBefore || end is SessionEnd.ClientTerminated)
            {
                _forwardedBefore = refuser.Forwarded;
                await link.UpstreamOutput.FlushAsync(stop);
            }
        }
        catch (IOException e) when (e is not PeerLostException)
        {
            throw new PeerLostException(SessionEnd.UpstreamLost, e);
        }
        finally
        {
            link.UpstreamTurn.Release();
        }

        await WriteDueLocalsAsync(stop);
        return (end, unread);
    }

    /// <summary>Waits until everything is answered. Without a Flush the server may keep its answers until a Sync that is not read before.</summary>
    private async ValueTask DrainAsync(CancellationToken stop)
    {
        await link.UpstreamTurn.WaitAsync(stop);
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
            link.UpstreamTurn.Release();
        }
    }

    private async ValueTask<(SessionEnd? End, ReadOnlySequence<byte> Unread)> HandleAllAsync(ReadOnlySequence<byte> unread, CancellationToken stop)
    {
        if (link.Conversation is { Owed: 0, TransactionStatus: (byte)'I' } && !refuser.IsBatchOpen)
            objects.EndPortals();

        OperationStatus status;
        while ((status = PgFrame.TryRead(ref unread, frameSizeMax, out var frame)) == OperationStatus.Done)
        {
            // The frame lies in the receive buffer, which is given back only after all of this.
            var body = frame.Body.IsSingleSegment ? frame.Body.First : frame.Body.ToArray();
            var handling = HandleAsync((PgClientTag)frame.Tag, body, stop);
            var isHandledAtOnce = handling.IsCompletedSuccessfully;
            var goesOn = await handling;
            if (!isHandledAtOnce)
                await link.Client.EnterLoopAsync();

            if (!goesOn)
                return (refuser.Violated ? SessionEnd.ClientViolation : SessionEnd.ClientTerminated, unread);
        }

        if (status == OperationStatus.InvalidData)
        {
            await refuser.FatalAsync("08P01", $"invalid message length; a message may have at most {frameSizeMax} bytes", stop);
            return (SessionEnd.ClientViolation, unread);
        }

        return (null, unread);
    }

    /// <summary>Handles one message; false ends the session.</summary>
    private ValueTask<bool> HandleAsync(PgClientTag tag, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        switch (tag)
        {
            case PgClientTag.Query:
                return simple.QueryAsync(body, stop);
            case PgClientTag.Parse:
                return extended.ParseAsync(body);
            case PgClientTag.Bind:
                return extended.BindAsync(body);
            case PgClientTag.Describe:
                return extended.DescribeAsync(body);
            case PgClientTag.Execute:
                return extended.ExecuteAsync(body);
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
                link.UpstreamOutput.Write(PgMessages.Terminate);
                return new(false);
            case PgClientTag.Password:
            default:
                return refuser.ViolationAsync($"unexpected message type {(byte)tag}", stop);
        }
    }

    private async ValueTask WriteDueLocalsAsync(CancellationToken stop)
    {
        // With anything owed by the upstream, its answer takes what is ours along: one send less.
        if (!link.Conversation.OwesOnlyLocals)
            return;

        await link.ClientTurn.WaitAsync(stop);
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
            link.ClientTurn.Release();
        }
    }
}
