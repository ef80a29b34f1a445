namespace JitProxy.Server.Results;

/// <summary>What came next of a result.</summary>
internal enum ResultStep : byte
{
    /// <summary>Nothing yet: more has to be read.</summary>
    NeedMore = 0,

    /// <summary>The columns are known.</summary>
    Fields,

    /// <summary>A row.</summary>
    Row,

    /// <summary>The end, good or bad.</summary>
    End,
}
