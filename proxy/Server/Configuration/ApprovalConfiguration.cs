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

    /// <summary>How long before the end of a role grant its user is reminded, each time; empty for never.</summary>
    public ImmutableArray<TimeSpan> Reminders { get; init; } = [TimeSpan.FromDays(2), TimeSpan.FromHours(2)];

    /// <summary>Who may run something before anybody approved it; null for nobody.</summary>
    public BreakGlassConfiguration? BreakGlass { get; init; }
}

/// <summary>`approval.break_glass`.</summary>
/// <param name="Roles">Their members may; at least one.</param>
/// <param name="MaxExpiration">For so long at most; default 1h.</param>
internal sealed record BreakGlassConfiguration(ImmutableArray<string> Roles, TimeSpan MaxExpiration);

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
