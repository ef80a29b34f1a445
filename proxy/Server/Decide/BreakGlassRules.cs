using System.Collections.Immutable;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Who may run something in an emergency, before anybody has approved it.</summary>
internal static class BreakGlassRules
{
    /// <summary>Why this person may not; null if they may.</summary>
    public static string? FindObjection(ProxyConfiguration configuration, ProjectConfiguration project, string user, TimeSpan? duration)
    {
        if (configuration.Approval.BreakGlass is not { } rule)
            return "Nobody may break the glass here (approval.break_glass is not set). Ask without --break-glass.";

        if (!rule.Roles.Any(role => MembersOf(role).Contains(user, StringComparer.Ordinal)))
            return $"Only the roles {string.Join(", ", rule.Roles)} may break the glass (approval.break_glass). Ask without --break-glass.";

        // Somebody else has to look at it afterwards, or it would be standing access.
        if (!project.Owners.Any(owner => !string.Equals(owner, user, StringComparison.Ordinal)))
            return $"Project {project.Name} has no other owner who could review it afterwards. Ask without --break-glass.";

        var longest = Units.Format(rule.MaxExpiration);
        return duration > rule.MaxExpiration ? $"The glass is broken for at most {longest} (approval.break_glass). Ask for less: --expires {longest}." : null;

        ImmutableArray<string> MembersOf(string role) =>
            role == RolesPart.ProjectOwner ? project.Owners : configuration.WorkspaceRoles.GetValueOrDefault(role, []);
    }
}
