using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>A connection to a database server that is signed in and waits for its first statement.</summary>
internal sealed record DialedUpstream(Connection Connection, UpstreamSession Session, UpstreamCancel Cancel);
