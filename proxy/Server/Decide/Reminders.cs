using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>Says that role grants end soon, so that their users can have them prolonged in time.</summary>
/// <remarks>At each time that <c>approval.reminders</c> names. A grant that lasts less than twice that long is not spoken of then.</remarks>
internal sealed class Reminders(GrantDesk desk, DeskServices services)
{
    /// <summary>How long before the end of a role grant its user is reminded.</summary>
    public ImmutableArray<TimeSpan> Times => services.Configuration().Approval.Reminders;

    /// <summary>Every reminder that is due to this user.</summary>
    public IEnumerable<string> AllOf(string user) =>
        desk.List(new(GrantStatus.Active, user)).Where(IsDue).Select(TextOf);

    /// <summary>True if the grant's user is to be told that it ends.</summary>
    public bool IsDue(Grant grant) => FindDue(grant) is not null;

    /// <summary>The last of the times before its end that a role grant has reached; null if none, or if its user asked for more time already.</summary>
    public TimeSpan? FindDue(Grant grant)
    {
        var now = services.Clock.GetUtcNow();
        if (grant.Kind != GrantKind.Role || grant.StatusAt(now) != GrantStatus.Active || grant.ExpiresAt is not { } end)
            return null;

        TimeSpan? reached = null;
        foreach (var before in Times)
        {
            if (end - before <= now && grant.Duration >= before * 2 && !(reached <= before))
                reached = before;
        }

        return reached is null || IsProlonged(grant, now) ? null : reached;
    }

    /// <summary>The reminder in words.</summary>
    public static string TextOf(Grant grant) => string.Create(
        CultureInfo.InvariantCulture,
        $"role grant {grant.Id} ({grant.Role} on {string.Join(", ", grant.Databases)}) ends at {grant.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}. "
            + $"To prolong it: jitproxy extend {grant.Id} --expires 4h");

    private bool IsProlonged(Grant grant, DateTimeOffset now) => grant.Databases
        .SelectMany(database => desk.Book.Roles(grant.User, database))
        .Any(other => other.Request.Extends == grant.Id && other.StatusAt(now) is GrantStatus.Pending or GrantStatus.Active);
}
