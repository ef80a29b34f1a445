using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Configuration;

/// <summary>`approval`: rules in the order of the file, and what holds when none matches.</summary>
/// <param name="Rules">The first rule of the request's source whose condition matches decides.</param>
/// <param name="Fallback">The steps when no rule matches; null refuses the request. Empty approves at once.</param>
internal sealed record ApprovalConfiguration(ImmutableArray<ApprovalRuleConfiguration> Rules, ImmutableArray<ApprovalStep>? Fallback)
{
    /// <summary>How long a request waits for somebody to act before it closes itself; positive.</summary>
    public TimeSpan PendingExpiration { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>One rule.</summary>
/// <param name="Source">Which requests it is for.</param>
/// <param name="Condition">Always matches when the file has no condition.</param>
/// <param name="Steps">Who signs, in this order; empty approves at once.</param>
internal sealed record ApprovalRuleConfiguration(ApprovalSource Source, Condition Condition, ImmutableArray<ApprovalStep> Steps);

/// <summary>What kind of request a rule is for.</summary>
internal enum ApprovalSource : byte
{
    /// <summary>A statement grant.</summary>
    JustInTimeAccess,

    /// <summary>A role grant.</summary>
    RequestRole,
}
