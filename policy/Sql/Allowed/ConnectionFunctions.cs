using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>Functions whose answer is about the connection, or that are affected by what ran on it before.</summary>
public static class ConnectionFunctions
{
    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
    [
        "connection_id", "current_setting", "currval", "found_rows", "get_lock", "inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port",
        "is_free_lock", "is_used_lock", "last_insert_id", "lastval",
        "pg_backend_pid", "pg_blocking_pids", "pg_conf_load_time", "pg_current_xact_id", "pg_current_xact_id_if_assigned", "pg_is_other_temp_schema",
        "pg_listening_channels", "pg_my_temp_schema", "pg_notification_queue_usage", "pg_postmaster_start_time", "pg_safe_snapshot_blocking_pids",
        "pg_trigger_depth", "ps_current_thread_id", "ps_thread_id", "rand", "random", "random_normal", "release_all_locks", "release_lock", "row_count",
        "setseed", "txid_current", "txid_current_if_assigned",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a function of this name, whatever schema stands before it.</summary>
    public static bool Contains(string function)
    {
        var name = function.AsSpan(function.LastIndexOf('.') + 1);
        return Names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name) || name.StartsWith("pg_stat_get", StringComparison.OrdinalIgnoreCase);
    }
}
