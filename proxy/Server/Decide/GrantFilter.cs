using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>Which grants to list; null does not restrict.</summary>
/// <param name="Status">Only those of this status now.</param>
/// <param name="User">Only those of this user.</param>
/// <param name="Database">Only those for this database, as <c>server/database</c>.</param>
/// <param name="NeedsReview">Only break-glass grants that nobody has reviewed.</param>
internal sealed record GrantFilter(GrantStatus? Status = null, string? User = null, string? Database = null, bool NeedsReview = false)
{
    /// <summary>Whether the grant is one of them.</summary>
    public bool Takes(Grant grant, DateTimeOffset now) =>
        (!NeedsReview || grant.NeedsReview)
        && (Status is null || grant.StatusAt(now) == Status)
        && (User is null || string.Equals(grant.User, User, StringComparison.Ordinal))
        && (Database is null || grant.Databases.Contains(Database, StringComparer.Ordinal));
}
