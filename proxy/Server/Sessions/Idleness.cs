using JitProxy.Server.Record;
using JitProxy.Server.Share;

namespace JitProxy.Server.Sessions;

/// <summary>Has a session leave its connection to the server once it has not used it for a second.</summary>
/// <remarks>Looked at from the watch's thread; the connection is left on the session's loop thread, where it is asked once more.</remarks>
internal sealed class Idleness(DatabaseSession session, OnDemandConnection upstream)
{
    /// <summary>How often nothing was sent since the look before.</summary>
    private static readonly int QuietLooks = (int)(TimeSpan.FromSeconds(1) / ExecutionWatch.Interval);

    private long _seen = -1;
    private int _quiet;

    /// <summary>Called with each look of the <see cref="ExecutionWatch"/>.</summary>
    public void Look()
    {
        if (upstream.Current is null)
            return;

        var uses = session.UpstreamUses;
        if (uses != _seen)
        {
            (_seen, _quiet) = (uses, 0);
            return;
        }

        if (++_quiet < QuietLooks || !session.MayLeaveUpstream)
            return;

        _quiet = 0;
        upstream.PostToLoop(LeaveSoon);
    }

    private void LeaveSoon() => upstream.LeaveSoon(() => session.MayLeaveUpstream);
}
