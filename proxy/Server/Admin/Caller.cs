using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;
using JitProxy.Storage.Users;

namespace JitProxy.Server.Admin;

/// <summary>Who calls the API, and what they may see.</summary>
/// <param name="Actor">The person, or the administrator.</param>
/// <param name="Client">Where from: an address, or `local` for the unix socket.</param>
internal sealed record Caller(Actor Actor, string Client)
{
    /// <summary>The token that was shown; null on the unix socket.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>Whether the caller would be let in again now.</summary>
    public bool IsStillValid(UserDirectory users) =>
        Token is { } token ? users.IsValid(token) : Actor.IsAdministrator || users.Contains(Actor.Name);

    /// <summary>Whether everything is visible: to the administrator and to holders of workspace roles.</summary>
    public bool SeesAll(ProxyConfiguration configuration) =>
        Actor.IsAdministrator || configuration.WorkspaceRoles.Values.Any(members => members.Contains(Actor.Name, StringComparer.Ordinal));

    /// <summary>Own grants, and those of projects that the caller owns.</summary>
    public bool Sees(Grant grant, ProxyConfiguration configuration) =>
        SeesAll(configuration) || IsSelf(grant.User) || Owned(configuration).Any(project => project.Name == grant.Project);

    /// <summary>Own records, and those about databases of projects that the caller owns.</summary>
    public bool Sees(AuditRecord record, ProxyConfiguration configuration) =>
        SeesAll(configuration)
        || IsSelf(record.User)
        || (record.Database is { } database && Owned(configuration).Any(project => project.Databases.Any(pattern => pattern.Covers(database))));

    /// <summary>Which grants are visible, for many at once; null for all.</summary>
    public Predicate<Grant>? GrantsSeen(ProxyConfiguration configuration)
    {
        if (SeesAll(configuration))
            return null;

        var owned = Owned(configuration).Select(static project => project.Name).ToHashSet(StringComparer.Ordinal);
        return grant => IsSelf(grant.User) || owned.Contains(grant.Project);
    }

    /// <summary>Which records are visible, for many at once; null for all.</summary>
    public AuditScope? RecordsSeen(ProxyConfiguration configuration)
    {
        if (SeesAll(configuration))
            return null;

        // Patterns are matched once per database, and not by several threads: a scope belongs to one reading.
        var owned = Owned(configuration);
        var known = new Dictionary<string, bool>(StringComparer.Ordinal);
        return new(Actor.Name, database =>
        {
            if (!known.TryGetValue(database, out var isOwned))
                known[database] = isOwned = owned.Any(project => project.Databases.Any(pattern => pattern.Covers(database)));
            return isOwned;
        });
    }

    private bool IsSelf(string? user) => string.Equals(user, Actor.Name, StringComparison.Ordinal);

    private ImmutableArray<ProjectConfiguration> Owned(ProxyConfiguration configuration) =>
        [.. configuration.Projects.Values.Where(project => project.Owners.Contains(Actor.Name, StringComparer.Ordinal))];
}
