using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Admin;

/// <summary>Grants as the API shows them.</summary>
internal static class GrantViews
{
    /// <summary>The fields of the contract.</summary>
    public static GrantView Of(Grant grant, DateTimeOffset now, long begun) => Fill(grant, now, begun, [], []);

    /// <summary>In full.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="now">The time.</param>
    /// <param name="begun">Executions by the audit trail; the store counts those of grants that may run so often only.</param>
    /// <param name="explanations">What its statement reads.</param>
    /// <param name="warnings">What an approver should know.</param>
    public static GrantDetail Fill(
        Grant grant,
        DateTimeOffset now,
        long begun,
        ImmutableArray<Explanation> explanations,
        ImmutableArray<string> warnings) => new()
        {
            Id = grant.Id,
            Kind = grant.Kind == GrantKind.Role ? "role" : "statement",
            Status = DeskWords.NameOf(grant.StatusAt(now)),
            User = grant.User,
            Databases = grant.Databases,
            Statement = grant.Statement,
            Role = grant.Role,
            Unmask = grant.Unmask,
            Export = grant.Export,
            Reason = grant.Reason,
            RequestedAt = grant.RequestedAt,
            ApprovedAt = grant.ApprovedAt,
            ExpiresAt = grant.ExpiresAt,
            Steps = [.. grant.Steps.Select(static s => new StepView(s.Role, s.By, s.At))],
            Executions = grant.ExecutionsMax is null ? begun : grant.Executions,
            Review = grant.NeedsReview ? "open" : grant.Progress.ReviewedBy,
            Project = grant.Project,
            Schema = grant.Schema,
            Duration = Units.Format(grant.Duration),
            SecondsLeft = grant.StatusAt(now) == GrantStatus.Active ? (long)(grant.ExpiresAt!.Value - now).TotalSeconds : null,
            ExecutionsMax = grant.ExecutionsMax,
            Parameters = grant.Request.Parameters,
            From = grant.Request.Networks,
            Follows = grant.Request.Again ?? grant.Request.Extends,
            Comments = [.. Comments(grant)],
            Explanations = explanations,
            Warnings = warnings,
        };

    private static IEnumerable<string> Comments(Grant grant)
    {
        foreach (var step in grant.Steps)
        {
            if (step.Comment is { Length: > 0 } comment)
                yield return $"{step.By}: {comment}";
        }

        if (grant.Progress.ReviewedBy is { } reviewer)
            yield return $"{reviewer}: {grant.Progress.ReviewComment}";

        if (grant.Progress.EndedBy is { } by)
            yield return $"{by}: {grant.Progress.EndComment ?? DeskWords.NameOf(grant.Progress.State)}";
    }
}
