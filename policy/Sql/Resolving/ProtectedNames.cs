using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>
/// Built-in functions and catalogue relations that no statement may use: they show data past the masks, run hidden SQL or act outside the
/// transaction.
/// </summary>
internal static class ProtectedNames
{
    // Run SQL given as text, or read whole tables by name.
    private const string HiddenSql =
        "query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml " +
        "schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema database_to_xml_and_xmlschema cursor_to_xml " +
        "cursor_to_xmlschema ts_stat ts_rewrite crosstab crosstab2 crosstab3 crosstab4 crosstabn connectby xpath_table dblink dblink_exec " +
        "dblink_open dblink_fetch dblink_close dblink_connect dblink_connect_u dblink_send_query dblink_get_result dblink_build_sql_insert " +
        "dblink_build_sql_update dblink_build_sql_delete";

    // Show what other sessions run, statistics of values, files, or the settings of other roles.
    private const string OthersData =
        "pg_stat_get_activity pg_stat_get_backend_activity pg_stat_statements pg_prepared_statement pg_cursor pg_show_all_file_settings " +
        "pg_hba_file_rules pg_ident_file_mappings pg_read_file pg_read_binary_file pg_read_file_old pg_ls_dir pg_stat_file pg_ls_logdir " +
        "pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir " +
        "lo_get loread pg_current_logfile current_query pg_prepared_xact pg_lock_status heap_page_items bt_page_items get_raw_page " +
        "pg_logical_slot_get_changes pg_logical_slot_peek_changes pg_logical_slot_get_binary_changes pg_logical_slot_peek_binary_changes";

    // Act beyond the statement's own transaction, or hold the server up.
    private const string Acts =
        "nextval setval set_config pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_notify pg_sleep pg_sleep_for " +
        "pg_sleep_until pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock " +
        "pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_advisory_unlock pg_advisory_unlock_shared " +
        "pg_advisory_unlock_all lo_import lo_export lo_open lo_close lo_creat lo_create lo_unlink lo_put lo_from_bytea lo_truncate " +
        "lo_truncate64 lo_lseek lo_lseek64 lo_tell lo_tell64 lowrite pg_switch_wal pg_create_restore_point pg_export_snapshot " +
        "pg_logical_emit_message pg_promote pg_current_xact_id txid_current pg_stat_reset setseed pg_file_write pg_file_rename pg_file_unlink " +
        "pg_file_sync pg_log_backend_memory_contexts";

    // Catalogue relations with values of users' tables, statements of other sessions, passwords or files in them.
    private const string Relations =
        "pg_stats pg_stats_ext pg_stats_ext_exprs pg_statistic pg_statistic_ext_data pg_largeobject pg_authid pg_shadow pg_user_mapping " +
        "pg_stat_activity pg_stat_statements pg_stat_statements_info pg_prepared_xacts pg_hba_file_rules pg_ident_file_mappings " +
        "pg_file_settings pg_stat_replication pg_stat_wal_receiver pg_stat_subscription pg_replication_slots pg_seclabel pg_seclabels " +
        "pg_shseclabel pg_backend_memory_contexts pg_shmem_allocations pg_stat_progress_copy";

    // Columns with connection secrets or statements, in relations that are otherwise harmless.
    private static readonly FrozenSet<SourceColumn> Columns = new SourceColumn[]
    {
        new("pg_catalog", "pg_foreign_server", "srvoptions"),
        new("pg_catalog", "pg_subscription", "subconninfo"),
        new("pg_catalog", "pg_user_mappings", "umoptions"),
        new("pg_catalog", "pg_db_role_setting", "setconfig"),
        new("pg_catalog", "pg_prepared_statements", "statement"),
        new("pg_catalog", "pg_cursors", "statement"),
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Functions = $"{HiddenSql} {OthersData} {Acts}".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> CatalogueRelations = Relations.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> InformationSchemaRelations =
        "user_mapping_options _pg_user_mappings foreign_server_options _pg_foreign_servers".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a function, in whatever schema, that no statement may call.</summary>
    public static bool IsFunction(string name) =>
        Functions.Contains(name) || name.StartsWith("dblink", StringComparison.Ordinal) || name.StartsWith("lo_", StringComparison.Ordinal)
        || name.StartsWith("pg_logical_", StringComparison.Ordinal) || name.StartsWith("pg_read_", StringComparison.Ordinal)
        || name.StartsWith("pg_ls_", StringComparison.Ordinal) || name.StartsWith("binary_upgrade_", StringComparison.Ordinal);

    /// <summary>True for a column that no statement may use.</summary>
    public static bool IsColumn(SourceColumn column) => Columns.Contains(column);

    /// <summary>True for a relation that has such columns.</summary>
    public static bool HasProtectedColumns(string name) => name is
        "pg_foreign_server" or "pg_subscription" or "pg_user_mappings" or "pg_db_role_setting" or "pg_prepared_statements" or "pg_cursors";

    /// <summary>True for a relation that no statement may read.</summary>
    public static bool IsRelation(string schema, string name) => schema switch
    {
        "pg_catalog" => CatalogueRelations.Contains(name),
        "information_schema" => InformationSchemaRelations.Contains(name),
        _ => name is "pg_stat_statements" or "pg_stat_statements_info" || schema.StartsWith("pg_temp", StringComparison.Ordinal)
            || schema.StartsWith("pg_toast", StringComparison.Ordinal),
    };
}
