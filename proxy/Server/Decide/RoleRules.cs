using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Which statements a database role allows: by what the analysis proves, never by how the text begins.</summary>
internal static class RoleRules
{
    private static readonly StatementKind[] Writing = [StatementKind.Insert, StatementKind.Update, StatementKind.Delete, StatementKind.Ddl];

    /// <summary>Whether a role may change anything.</summary>
    public static bool MayWrite(ProxyConfiguration configuration, string role) =>
        configuration.DatabaseRoles.TryGetValue(role, out var kinds) && Writing.Any(kind => kinds.Contains(NameOf(kind), StringComparer.Ordinal));

    /// <summary>Why the role of a grant does not allow a statement, as a clause; null if it does.</summary>
    public static string? FindObjection(ProxyConfiguration configuration, Grant grant, StatementAnalysis analysis, Catalogue catalogue)
    {
        var role = grant.Role!;
        if (!configuration.DatabaseRoles.TryGetValue(role, out var kinds))
            return $"the role {role} is no longer configured";

        foreach (var kind in analysis.Changes.Prepend(analysis.Kind))
        {
            if (!kinds.Contains(NameOf(kind), StringComparer.Ordinal))
                return $"the role {role} allows {string.Join(", ", kinds)}, and not {(kind == StatementKind.Other ? "this" : NameOf(kind))}";
        }

        if (!kinds.Contains(NameOf(StatementKind.Select), StringComparer.Ordinal) && ReadsBeside(analysis))
            return $"the role {role} allows {string.Join(", ", kinds)}, and not select, and this reads as well";

        // Nobody looked at the text: what cannot be explained does not run.
        if (analysis.Changes.IsEmpty && analysis.ReadOnlyObjection is { } objection)
            return $"only what is proven to read runs under a role: {objection}";
        if (!analysis.Changes.IsEmpty && analysis.WriteObjection is { } doubt)
            return $"only what is proven to change tables and nothing else runs under a role: {doubt}";
        if (analysis.Unresolved is { } unresolved)
            return $"only what is understood runs under a role: {unresolved}";

        return DatabaseReach.FindElsewhere(grant.Databases, analysis, catalogue) is { } elsewhere
            ? $"the grant is not for the database {elsewhere}"
            : null;
    }

    // What a change shows of rows (RETURNING), and other tables that it takes rows from. A server asks for the right to SELECT there, too.
    private static bool ReadsBeside(StatementAnalysis analysis) => !analysis.Changes.IsEmpty
        && (analysis.Columns.IsDefault || !analysis.Columns.IsEmpty
            || analysis.Relations.Any(read => !read.IsWritten && !analysis.Relations.Contains(read with { IsWritten = true })));

    private static string NameOf(StatementKind kind) => kind.ToString().ToLowerInvariant();
}
