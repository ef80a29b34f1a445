using System.Collections.Frozen;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>The variables of MySQL and MariaDB that a session may change by itself, and to what; and those of the server that it may see.</summary>
internal static class AllowedVariables
{
    /// <summary>JitProxy's own variable: the grant that the session asks for. It never reaches the server.</summary>
    public const string Grant = "jit_grant";

    // Limits of time and size, and how things are shown. Nothing that changes what a text means, what an expression is worth, or how much memory it takes.
    private static readonly FrozenSet<string> Free = (
        "autocommit time_zone transaction_isolation tx_isolation sql_select_limit sql_safe_updates sql_big_selects max_join_size sql_quote_show_create " +
        "sql_notes sql_warnings wait_timeout interactive_timeout net_read_timeout net_write_timeout lock_wait_timeout innodb_lock_wait_timeout " +
        "max_statement_time max_execution_time session_track_schema session_track_state_change session_track_system_variables " +
        "session_track_transaction_info session_track_gtids information_schema_stats_expiry optimizer_switch lc_time_names lc_messages")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Shown = (
        "version version_comment version_compile_os version_compile_machine license protocol_version hostname port server_id read_only " +
        "super_read_only sql_mode autocommit lower_case_table_names lower_case_file_system max_allowed_packet net_buffer_length wait_timeout " +
        "interactive_timeout net_read_timeout net_write_timeout lock_wait_timeout time_zone system_time_zone auto_increment_increment " +
        "auto_increment_offset transaction_isolation tx_isolation transaction_read_only tx_read_only default_storage_engine storage_engine " +
        "default_tmp_storage_engine sql_auto_is_null sql_select_limit sql_safe_updates sql_quote_show_create performance_schema query_cache_size " +
        "query_cache_type init_connect gtid_executed gtid_mode innodb_version max_connections lc_time_names lc_messages warning_count error_count " +
        "in_transaction optimizer_switch max_statement_time max_execution_time group_concat_max_len foreign_key_checks unique_checks " +
        "explicit_defaults_for_timestamp default_authentication_plugin information_schema_stats_expiry session_track_schema " +
        "session_track_state_change session_track_system_variables session_track_transaction_info session_track_gtids character_set_client " +
        "character_set_connection character_set_database character_set_filesystem character_set_results character_set_server " +
        "character_set_system collation_connection collation_database collation_server").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True if the value of this variable of the server may be shown without a grant.</summary>
    public static bool MayShow(string name) => Shown.Contains(name);

    /// <summary>Why the session may not set this, as a sentence without its end; null if it may.</summary>
    public static string? Objection(VariableSetting setting)
    {
        if (setting.Scope is VariableScope.Global or VariableScope.Persist or VariableScope.PersistOnly)
            return $"{setting.Name} would be set for the whole server";
        if (!VariableValue.IsPlain(setting.Value))
            return $"{setting.Name} is set to a constant, not to what a query or a function says";
        if (setting.Scope == VariableScope.User || Free.Contains(setting.Name))
            return null;

        var value = VariableValue.Constant(setting.Value);
        switch (setting.Name)
        {
            case "names":
                return value is "utf8mb4" && (setting.Collation is null || IsOfUtf8(setting.Collation)) ? null : "JitProxy talks utf8mb4 only";
            case "character set":
                return "it takes over what the database has; use SET NAMES utf8mb4";
            case "character_set_client" or "character_set_connection":
                return value is "utf8mb4" ? null : "JitProxy talks utf8mb4 only";
            case "character_set_results":
                return value is "utf8mb4" or "utf8mb3" or "utf8" || setting.Value is Literal { Kind: LiteralKind.Null } ? null : "JitProxy talks utf8mb4 only";
            case "character_set_server":
                return value is "utf8mb4" ? null : "JitProxy talks utf8mb4 only";
            case "collation_connection" or "collation_server":
                return value is not null && IsOfUtf8(value) ? null : "JitProxy talks utf8mb4 only";
            case "sql_mode":
                return SqlModes.Objection(setting.Value);
            case "sql_auto_is_null":
                return value is "0" or "off" or "false" ? null : "with sql_auto_is_null a condition on NULL means something else";
            case "transaction_read_only" or "tx_read_only":
                return value is "1" or "on" or "true" ? null : "the session stays read-only";
            default:
                return $"{setting.Name} is not among the variables that a session may change";
        }
    }

    private static bool IsOfUtf8(string collation) => collation.StartsWith("utf8mb4_", StringComparison.OrdinalIgnoreCase);
}
