using System.Collections.Frozen;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Share;

/// <summary>Which statements answer the same on any connection with the same settings.</summary>
internal static class Shareable
{
    /// <summary>Functions whose answer is about the connection, or that are affected by what ran on it before.</summary>
    private static readonly FrozenSet<string> AboutConnection = FrozenSet.ToFrozenSet(
    [
        "connection_id", "current_setting", "currval", "found_rows", "get_lock", "inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port",
        "is_free_lock", "is_used_lock", "last_insert_id", "lastval",
        "pg_backend_pid", "pg_blocking_pids", "pg_conf_load_time", "pg_current_xact_id", "pg_current_xact_id_if_assigned", "pg_is_other_temp_schema",
        "pg_listening_channels", "pg_my_temp_schema", "pg_notification_queue_usage", "pg_postmaster_start_time", "pg_safe_snapshot_blocking_pids",
        "pg_trigger_depth", "ps_current_thread_id", "ps_thread_id", "rand", "random", "random_normal", "release_all_locks", "release_lock", "row_count",
        "setseed", "txid_current", "txid_current_if_assigned",
    ], StringComparer.OrdinalIgnoreCase);

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
            var name = function.AsSpan(function.LastIndexOf('.') + 1);
            if (AboutConnection.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name) || name.StartsWith("pg_stat_get", StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }
}
