using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>
/// Relations of MySQL's and MariaDB's own schemas. They hold statements of others, values of tables, histograms, passwords and files beside the names and
/// types of objects, and there are more of them with every version: so those that may be read are listed, and the others are not for statements.
/// </summary>
internal static class MySqlProtectedNames
{
    // Names, types, definitions, privileges and settings. Not: PROCESSLIST, COLUMN_STATISTICS, OPTIMIZER_TRACE, PROFILING, USER_VARIABLES,
    // QUERY_CACHE_INFO, and of INNODB_* what shows statements, rows or words of texts.
    private static readonly FrozenSet<string> InformationSchema = (
        "administrable_role_authorizations all_plugins applicable_roles character_sets check_constraints client_statistics collations " +
        "collation_character_set_applicability columns columns_extensions column_privileges disks enabled_roles engines events files " +
        "feedback geometry_columns global_status global_variables index_statistics innodb_cmp innodb_cmpmem innodb_cmp_per_index innodb_columns " +
        "innodb_datafiles innodb_fields innodb_foreign innodb_foreign_cols innodb_ft_config innodb_ft_default_stopword innodb_indexes " +
        "innodb_metrics innodb_sys_columns innodb_sys_datafiles innodb_sys_fields innodb_sys_foreign innodb_sys_foreign_cols innodb_sys_indexes " +
        "innodb_sys_tables innodb_sys_tablespaces innodb_sys_tablestats innodb_sys_virtual innodb_tables innodb_tablespaces " +
        "innodb_tablespaces_brief innodb_tablespaces_encryption innodb_tablestats innodb_virtual json_duality_views key_caches key_column_usage " +
        "keywords key_period_usage libraries parameters partitions periods plugins referential_constraints resource_groups " +
        "role_column_grants role_routine_grants role_table_grants routines routine_libraries schemata schemata_extensions schema_privileges " +
        "session_status session_variables slave_status spatial_ref_sys sql_functions statistics st_geometry_columns st_spatial_reference_systems " +
        "st_units_of_measure system_variables tables tables_extensions tablespaces tablespaces_extensions table_constraints " +
        "table_constraints_extensions table_privileges table_statistics thread_pool_groups thread_pool_stats triggers user_attributes " +
        "user_privileges user_statistics views view_routine_usage view_table_usage").Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> PerformanceSchema =
        "global_status global_variables keywords performance_timers session_account_connect_attrs session_status session_variables".Split(' ')
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Server =
        "help_category help_keyword help_relation help_topic time_zone time_zone_leap_second time_zone_name time_zone_transition time_zone_transition_type"
            .Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for the schemas that come with the server.</summary>
    public static bool IsSystemSchema(string schema) =>
        Is(schema, "information_schema") || Is(schema, "mysql") || Is(schema, "performance_schema") || Is(schema, "sys");

    /// <summary>True for a relation that no statement may read.</summary>
    public static bool IsRelation(string schema, string name)
    {
        if (Is(schema, "information_schema"))
            return !InformationSchema.Contains(name);
        if (Is(schema, "performance_schema"))
            return !PerformanceSchema.Contains(name);
        if (Is(schema, "mysql"))
            return !Server.Contains(name);
        return Is(schema, "sys") && !Is(name, "version");
    }

    private static bool Is(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
