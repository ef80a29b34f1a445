namespace JitProxy.Server.Decide;

/// <summary>How much one execution may return without export.</summary>
/// <param name="Rows">Rows at most.</param>
/// <param name="Bytes">Bytes of DataRow messages at most.</param>
internal readonly record struct RowLimits(long Rows, long Bytes)
{
    /// <summary>No limit: the grant has export.</summary>
    public static RowLimits None => new(long.MaxValue, long.MaxValue);
}
