namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Why the upstream's direction stopped looking at what it had received.</summary>
internal enum UpstreamStep : byte
{
    /// <summary>The rest is not a whole message yet; the default value.</summary>
    NeedMore = 0,

    /// <summary>A row that is too large to be held begins here.</summary>
    LargeRow,

    /// <summary>A cancel request must have reached the server before the client may go on.</summary>
    AwaitCancel,

    /// <summary>The record of an execution is not durable yet, and rows of it are here.</summary>
    AwaitTrail,

    /// <summary>The session ends.</summary>
    End,
}
