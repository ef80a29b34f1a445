namespace JitProxy.Server.Sessions.MySql;

/// <summary>What was done with a client's command.</summary>
internal enum Handled : byte
{
    /// <summary>Nothing yet; the default value, and a bug if it is ever seen.</summary>
    Unspecified = 0,

    /// <summary>It went upstream, and the server's answer is the client's.</summary>
    Forwarded,

    /// <summary>The answer was written here.</summary>
    Answered,

    /// <summary>It has no answer.</summary>
    Silent,

    /// <summary>The client leaves.</summary>
    Left,

    /// <summary>The answer was written here, and the session ends with it.</summary>
    Ended,
}
