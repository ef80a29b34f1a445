using JitProxy.Policy.Approval;

namespace JitProxy.Policy.Masking;

/// <summary>One of the ordered rules; the first that matches a column gives its semantic type.</summary>
/// <param name="Condition">True for the columns it is about. One that throws counts as true: what cannot be judged is masked.</param>
/// <param name="SemanticType">The type that matching columns have.</param>
public sealed record MaskRule(Func<MaskAttributes, bool> Condition, string SemanticType)
{
    /// <summary>What becomes of statements that choose rows by such a column; null means what the policy says of all.</summary>
    public PredicateUse? InPredicates { get; init; }

    /// <summary>A rule with this condition.</summary>
    public static MaskRule When(Condition condition, string semanticType) => new(column => condition.Matches(column.ToConditionValues()), semanticType);

    /// <summary>True if the rule gives <paramref name="column"/> its type.</summary>
    internal bool Matches(in MaskAttributes column)
    {
        try
        {
            return Condition(column);
        }
#pragma warning disable CA1031 // Whatever goes wrong in a condition, the answer is the same: the column is masked.
        catch (Exception)
#pragma warning restore CA1031
        {
            return true;
        }
    }
}
