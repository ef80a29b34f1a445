using JitProxy.Policy.Approval;

namespace JitProxy.Policy.Redaction;

/// <summary>One of the ordered rules of <c>audit.redact</c>.</summary>
/// <param name="Condition">For which statements; one that fails to evaluate counts as matched.</param>
/// <param name="Redaction">What their records keep.</param>
public sealed record RedactionRule(Condition Condition, Redaction Redaction);
