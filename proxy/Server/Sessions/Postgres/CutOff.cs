using System.Buffers;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Ends an execution in the middle: the client gets an error at once, the server is cancelled, and both are brought back into step.</summary>
/// <remarks>
/// From the error on, the client hears nothing until ReadyForQuery, as after an error of the server's own. If the server had already
/// finished when the cancel came, an open transaction there would still be sound while the client believes that it failed; it is then made to fail.
/// </remarks>
internal sealed class CutOff(SessionLink link, UpstreamCanceller canceller)
{
    /// <summary>True if <see cref="FlushUpstreamAsync"/> has something to do.</summary>
    public bool OwesFlush { get; private set; }

    /// <summary>True while nothing is passed on to the client.</summary>
    public bool IsMuted => link.IsMuted;

    /// <summary>Completes when the last cancel request was delivered, or could not be; whoever sent it, a late one would hit the next statement.</summary>
    public Task Cancelled => canceller.Last;

    /// <summary>Cuts an execution off. The caller holds the client's turn.</summary>
    public void Now(Running? running, Refusal refusal)
    {
        if (IsMuted)
            return;

        link.IsMuted = true;
        if (running is not null)
        {
            running.TryAbort(refusal);
            running.IsCutOff = true;
            running.EndRefused(refusal);
        }

        link.ClientOutput.Write(refusal.ToErrorResponse());
        canceller.Send();
    }

    /// <summary>ReadyForQuery came.</summary>
    public CutOffOutcome Resume(byte status)
    {
        if (!IsMuted)
            return CutOffOutcome.InStep;

        link.IsMuted = false;
        if (status != (byte)'T')
            return CutOffOutcome.InStep;

        if (link.Conversation.Owed != 0 || !link.UpstreamTurn.TryTake())
            return CutOffOutcome.OutOfStep;

        PgQuery.Write(link.UpstreamOutput, "jitproxy cut a statement off here"u8);
        link.Conversation.Expect(new(Expected.Failure, false));
        link.Conversation.Expect(new(Expected.Ready, true));
        OwesFlush = true;
        return CutOffOutcome.FailsNow;
    }

    /// <summary>Sends what <see cref="Resume"/> wrote, and gives the upstream's turn back.</summary>
    public async ValueTask FlushUpstreamAsync(CancellationToken stop)
    {
        OwesFlush = false;
        try
        {
            await link.UpstreamOutput.FlushAsync(stop);
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
}
