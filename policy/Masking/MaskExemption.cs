using System.Collections.Immutable;
using JitProxy.Policy.Approval;

namespace JitProxy.Policy.Masking;

/// <summary>Lets some people see some masked columns in clear for a time.</summary>
/// <param name="Members">The users.</param>
/// <param name="Condition">True for the columns it is about; null means all. One that throws exempts nothing.</param>
/// <param name="Until">The exemption is over from this instant on; null means never.</param>
public sealed record MaskExemption(ImmutableArray<string> Members, Func<MaskAttributes, bool>? Condition, DateTimeOffset? Until)
{
    /// <summary>An exemption with this condition, which must hold: one that cannot be evaluated exempts nothing.</summary>
    public static MaskExemption When(ImmutableArray<string> members, Condition condition, DateTimeOffset? until) =>
        condition == Approval.Condition.Always
            ? new(members, null, until)
            : new(members, column => condition.Evaluate(column.ToConditionValues()) == ConditionOutcome.True, until);

    /// <summary>True if the exemption is about this user now, for whichever column.</summary>
    internal bool Concerns(string user, DateTimeOffset now) => (Until is null || now < Until) && Members.Contains(user, StringComparer.Ordinal);

    /// <summary>True if the exemption is about this column.</summary>
    internal bool Covers(in MaskAttributes column)
    {
        try
        {
            return Condition is null || Condition(column);
        }
#pragma warning disable CA1031 // Whatever goes wrong in a condition, the answer is the same: the column stays masked.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
