namespace JitProxy.Policy.Masking;

/// <summary>What becomes of a statement that chooses or orders rows by a masked column: the rows that come tell about its values.</summary>
public enum PredicateUse : byte
{
    /// <summary>It runs; whoever approves it is warned.</summary>
    Warn = 0,

    /// <summary>It does not run, unless the column comes in clear to that user.</summary>
    Deny,
}
