namespace JitProxy.Server.Forward;

/// <summary>What a connection to a server is for, which decides how long the server itself lets its statements run.</summary>
internal enum UpstreamUse : byte
{
    /// <summary>The statements of one session.</summary>
    Session = 0,

    /// <summary>Quick statements of many sessions: nobody may keep the others waiting there.</summary>
    Shared,

    /// <summary>One export.</summary>
    Export,
}
