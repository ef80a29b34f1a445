using JitProxy.Policy.Approval;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>What conditions know of a statement: one set of values for each table, and of a table for each column that it reads; one match is enough.</summary>
internal static class StatementValues
{
    /// <summary>What is known without looking at what the statement reads.</summary>
    /// <param name="project">The database's project; empty for none.</param>
    /// <param name="server">Its server.</param>
    /// <param name="database">Its name on the server.</param>
    /// <param name="text">The statement; empty for a role.</param>
    public static ConditionValues Of(string project, ServerConfiguration server, string database, string text) => new()
    {
        ProjectId = project,
        EnvironmentId = server.Environment,
        InstanceId = server.Name,
        DatabaseName = database,
        DbEngine = EngineName(server.Engine),
        StatementText = text,
    };

    /// <summary>True if all that the statement reads is known.</summary>
    public static bool IsComplete(StatementAnalysis? analysis) => analysis is { Unresolved: null, RunsForeignCode: false };

    /// <summary>The sets, made of what all have in common.</summary>
    /// <param name="known">What is known of the statement without its analysis.</param>
    /// <param name="analysis">What it reads; null if nobody knows.</param>
    public static IEnumerable<ConditionValues> OfEachTable(ConditionValues known, StatementAnalysis? analysis)
    {
        var isComplete = IsComplete(analysis);
        var common = known with
        {
            StatementKind = analysis is null ? null : KindName(analysis.Kind),
            StatementTables = isComplete ? [.. analysis!.Relations.Select(static r => r.Name).Distinct(StringComparer.Ordinal)] : default,
        };
        var columns = isComplete ? ColumnsOf(analysis!) : null;
        foreach (var relation in analysis?.Relations ?? [])
        {
            var table = common with { SchemaName = relation.Schema, TableName = relation.Name };

            // What is put into a column is not among what is read: any of them may be meant.
            if (columns is null || relation.IsWritten)
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
