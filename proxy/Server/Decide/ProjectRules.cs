using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>What a project's settings forbid, each named in the refusal. Asked when somebody requests, when somebody signs, and when a grant is used.</summary>
internal static class ProjectRules
{
    /// <summary>Why nothing of this kind may be asked for or used; null if it may.</summary>
    public static string? FindObjection(ProjectConfiguration project, GrantKind kind) => kind switch
    {
        GrantKind.Statement when !project.JustInTimeAccess =>
            $"Project {project.Name} takes no requests for statements (just_in_time_access is off). "
                + $"Ask one of its owners: {string.Join(", ", project.Owners)}.",
        GrantKind.Role when !project.RequestRole =>
            $"Project {project.Name} takes no requests for roles (request_role is off). Ask for a statement instead: --statement SQL.",
        GrantKind.Statement or GrantKind.Role => null,
    };

    /// <summary>Why these terms may not be asked for; null if they may.</summary>
    public static string? FindObjection(ProjectConfiguration project, bool export, TimeSpan? duration)
    {
        if (export && project.DataExport == DataExport.Closed)
            return $"Project {project.Name} allows no export (data_export is closed). Ask without --export.";

        return project.MaxExpiration is { } longest && duration > longest
            ? $"Project {project.Name} grants at most {Units.Format(longest)} (max_expiration). Ask for less: --expires {Units.Format(longest)}."
            : null;
    }

    /// <summary>Why a request may not be signed on these terms; null if it may. The settings may have changed since it was asked for.</summary>
    public static string? FindObjection(ProxyConfiguration configuration, Grant grant, ApprovalTerms terms)
    {
        if (!configuration.Projects.TryGetValue(grant.Project, out var project))
            return Text($"Grant {grant.Id} is of project {grant.Project}, which is no longer configured. Reject it, or restore the project.");
        if (FindObjection(project, grant.Kind) is { } closed)
            return closed;
        if (grant.Export && !terms.DropExport && project.DataExport == DataExport.Closed)
            return Text($"Project {project.Name} allows no export (data_export is closed). Sign without it: jitproxy approve {grant.Id} --no-export.");

        if (project.MaxExpiration is not { } max || (terms.Duration ?? grant.Duration) <= max)
            return null;

        var longest = Units.Format(max);
        return Text($"Project {project.Name} grants at most {longest} (max_expiration). Sign for less: jitproxy approve {grant.Id} --expires {longest}.");
    }

    /// <summary>Why a grant may not be used on this database now, as a clause; null if it may.</summary>
    public static string? FindUseObjection(ProxyConfiguration configuration, Grant grant, string server, string database)
    {
        if (configuration.FindProject(server, database) is not { } project || !string.Equals(project.Name, grant.Project, StringComparison.Ordinal))
            return Text($"the database is no longer in project {grant.Project}, whose owners decided about the grant");

        return grant.Kind switch
        {
            GrantKind.Statement when !project.JustInTimeAccess => Text($"just_in_time_access is off in project {project.Name}"),
            GrantKind.Role when !project.RequestRole => Text($"request_role is off in project {project.Name}"),
            GrantKind.Statement or GrantKind.Role => null,
        };
    }

    /// <summary>Whether only a grant with export lets a statement of this database be exported.</summary>
    public static bool NeedsExport(ProxyConfiguration configuration, string server, string database) =>
        configuration.FindProject(server, database)?.DataExport == DataExport.Request;

    /// <summary>Why nothing may be exported under a grant now, as a clause; null if it may.</summary>
    public static string? FindExportObjection(ProxyConfiguration configuration, Grant grant) =>
        AllowsExport(configuration, grant) ? null
        : configuration.Projects.GetValueOrDefault(grant.Project)?.DataExport == DataExport.Closed ? Text($"data_export is closed in project {grant.Project}")
        : "it does not include export";

    /// <summary>Whether bulk extraction is allowed under a grant: the project's setting decides before the grant does.</summary>
    public static bool AllowsExport(ProxyConfiguration configuration, Grant grant) =>
        configuration.Projects.TryGetValue(grant.Project, out var project) && project.DataExport switch
        {
            DataExport.Open => true,
            DataExport.Request => grant.Export,
            DataExport.Closed => false,
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
