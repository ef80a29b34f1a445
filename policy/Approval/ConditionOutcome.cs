namespace JitProxy.Policy.Approval;

/// <summary>What a condition says about one set of values.</summary>
public enum ConditionOutcome : byte
{
    /// <summary>It could not be evaluated: a value is unknown, a number overflowed, a pattern took too long. Also the default.</summary>
    Failed = 0,

    /// <summary>It does not hold.</summary>
    False,

    /// <summary>It holds.</summary>
    True,
}
