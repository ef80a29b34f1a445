using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Which statements a database role allows: by what the analysis proves, never by how the text begins.</summary>
internal static class RoleRules
{
    /// <summary>Why the role does not allow a statement, as a clause; null if it does.</summary>
    public static string? FindObjection(ProxyConfiguration configuration, string role, StatementAnalysis analysis)
    {
        if (!configuration.DatabaseRoles.TryGetValue(role, out var kinds))
            return $"the role {role} is no longer configured";

        var kind = analysis.Kind.ToString().ToLowerInvariant();
        if (!kinds.Contains(kind, StringComparer.Ordinal))
            return $"the role {role} allows {string.Join(", ", kinds)}, and not {(analysis.Kind == StatementKind.Other ? "this" : kind)}";

        // Nobody looked at the text: what cannot be explained does not run. Upstream sessions are read-only, so nothing else would work.
        return analysis.ReadOnlyObjection is { } objection ? $"only what is proven to read runs under a role: {objection}"
            : analysis.Unresolved is { } unresolved ? $"only what is understood runs under a role: {unresolved}"
            : null;
    }
}
