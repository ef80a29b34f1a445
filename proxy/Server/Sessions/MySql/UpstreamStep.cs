namespace JitProxy.Server.Sessions.MySql;

/// <summary>Why the server's direction stopped looking at what it had received.</summary>
internal enum UpstreamStep : byte
{
    /// <summary>The rest is not a whole packet yet; the default value.</summary>
    NeedMore = 0,

    /// <summary>A row that is too large to be held begins here.</summary>
    LargeRow,

    /// <summary>A result is here, and its record is not durable yet, or the views that it reads are not known yet.</summary>
    Await,

    /// <summary>The answer to the command under way is complete.</summary>
    Answered,

    /// <summary>The session ends.</summary>
    End,
}
