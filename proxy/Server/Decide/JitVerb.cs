namespace JitProxy.Server.Decide;

/// <summary>What a user may tell the proxy in the middle of a session.</summary>
internal enum JitVerb : byte
{
    /// <summary><c>JIT STATUS</c>: who I am here, and what I have.</summary>
    Status = 0,

    /// <summary><c>JIT GRANTS</c>: my grants on this database.</summary>
    Grants,

    /// <summary><c>JIT REQUEST</c>: asks for the last statement that was refused in this session.</summary>
    Request,

    /// <summary><c>JIT RUN 12</c>: runs the statement of a grant.</summary>
    Run,
}
