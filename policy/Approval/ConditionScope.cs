namespace JitProxy.Policy.Approval;

/// <summary>Where a condition stands; it decides which attributes have a value there.</summary>
public enum ConditionScope : byte
{
    /// <summary>In an approval rule: all attributes.</summary>
    Approval,

    /// <summary>
    /// In a masking rule or exemption: <c>resource.*</c> alone, because columns are masked whatever was requested, and until when is
    /// not a condition.
    /// </summary>
    Masking,

    /// <summary>
    /// In a rule of <c>audit.redact</c>: <c>resource.*</c> and <c>statement.*</c>, because a statement is recorded whether anybody asked for it or not.
    /// </summary>
    Redaction,
}
