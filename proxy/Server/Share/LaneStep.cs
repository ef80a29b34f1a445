namespace JitProxy.Server.Share;

/// <summary>What the run whose turn it is waits for on a shared connection.</summary>
internal enum LaneStep : byte
{
    /// <summary>ParseComplete.</summary>
    Parse,

    /// <summary>BindComplete.</summary>
    Bind,

    /// <summary>RowDescription.</summary>
    Shape,

    /// <summary>DataRow, or CommandComplete.</summary>
    Rows,

    /// <summary>ReadyForQuery.</summary>
    Ready,
}
