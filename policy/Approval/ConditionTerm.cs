namespace JitProxy.Policy.Approval;

/// <summary>A checked part of a condition.</summary>
/// <param name="Type">What it gives.</param>
/// <param name="Read">Its value: bool, decimal, string, DateTimeOffset, TimeSpan or a list of strings; null when it cannot be evaluated.</param>
internal sealed record ConditionTerm(ConditionType Type, Func<ConditionValues, object?> Read)
{
    /// <summary>A value that does not depend on anything.</summary>
    public static ConditionTerm Constant(ConditionType type, object value) => new(type, _ => value);
}
