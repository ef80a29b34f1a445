namespace JitProxy.Server.Sessions.MySql;

/// <summary>Why the server's direction stopped looking at what it had received.</summary>
internal enum UpstreamStep : byte
{
    /// <summary>The rest is not a whole packet yet; the default value.</summary>
    NeedMore = 0,

    /// <summary>A row that is too large to be held begins here.</summary>
    LargeRow,

    /// <summary>The record of an execution is not durable yet, and its result is here.</summary>
    AwaitTrail,

    /// <summary>The answer to the command under way is complete.</summary>
    Answered,

    /// <summary>The session ends.</summary>
    End,
}
