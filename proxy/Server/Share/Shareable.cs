using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Share;

/// <summary>Which statements answer the same on any connection with the same settings.</summary>
internal static class Shareable
{
    /// <summary>True if nothing that the statement reads belongs to a connection.</summary>
    public static bool IsShareable(StatementAnalysis analysis)
    {
        if (analysis.Kind != StatementKind.Select || !analysis.IsReadOnly || analysis.Unresolved is not null || analysis.RunsForeignCode)
            return false;

        foreach (var relation in analysis.Relations)
        {
            // pg_locks, pg_cursors, pg_prepared_statements, pg_settings and their like are about the connection that looks.
            if (relation.Schema is "pg_catalog" or "information_schema" or "performance_schema" or "mysql" or "sys")
                return false;
        }

        foreach (var function in analysis.Functions)
        {
            if (ConnectionFunctions.Contains(function))
                return false;
        }

        return true;
    }

    /// <summary>
    /// True if the statement leaves nothing on its connection to the server and learns nothing of it, so that the session's next one may run on another.
    /// Refused and answered here, it never got there.
    /// </summary>
    public static bool IsFreeOfConnection(Ruling ruling) => ruling.Kind switch
    {
        RulingKind.Granted => ruling is { WriterRole: null, Analyzed.IsShareable: true },
        RulingKind.Housekeeping => ruling.Verdict is { IsAboutConnection: false } verdict
            && (verdict.Action is HousekeepingAction.Empty or HousekeepingAction.Transaction || verdict is { Action: HousekeepingAction.Read, Setting: null }),
        RulingKind.Refused or RulingKind.Local => true,
    };
}
