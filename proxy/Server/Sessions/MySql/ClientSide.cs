using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The client's direction of a MySQL session: its commands one by one, each after the answer to the one before has left.</summary>
internal sealed class ClientSide(Link link, Reply reply, Commands commands, Opening opening, int payloadSizeMax)
{
    private byte[]? _joined;

    /// <summary>Runs until either side ends.</summary>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        if (await opening.RunAsync(stop) is { } unopened)
            return unopened;

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

            var isTruncated = false;
            try
            {
                OperationStatus status;
                while ((status = MySqlPacket.TryRead(ref unread, payloadSizeMax, out var packet)) == OperationStatus.Done)
                {
                    if (!link.Floor.TryTake())
                        await link.Floor.TakeAsync(stop);

                    await link.Client.EnterLoopAsync();
                    link.Sequence = packet.NextSequence;
                    if (packet.Sequence != 0)
                        return await RefuseAsync(1156, "Got packets out of order", stop);

                    var handled = await HandleAsync(packet, stop);
                    if (await EndAsync(handled, stop) is { } end)
                        return end;
                }

                if (status == OperationStatus.InvalidData)
                {
                    await link.Floor.TakeAsync(stop);
                    return await RefuseAsync(1153, $"Got a packet bigger than {payloadSizeMax} bytes, or packets out of order", stop);
                }
            }
            finally
            {
                // Also when the session is called off: whoever says farewell reads on.
                isTruncated = !unread.IsEmpty;
                link.ClientInput.AdvanceTo(unread.Start, unread.End);
            }

            if (read.IsCompleted)
                return isTruncated ? SessionEnd.ClientTruncated : SessionEnd.ClientClosed;
        }
    }

    /// <summary>Gives back what joining the packets of long commands took.</summary>
    public void Release()
    {
        if (_joined is not null)
            ArrayPool<byte>.Shared.Return(_joined, clearArray: true);

        _joined = null;
    }

    // The packet lies in the receive buffer, which is given back only after all of this.
    private async ValueTask<Handled> HandleAsync(MySqlPacket packet, CancellationToken stop)
    {
        try
        {
            var handling = commands.HandleAsync(PayloadOf(packet), stop);
            if (handling.IsCompletedSuccessfully)
                return handling.Result;

            var handled = await handling;
            await link.Client.EnterLoopAsync();
            return handled;
        }
        catch (IOException e) when (e is not PeerLostException)
        {
            throw new PeerLostException(SessionEnd.ClientLost, e);
        }
    }

    private ReadOnlyMemory<byte> PayloadOf(in MySqlPacket packet)
    {
        var isWhole = packet.PayloadSize < MySqlPacketHeader.BodySizeMax && packet.Wire.IsSingleSegment;
        if (isWhole)
            return packet.Wire.First[MySqlPacketHeader.Size..];

        packet.Span(ref _joined);
        return _joined.AsMemory(0, packet.PayloadSize);
    }

    // Sends what the command needs to be sent; an answer ends the session.
    private async ValueTask<SessionEnd?> EndAsync(Handled handled, CancellationToken stop)
    {
        switch (handled)
        {
            case Handled.Forwarded:
                await FlushUpstreamAsync();
                return null;
            case Handled.Answered:
                await FlushClientAsync(stop);
                link.Sequence = 1;
                link.Floor.GiveBack();
                return null;
            case Handled.Silent:
                link.Sequence = 1;
                link.Floor.GiveBack();
                return null;
            case Handled.Left:
                await FlushUpstreamAsync();
                return SessionEnd.ClientTerminated;
            case Handled.Ended:
                reply.SaidLast = true;
                await FlushClientAsync(stop);
                return SessionEnd.ClientRefused;
            case Handled.Unspecified:
            default:
                throw new InvalidOperationException($"a command was {handled}");
        }
    }

    private async ValueTask<SessionEnd> RefuseAsync(ushort code, string message, CancellationToken stop)
    {
        reply.Error(code, "08S01", message);
        reply.SaidLast = true;
        await FlushClientAsync(stop);
        return SessionEnd.ClientViolation;
    }

    private async ValueTask FlushUpstreamAsync()
    {
        try
        {
            await link.UpstreamOutput.FlushAsync(CancellationToken.None);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.UpstreamLost, e);
        }
    }

    private async ValueTask FlushClientAsync(CancellationToken stop)
    {
        try
        {
            await link.ClientOutput.FlushAsync(stop);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.ClientLost, e);
        }
    }
}
