namespace JitProxy.Server.Sessions.Postgres;

/// <summary>How a session goes on at the Sync after an execution was cut off.</summary>
internal enum CutOffOutcome : byte
{
    /// <summary>Both sides agree; the default value.</summary>
    InStep = 0,

    /// <summary>The server had finished first and its transaction is still sound; it is made to fail, and ReadyForQuery follows.</summary>
    FailsNow,

    /// <summary>More was sent already on the assumption that the transaction is sound: the session cannot go on.</summary>
    OutOfStep,
}
