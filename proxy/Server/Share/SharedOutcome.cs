namespace JitProxy.Server.Share;

/// <summary>What became of a run on a shared connection.</summary>
internal enum SharedOutcome : byte
{
    /// <summary>It is under way, or there is none; the default value.</summary>
    None = 0,

    /// <summary>Its whole answer is there.</summary>
    Answered,

    /// <summary>Nothing of it was passed on: it has to run again, on the session's own connection.</summary>
    RunAlone,

    /// <summary>It may not run after all.</summary>
    Refused,

    /// <summary>The session ended first.</summary>
    Abandoned,
}
