using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Picks who has to sign a request: the first rule of its source that matches for any table or column it touches, else the fallback.</summary>
internal static class ApprovalSteps
{
    /// <summary>Who signs, in order; null if nothing says who may approve, and the request is to be refused.</summary>
    public static ImmutableArray<ApprovalStep>? Pick(
        ApprovalConfiguration approval,
        GrantRequest request,
        IReadOnlyCollection<AnalyzedTarget> targets,
        DateTimeOffset now)
    {
        var source = request.Kind == GrantKind.Role ? ApprovalSource.RequestRole : ApprovalSource.JustInTimeAccess;
        var values = targets.SelectMany(target => ValuesOf(request, target, now)).ToList();
        foreach (var rule in approval.Rules)
        {
            if (rule.Source == source && values.Exists(rule.Condition.Matches))
                return rule.Steps;
        }

        return approval.Fallback;
    }

    // One set of values for each table, and of a table for each column that the statement reads; one match is enough.
    private static IEnumerable<ConditionValues> ValuesOf(GrantRequest request, AnalyzedTarget target, DateTimeOffset now)
    {
        var analysis = target.Analysis;
        var isComplete = analysis is { Unresolved: null, RunsForeignCode: false };
        var common = new ConditionValues
        {
            ProjectId = request.Project,
            EnvironmentId = target.Server.Environment,
            InstanceId = target.Server.Name,
            DatabaseName = target.Name,
            DbEngine = EngineName(target.Server.Engine),
            Unmask = request.Unmask,
            DataExport = request.Export,
            Role = request.Role ?? "",
            ExpirationDays = (long)Math.Ceiling(request.Duration.TotalDays),
            Time = now,
            StatementText = request.Statement ?? "",
            StatementKind = analysis is null ? null : KindName(analysis.Kind),
            StatementTables = isComplete ? [.. analysis!.Relations.Select(static r => r.Name).Distinct(StringComparer.Ordinal)] : default,
        };

        var columns = isComplete ? ColumnsOf(analysis!) : null;
        foreach (var relation in analysis?.Relations ?? [])
        {
            var table = common with { SchemaName = relation.Schema, TableName = relation.Name };
            if (columns is null)
                yield return table;
            else if (!columns.Contains((relation.Schema, relation.Name)))
                yield return table with { ColumnName = "" };
            else
            {
                foreach (var column in columns[(relation.Schema, relation.Name)])
                    yield return table with { ColumnName = column };
            }
        }

        // What may touch a table that is not known leaves the names unknown, and then every rule that asks for them applies.
        if (!isComplete)
            yield return common;
        else if (analysis!.Relations.IsEmpty)
            yield return common with { SchemaName = "", TableName = "", ColumnName = "" };
    }

    // What is shown and what decides: who may filter by a column can learn its values. Null if they are not all known.
    private static ILookup<(string Schema, string Relation), string>? ColumnsOf(StatementAnalysis analysis) =>
        analysis.Columns.IsDefault || analysis.Columns.Any(static c => c.IsUnknown)
            ? null
            : analysis.Columns.SelectMany(static c => c.Sources).Concat(analysis.PredicateColumns).Distinct()
                .ToLookup(static s => (s.Schema, s.Relation), static s => s.Column);

    private static string EngineName(SqlDialect dialect) => dialect switch
    {
        SqlDialect.PostgreSql => "postgresql",
        SqlDialect.MySql => "mysql",
        SqlDialect.MariaDb => "mariadb",
    };

    private static string KindName(StatementKind kind) => kind.ToString().ToLowerInvariant();
}
