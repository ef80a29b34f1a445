using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Ends an execution in the middle: the client gets an error at once, the server is cancelled, and what it still sends is swallowed.</summary>
internal sealed class CutOff(Link link, Reply reply)
{
    /// <summary>Cuts off the execution that is under way.</summary>
    public void Now(Running? running, Refusal refusal)
    {
        if (link.Exchange.IsMuted)
            return;

        // Made again on the session's own connection, it is cut off there.
        if (link.IsShared)
        {
            link.Fail();
            return;
        }

        link.Exchange.IsMuted = true;
        if (running is not null)
        {
            running.TryAbort(refusal);
            running.IsCutOff = true;
            running.EndRefused(refusal);
        }

        reply.Refuse(refusal);
        _ = link.Canceller.Send();
    }
}
