namespace JitProxy.Server.Sessions;

/// <summary>A connection of a session failed, and this says which: either direction writes to both.</summary>
internal sealed class PeerLostException(SessionEnd end, IOException cause) : IOException(cause.Message, cause)
{
    /// <summary>ClientLost or UpstreamLost.</summary>
    public SessionEnd End { get; } = end;
}
