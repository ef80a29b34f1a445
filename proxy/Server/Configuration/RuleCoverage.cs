using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Configuration;

/// <summary>Finds approval rules that can never decide anything, and steps that nobody can sign: valid, but surely not meant.</summary>
/// <remarks>
/// Every rule is asked about every combination of what the configuration knows beforehand (project, server, role, flags), with all else unknown.
/// A rule that is false although so much is unknown is false for any request of that sort; one that is true is so for all of them.
/// </remarks>
internal static class RuleCoverage
{
    // A configuration with more sorts of requests than this is not walked through; it gets no warnings, which nothing depends on.
    private const int SortsMax = 20_000;

    /// <summary>What to warn of, as sentences.</summary>
    public static ImmutableArray<string> FindWarnings(ProxyConfiguration configuration) =>
    [
        .. FindUnreachable(configuration, ApprovalSource.JustInTimeAccess),
        .. FindUnreachable(configuration, ApprovalSource.RequestRole),
        .. FindUnsignable(configuration),
    ];

    private static IEnumerable<string> FindUnreachable(ProxyConfiguration configuration, ApprovalSource source)
    {
        var rules = configuration.Approval.Rules.Index().Where(r => r.Item.Source == source).ToList();
        var (setting, word) = source == ApprovalSource.RequestRole ? ("request_role", "roles") : ("just_in_time_access", "statements");
        if (rules.Count == 0)
            yield break;

        if (!configuration.Projects.Values.Any(p => IsOpen(p, source)))
        {
            yield return $"no project has {setting} on, so the approval rules for {word} never match";
            yield break;
        }

        var sorts = SortsOf(configuration, source).Take(SortsMax + 1).ToList();
        if (sorts.Count > SortsMax)
            yield break;

        var open = Enumerable.Repeat(true, sorts.Count).ToArray();
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, rule) in rules)
        {
            var (number, text) = (index + 1, rule.Condition.Text.Trim());
            var (couldMatch, isReached) = (false, false);
            for (var i = 0; i < sorts.Count; i++)
            {
                var outcome = rule.Condition.Evaluate(sorts[i]);
                couldMatch |= outcome != ConditionOutcome.False;
                isReached |= open[i] && outcome != ConditionOutcome.False;
                open[i] &= outcome != ConditionOutcome.True;
            }

            var name = string.Create(CultureInfo.InvariantCulture, $"approval rule {number} ({text})");
            if (!couldMatch)
                yield return $"{name} can never match: its condition is false for every project, server and role that there is";
            else if (!isReached)
                yield return $"{name} can never match: rules before it take every request that it is for";
            else if (!texts.TryAdd(text, number))
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} can never match: rule {texts[text]} has the same condition");
        }
    }

    private static IEnumerable<ConditionValues> SortsOf(ProxyConfiguration configuration, ApprovalSource source)
    {
        var isRole = source == ApprovalSource.RequestRole;
        var roles = isRole ? configuration.DatabaseRoles.Keys.ToImmutableArray() : [""];
        bool[] either = [false, true];
        return
            from project in configuration.Projects.Values
            where IsOpen(project, source)
            from database in project.Databases
            let server = configuration.Servers.GetValueOrDefault(database.Server)
            where server is not null
            from role in roles
            from unmask in isRole ? [false] : either
            from export in project.DataExport == DataExport.Closed ? [false] : either
            select new ConditionValues
            {
                ProjectId = project.Name,
                EnvironmentId = server.Environment,
                InstanceId = server.Name,
                DatabaseName = database.Database.Contains('*', StringComparison.Ordinal) ? null : database.Database,
                DbEngine = server.Engine == SqlDialect.PostgreSql ? "postgresql" : null,
                Unmask = unmask,
                DataExport = export,
                Role = role,
                StatementText = isRole ? "" : null,
            };
    }

    private static IEnumerable<string> FindUnsignable(ProxyConfiguration configuration)
    {
        var approval = configuration.Approval;
        var ofRules = approval.Rules.Index().SelectMany(r => FindUnsignable(configuration, r.Item.Steps, Name(r.Index + 1), r.Item.Source));
        ApprovalSource[] all = [ApprovalSource.JustInTimeAccess, ApprovalSource.RequestRole];
        return ofRules.Concat(all.SelectMany(source => FindUnsignable(configuration, approval.Fallback ?? [], "the fallback", source))).Distinct();

        static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"approval rule {number}");
    }

    private static IEnumerable<string> FindUnsignable(
        ProxyConfiguration configuration, ImmutableArray<ApprovalStep> steps, string name, ApprovalSource source) =>
        from step in steps
        from project in configuration.Projects.Values
        where IsOpen(project, source)
        let count = CountSigners(configuration, project, step)
        where count < step.Approvals
        select $"in project {project.Name}, too few people can sign the step \"{step}\" of {name}: {count}";

    private static int CountSigners(ProxyConfiguration configuration, ProjectConfiguration project, ApprovalStep step) =>
        step.AnyOf
            .SelectMany(role => role == RolesPart.ProjectOwner ? project.Owners : configuration.WorkspaceRoles.GetValueOrDefault(role, []))
            .Distinct(StringComparer.Ordinal)
            .Count();

    private static bool IsOpen(ProjectConfiguration project, ApprovalSource source) =>
        source == ApprovalSource.RequestRole ? project.RequestRole : project.JustInTimeAccess;
}
