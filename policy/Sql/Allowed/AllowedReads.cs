using System.Collections.Frozen;
using JitProxy.Policy.Sql.Resolving;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>What tools may read of MySQL and MariaDB without a grant: names, types, definitions and privileges, never values of rows.</summary>
internal static class AllowedReads
{
    private static readonly FrozenSet<string> InformationSchema = (
        "schemata tables columns statistics key_column_usage table_constraints referential_constraints check_constraints routines parameters views " +
        "triggers events partitions column_privileges table_privileges schema_privileges user_privileges character_sets collations " +
        "collation_character_set_applicability engines plugins keywords sql_functions files applicable_roles enabled_roles " +
        "administrable_role_authorizations role_table_grants role_column_grants role_routine_grants view_table_usage view_routine_usage " +
        "st_geometry_columns st_spatial_reference_systems st_units_of_measure geometry_columns spatial_ref_sys columns_extensions tables_extensions " +
        "schemata_extensions table_constraints_extensions libraries routine_libraries resource_groups").Split(' ')
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Short computations over names; nothing that makes much out of little.
    private static readonly FrozenSet<string> Functions = (
        "count min max sum avg group_concat any_value row_number concat concat_ws if ifnull nullif coalesce isnull lower upper lcase ucase left right " +
        "substr substring substring_index mid length octet_length char_length character_length trim ltrim rtrim replace locate instr position field " +
        "find_in_set elt strcmp ascii hex quote greatest least abs ceil ceiling floor round mod cast convert char charset collation coercibility " +
        "database schema user current_user session_user system_user version connection_id now sysdate " +
        "current_timestamp localtime localtimestamp utc_timestamp curdate current_date curtime current_time utc_date utc_time date time timestamp " +
        "year month day hour minute second date_format unix_timestamp from_unixtime timediff datediff timestampdiff convert_tz extract values")
        .Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a relation that may be read without a grant.</summary>
    public static bool Contains(string schema, string name) =>
        schema.Equals("information_schema", StringComparison.OrdinalIgnoreCase) && InformationSchema.Contains(name);

    /// <summary>True for a call that may run without a grant: the server's own function, written so that it can be nothing else.</summary>
    public static bool Contains(CalledFunction call) => call is { Schema: null, IsStored: false } && Functions.Contains(call.Name);
}
