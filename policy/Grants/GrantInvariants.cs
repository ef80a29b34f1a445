namespace JitProxy.Policy.Grants;

/// <summary>What holds for every grant, whatever happened to it. A row that says otherwise was not written by JitProxy.</summary>
internal static class GrantInvariants
{
    // Keeps every sum of a time and a duration within the calendar.
    private static readonly TimeSpan DurationMax = TimeSpan.FromDays(36_500);

    /// <summary>Null if the data are consistent; otherwise what is not, as a clause.</summary>
    public static string? FindFault(long id, GrantRequest request, GrantProgress progress) =>
        FindFault(id, request) ?? FindExcess(request, progress) ?? FindFault(request.BreakGlass, progress) ?? FindFault(progress);

    /// <summary>The part that concerns the request alone.</summary>
    public static string? FindFault(long id, GrantRequest request)
    {
        if (id <= 0)
            return "its number is not positive";
        if (string.IsNullOrEmpty(request.User) || string.IsNullOrEmpty(request.Project))
            return "it has no user or no project";
        if (request.Databases.IsDefaultOrEmpty || request.Databases.Any(string.IsNullOrEmpty))
            return "it names no database";
        if (string.IsNullOrEmpty(request.Schema))
            return "it has no schema";
        if (request.Duration <= TimeSpan.Zero || request.Duration > DurationMax || request.ExecutionsMax <= 0)
            return "its duration or number of executions is out of range";

        if (request.Networks.IsDefault || request.Networks.Any(string.IsNullOrEmpty))
            return "its networks cannot be read";
        if (request.Parameters.IsDefault || !request.Parameters.All(static p => ParameterRule.TryParse(p, out _)))
            return "its rules for parameters cannot be read";

        return request.Kind switch
        {
            GrantKind.Statement when string.IsNullOrEmpty(request.Statement) || request.Role is not null => "it holds no statement, or a role as well",
            GrantKind.Role when string.IsNullOrEmpty(request.Role) || request.Statement is not null => "it holds no role, or a statement as well",
            GrantKind.Statement or GrantKind.Role => null,
        };
    }

    private static string? FindFault(bool breakGlass, GrantProgress progress)
    {
        var isReviewed = progress.ReviewedBy is not null;
        if (isReviewed != progress.ReviewedAt.HasValue || (isReviewed && !breakGlass))
            return "its review is incomplete, or it needed none";

        return breakGlass && !(progress.Steps is { IsDefault: false, IsEmpty: true } && progress.State is GrantStatus.Active or GrantStatus.Revoked)
            ? "it needed no signature, but its steps or its state say otherwise"
            : null;
    }

    // Approvers may narrow, never widen.
    private static string? FindExcess(GrantRequest request, GrantProgress progress)
    {
        if ((progress.Unmask && !request.Unmask) || (progress.Export && !request.Export))
            return "it allows more than was asked";
        if (progress.Duration <= TimeSpan.Zero || progress.Duration > request.Duration)
            return "it holds longer than was asked";
        if (progress.ExecutionsMax <= 0 || (request.ExecutionsMax is { } asked && !(progress.ExecutionsMax <= asked)))
            return "it may run more often than was asked";
        if (progress.Executions < 0 || progress.Executions > progress.ExecutionsMax)
            return "it ran more often than it may";

        return null;
    }

    private static string? FindFault(GrantProgress progress)
    {
        if (progress.Steps.IsDefault || progress.Revision < 1)
            return "its steps or its revision are missing";

        var signed = progress.Steps.TakeWhile(static s => s.IsSigned).Count();
        if (progress.Steps.Skip(signed).Any(static s => s.IsSigned)
            || progress.Steps.Any(static s => s.IsSigned != s.At.HasValue || string.IsNullOrEmpty(s.Role)))
            return "its steps are not signed in order";

        if (progress.Steps.Where(static s => s is { IsSigned: true, Group: not 0 }).GroupBy(static s => (s.Group, s.By)).Any(static g => g.Count() > 1))
            return "one person signed twice where different people have to";

        var isComplete = signed == progress.Steps.Length;
        var hasTimes = progress.ApprovedAt is { } approvedAt && progress.ExpiresAt == approvedAt + progress.Duration;
        var hasNoTimes = progress.ApprovedAt is null && progress.ExpiresAt is null;
        var hasEnded = !string.IsNullOrEmpty(progress.EndedBy) && progress.EndedAt is not null;
        var hasNotEnded = progress.EndedBy is null && progress.EndedAt is null;

        return progress.State switch
        {
            GrantStatus.Pending when isComplete || !hasNoTimes || !hasNotEnded => "it is pending, but its steps or times say otherwise",
            GrantStatus.Active when !isComplete || !hasTimes || !hasNotEnded => "it is active, but its steps or times say otherwise",
            GrantStatus.Revoked when !isComplete || !hasTimes || !hasEnded => "it is revoked, but its steps or times say otherwise",
            GrantStatus.Rejected or GrantStatus.Canceled when isComplete || !hasNoTimes || !hasEnded =>
                "it was turned down, but its steps or times say otherwise",
            GrantStatus.Expired => "expired is a status that is never stored",
            GrantStatus.Pending or GrantStatus.Active or GrantStatus.Revoked or GrantStatus.Rejected or GrantStatus.Canceled => null,
        };
    }
}
