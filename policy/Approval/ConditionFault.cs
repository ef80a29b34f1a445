namespace JitProxy.Policy.Approval;

/// <summary>Why a text is not a condition.</summary>
/// <param name="Offset">Characters before the place of the fault.</param>
/// <param name="Message">What is wrong, for people.</param>
public readonly record struct ConditionFault(int Offset, string Message);
