using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Configuration;

/// <summary>Finds rules of approval and of redaction that can never decide anything, and steps that nobody can sign: valid, but surely not meant.</summary>
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
        .. FindUnreachable(
            [.. configuration.Audit.Redaction.Rules.Index().Select(static r => (Name("rule", r.Index, "of audit.redact"), r.Item.Condition))],
            PlacesOf(configuration),
            "statement"),
    ];

    private static string Name(string rule, int index, string? of = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{rule} {index + 1}{(of is null ? "" : " ")}{of}");

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

        foreach (var warning in FindUnreachable(
            [.. rules.Select(static r => (Name("approval rule", r.Index), r.Item.Condition))], SortsOf(configuration, source), "request"))
        {
            yield return warning;
        }
    }

    private static IEnumerable<string> FindUnreachable(
        ImmutableArray<(string Name, Condition Condition)> rules, IEnumerable<ConditionValues> allSorts, string what)
    {
        var sorts = allSorts.Take(SortsMax + 1).ToList();
        if (sorts.Count > SortsMax)
            yield break;

        var open = Enumerable.Repeat(true, sorts.Count).ToArray();
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, condition) in rules)
        {
            var text = condition.Text.Trim();
            var (couldMatch, isReached) = (false, false);
            for (var i = 0; i < sorts.Count; i++)
            {
                var outcome = condition.Evaluate(sorts[i]);
                couldMatch |= outcome != ConditionOutcome.False;
                isReached |= open[i] && outcome != ConditionOutcome.False;
                open[i] &= outcome != ConditionOutcome.True;
            }

            if (!couldMatch)
                yield return $"{name} ({text}) can never match: its condition is false for every project, server and role that there is";
            else if (!isReached)
                yield return $"{name} ({text}) can never match: rules before it take every {what} that it is for";
            else if (!texts.TryAdd(text, name))
                yield return $"{name} ({text}) can never match: {texts[text]} has the same condition";
        }
    }

    // Statements are recorded where a project is, and refused where there is none.
    private static IEnumerable<ConditionValues> PlacesOf(ProxyConfiguration configuration) =>
        from server in configuration.Servers.Values
        from place in configuration.Projects.Values
            .SelectMany(static project => project.Databases.Select(database => (project.Name, database.Server, database.Database)))
            .Where(place => string.Equals(place.Server, server.Name, StringComparison.Ordinal))
            .Append(("", server.Name, "*"))
        select OfPlace(server, place.Item1, place.Item3);

    private static ConditionValues OfPlace(ServerConfiguration server, string project, string database) => new()
    {
        ProjectId = project,
        EnvironmentId = server.Environment,
        InstanceId = server.Name,
        DatabaseName = database.Contains('*', StringComparison.Ordinal) ? null : database,
        DbEngine = server.Engine == SqlDialect.PostgreSql ? "postgresql" : null,
    };

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
            select OfPlace(server, project.Name, database.Database) with
            {
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
