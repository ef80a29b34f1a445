namespace JitProxy.Server.Forward;

/// <summary>The answer that the upstream owes next, in the order in which it was asked.</summary>
internal enum Expected : byte
{
    /// <summary>Nothing; the default value.</summary>
    Nothing = 0,

    /// <summary>ParseComplete.</summary>
    ParseComplete,

    /// <summary>BindComplete.</summary>
    BindComplete,

    /// <summary>ParameterDescription, the first half of the answer to Describe of a statement.</summary>
    ParameterDescription,

    /// <summary>RowDescription or NoData.</summary>
    RowShape,

    /// <summary>DataRow*, then CommandComplete, EmptyQueryResponse or PortalSuspended.</summary>
    Rows,

    /// <summary>CloseComplete.</summary>
    CloseComplete,

    /// <summary>ReadyForQuery.</summary>
    Ready,

    /// <summary>ErrorResponse to a message that was made to fail, so that the upstream's transaction is in the state that the client is told of.</summary>
    Failure,

    /// <summary>CommandComplete of a statement of the proxy's own; rows ahead of it are for nobody.</summary>
    Done,

    /// <summary>Nothing from the upstream: bytes of our own, due at this place in the order.</summary>
    Local,
}
