using JitProxy.Server.Decide;

namespace JitProxy.Server.Sessions;

/// <summary>What clients are told when their session ends in another way than by their own word.</summary>
internal static class Farewells
{
    /// <summary>The last message; null if there is nothing to say, or nobody to say it to.</summary>
    public static Refusal? Of(SessionEnd end)
    {
        var (sqlState, message) = end switch
        {
            SessionEnd.UpstreamLost => ("08006", "the database server closed the connection"),
            SessionEnd.UpstreamViolation => ("08P01", "the database server broke the protocol, so the connection is closed"),
            SessionEnd.Evicted => ("28000", "you may not be signed in any more: the user or the token was removed, or has expired"),
            SessionEnd.ProxyStopped => ("57P01", "JitProxy is stopping"),
            SessionEnd.OutOfStep => ("57014", "a statement was cut off in the middle, so the connection is closed"),
            SessionEnd.StateChanged => ("55000", "a setting of the session changed in a way that grants do not allow for, so the connection is closed"),
            SessionEnd.UpstreamUnavailable => ("08006", "no connection to the database server can be had now; connect again in a moment"),
            SessionEnd.UpstreamChanged =>
                ("57P01", "the database server, or what JitProxy is told about it, has changed since the session began; connect again"),
            SessionEnd.Killed => ("57P01", "the session was ended by its user over another connection"),
            _ => (null, null),
        };
        return sqlState is null ? null : new(default, sqlState, message!, null, null);
    }
}
