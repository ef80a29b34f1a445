namespace JitProxy.Server.Sessions;

/// <summary>How a session came to its end; the audit trail and the metrics name it.</summary>
internal enum SessionEnd : byte
{
    /// <summary>Not said; the default value, and a bug if it is ever recorded.</summary>
    Unspecified = 0,

    /// <summary>The client said Terminate.</summary>
    ClientTerminated,

    /// <summary>The client closed the connection between two messages without a Terminate.</summary>
    ClientClosed,

    /// <summary>The client's connection ended in the middle of a message.</summary>
    ClientTruncated,

    /// <summary>The client's connection was reset or timed out.</summary>
    ClientLost,

    /// <summary>The client sent what the protocol does not allow.</summary>
    ClientViolation,

    /// <summary>The upstream's connection ended.</summary>
    UpstreamLost,

    /// <summary>The upstream sent what the protocol, or its place in it, does not allow.</summary>
    UpstreamViolation,

    /// <summary>The proxy is stopping.</summary>
    ProxyStopped,

    /// <summary>The user was removed, or the token that signed in was revoked or has expired.</summary>
    Evicted,

    /// <summary>The states of the two sides could not be brought together again after an execution was cut off.</summary>
    OutOfStep,

    /// <summary>A setting that statements are judged by changed upstream, and nobody who may change it did.</summary>
    StateChanged,

    /// <summary>The client ended it over another connection (KILL).</summary>
    Killed,

    /// <summary>The client asked for what ends a session when it is refused.</summary>
    ClientRefused,

    /// <summary>Not an end: the client is silent, and its session has nothing that a new one would not have.</summary>
    Resting,

    /// <summary>No connection to the server was to be had when a statement needed one.</summary>
    UpstreamUnavailable,

    /// <summary>The server, or its configuration, is not what it was when the session began.</summary>
    UpstreamChanged,
}
