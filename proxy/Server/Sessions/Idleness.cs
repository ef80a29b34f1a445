using JitProxy.Server.Record;
using JitProxy.Server.Share;

namespace JitProxy.Server.Sessions;

/// <summary>Has a session leave its connection to the server once it has not used it for a second, and rest once its client was silent for two.</summary>
/// <remarks>Looked at from the watch's thread; the session does it on its loop thread, where it is asked once more.</remarks>
internal sealed class Idleness(DatabaseSession session, OnDemandConnection upstream)
{
    private static readonly int LooksToLeave = (int)(TimeSpan.FromSeconds(1) / ExecutionWatch.Interval);
    private static readonly int LooksToRest = 2 * LooksToLeave;

    private long _sent = -1;
    private long _heard = -1;
    private int _unused;
    private int _silent;

    /// <summary>Called with each look of the <see cref="ExecutionWatch"/>.</summary>
    public void Look()
    {
        var (sent, heard) = (session.UpstreamUses, session.ClientUses);
        _unused = sent == _sent ? _unused + 1 : 0;
        _silent = heard == _heard ? _silent + 1 : 0;
        (_sent, _heard) = (sent, heard);
        if (upstream.Current is not null)
        {
            if (_unused >= LooksToLeave && session.MayLeaveUpstream)
                upstream.PostToLoop(LeaveSoon);
        }
        else if (_silent >= LooksToRest && session.MayRest)
        {
            upstream.PostToLoop(session.RestSoon);
        }
    }

    private void LeaveSoon() => upstream.LeaveSoon(() => session.MayLeaveUpstream);
}
