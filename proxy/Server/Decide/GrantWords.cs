using System.Globalization;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>What a refusal says of a grant: to its user alone.</summary>
internal static class GrantWords
{
    /// <summary>The grant with what became of it, as a clause: <c>grant 12 was revoked by bob at 2026-03-01T12:00:00Z</c>.</summary>
    public static string StandingOf(Grant grant, DateTimeOffset now) => grant.StatusAt(now) switch
    {
        GrantStatus.Revoked => $"{NameOf(grant)} was revoked by {grant.Progress.EndedBy ?? "the local administrator"} at {Time(grant.Progress.EndedAt)}",
        GrantStatus.Expired => $"{NameOf(grant)} expired at {Time(grant.ExpiresAt)}",
        GrantStatus.Active when grant.IsSpent => $"{NameOf(grant)} was used {grant.Executions} of {grant.ExecutionsMax} times",
        GrantStatus.Pending => $"{NameOf(grant)} waits for {grant.NextStep?.Role}",
        GrantStatus.Active or GrantStatus.Rejected or GrantStatus.Canceled => NameOf(grant),
    };

    private static string NameOf(Grant grant) =>
        string.Create(CultureInfo.InvariantCulture, $"grant {grant.Id}{(grant.Role is { } role ? $" (role {role})" : "")}");

    private static string Time(DateTimeOffset? at) => at?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "?";
}
