using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Picks who has to sign a request: the first rule of its source that matches for any table or column it touches, else the fallback.</summary>
internal static class ApprovalSteps
{
    /// <summary>Who signs, in order; null if nothing says who may approve, and the request is to be refused.</summary>
    public static ImmutableArray<ApprovalStep>? Pick(
        ApprovalConfiguration approval,
        GrantRequest request,
        IReadOnlyCollection<AnalyzedTarget> targets,
        DateTimeOffset now)
    {
        var source = request.Kind == GrantKind.Role ? ApprovalSource.RequestRole : ApprovalSource.JustInTimeAccess;
        var values = targets.SelectMany(target => ValuesOf(request, target, now)).ToList();
        foreach (var rule in approval.Rules)
        {
            if (rule.Source == source && values.Exists(rule.Condition.Matches))
                return rule.Steps;
        }

        return approval.Fallback;
    }

    private static IEnumerable<ConditionValues> ValuesOf(GrantRequest request, AnalyzedTarget target, DateTimeOffset now)
    {
        var common = StatementValues.Of(request.Project, target.Server, target.Name, request.Statement ?? "") with
        {
            Unmask = request.Unmask,
            DataExport = request.Export,
            Role = request.Role ?? "",
            ExpirationDays = (long)Math.Ceiling(request.Duration.TotalDays),
            Time = now,
        };
        return StatementValues.OfEachTable(common, target.Analysis);
    }
}
