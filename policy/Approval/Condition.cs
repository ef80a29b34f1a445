namespace JitProxy.Policy.Approval;

/// <summary>A rule's condition: a checked expression over <see cref="ConditionValues"/>.</summary>
public sealed class Condition
{
    private Condition(string text) => Text = text;

    /// <summary>The condition that always holds; what a rule without one has.</summary>
    public static Condition Always { get; } = new("true");

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>What the condition says. Never throws.</summary>
    public ConditionOutcome Evaluate(ConditionValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Text == "true" ? ConditionOutcome.True : ConditionOutcome.Failed;
    }

    /// <summary>Whether a rule with this condition applies: a condition that cannot be evaluated counts as matched.</summary>
    /// <remarks>For rules that restrict. What grants something (an exemption) must ask <see cref="Evaluate"/> for True.</remarks>
    public bool Matches(ConditionValues values) => Evaluate(values) != ConditionOutcome.False;
}
