using System.Collections.Immutable;
using JitProxy.Policy.Approval;

namespace JitProxy.Policy.Redaction;

/// <summary>What records keep of the values of statements. Immutable; a newer one replaces it whole.</summary>
/// <param name="Rules">The first that matches decides.</param>
/// <param name="Otherwise">What holds when none does.</param>
public sealed record RedactionPolicy(ImmutableArray<RedactionRule> Rules, Redaction Otherwise)
{
    /// <summary>Keeps everything.</summary>
    public static RedactionPolicy None { get; } = new([], Redaction.None);

    /// <summary>Decides for a statement.</summary>
    /// <param name="values">
    /// Gives the sets of values that the statement stands for, one for each table that it touches; one match is enough. Asked for only if there is a rule.
    /// </param>
    public Redaction Pick(Func<IEnumerable<ConditionValues>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (Rules.IsDefaultOrEmpty)
            return Otherwise;

        var sets = values().ToList();
        foreach (var rule in Rules)
        {
            if (sets.Exists(rule.Condition.Matches))
                return rule.Redaction;
        }

        return Otherwise;
    }
}
