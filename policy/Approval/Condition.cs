using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Policy.Approval;

/// <summary>A rule's condition: a checked expression over <see cref="ConditionValues"/>, in the subset of CEL that DESIGN names.</summary>
public sealed class Condition
{
    private readonly Func<ConditionValues, object?> _read;

    private Condition(string text, Func<ConditionValues, object?> read) => (Text, _read) = (text, read);

    /// <summary>The condition that always holds; what a rule without one has.</summary>
    public static Condition Always { get; } = new("true", static _ => true);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Reads and checks a condition; false with the first fault and its place.</summary>
    public static bool TryParse(string text, ConditionScope scope, [NotNullWhen(true)] out Condition? condition, out ConditionFault fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        condition = null;
        if (!ConditionGrammar.TryParse(text, out var node, out fault))
            return false;

        var checker = new ConditionChecker(scope);
        if (checker.Check(node!, ConditionType.Bool, "a condition") is not { } term)
        {
            fault = checker.Fault;
            return false;
        }

        condition = new(text, term.Read);
        return true;
    }

    /// <summary>What the condition says. Never throws.</summary>
    public ConditionOutcome Evaluate(ConditionValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return _read(values) switch
        {
            true => ConditionOutcome.True,
            false => ConditionOutcome.False,
            _ => ConditionOutcome.Failed,
        };
    }

    /// <summary>Whether a rule with this condition applies: a condition that cannot be evaluated counts as matched.</summary>
    /// <remarks>For rules that restrict. What gives something away (an exemption) must ask <see cref="Evaluate"/> for True.</remarks>
    public bool Matches(ConditionValues values) => Evaluate(values) != ConditionOutcome.False;

    /// <inheritdoc/>
    public override string ToString() => Text;
}
