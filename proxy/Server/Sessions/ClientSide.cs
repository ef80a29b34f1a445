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
            var read = await link.ClientInput.ReadAsync(stop);
            var unread = read.Buffer;
            SessionEnd? end;
            await link.UpstreamTurn.WaitAsync(stop);
            try
            {
                (end, unread) = await HandleAllAsync(unread, stop);
                if (refuser.Forwarded != _forwardedBefore || end is SessionEnd.ClientTerminated)
                {
                    _forwardedBefore = refuser.Forwarded;
                    await link.UpstreamOutput.FlushAsync(stop);
                }
            }
            finally
            {
                link.UpstreamTurn.Release();
            }

            await WriteDueLocalsAsync(stop);
            var truncated = !unread.IsEmpty;
            link.ClientInput.AdvanceTo(unread.Start, unread.End);
            if (end is { } ended)
                return ended;

            if (read.IsCompleted)
                return truncated ? SessionEnd.ClientTruncated : SessionEnd.ClientClosed;

            if (link.Conversation.Owed > Conversation.OwedMax)
                await link.Conversation.WhenDrained().WaitAsync(stop);
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
            if (!await HandleAsync((PgClientTag)frame.Tag, body, stop))
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
        finally
        {
            link.ClientTurn.Release();
        }
    }
}
