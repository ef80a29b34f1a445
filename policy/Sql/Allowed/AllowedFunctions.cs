using System.Collections.Frozen;
using JitProxy.Policy.Sql.Resolving;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>The built-in functions that tools may call without a grant.</summary>
internal static class AllowedFunctions
{
    private const string Session =
        "version current_schema current_schemas current_database current_user session_user current_role user current_catalog pg_backend_pid " +
        "pg_is_in_recovery pg_conf_load_time pg_postmaster_start_time inet_client_addr inet_client_port inet_server_addr inet_server_port " +
        "pg_my_temp_schema pg_is_other_temp_schema now statement_timestamp clock_timestamp transaction_timestamp timeofday timezone " +
        "txid_current_if_assigned txid_current_snapshot pg_current_snapshot pg_current_xact_id_if_assigned pg_advisory_unlock_all lastval " +
        "currval set_config current_setting pg_show_all_settings pg_jit_available pg_last_wal_receive_lsn pg_last_wal_replay_lsn " +
        "pg_last_xact_replay_timestamp";

    private const string Objects =
        "pg_get_expr pg_get_indexdef pg_get_constraintdef pg_get_viewdef pg_get_triggerdef pg_get_ruledef pg_get_functiondef " +
        "pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody " +
        "pg_get_function_arg_default pg_get_userbyid pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns " +
        "pg_get_statisticsobjdef_expressions pg_get_keywords pg_get_partkeydef pg_get_partition_constraintdef pg_get_publication_tables " +
        "pg_get_object_address pg_get_catalog_foreign_keys pg_table_is_visible pg_type_is_visible pg_function_is_visible " +
        "pg_operator_is_visible pg_opclass_is_visible pg_opfamily_is_visible pg_collation_is_visible pg_conversion_is_visible " +
        "pg_statistics_obj_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible " +
        "pg_column_is_updatable pg_relation_is_updatable pg_index_column_has_property pg_index_has_property pg_indexam_has_property " +
        "pg_relation_is_publishable pg_partition_ancestors pg_partition_root pg_partition_tree pg_encoding_to_char pg_char_to_encoding " +
        "pg_encoding_max_length getdatabaseencoding pg_client_encoding format_type obj_description col_description shobj_description " +
        "pg_describe_object pg_identify_object pg_identify_object_as_address has_any_column_privilege has_column_privilege " +
        "has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege has_parameter_privilege " +
        "has_schema_privilege has_sequence_privilege has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege " +
        "pg_has_role row_security_active to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure " +
        "to_regrole to_regtype pg_table_size pg_relation_size pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size " +
        "pg_size_pretty pg_tablespace_location pg_tablespace_databases pg_relation_filenode pg_options_to_table acldefault aclexplode " +
        "makeaclitem aclcontains pg_collation_for pg_sequence_parameters pg_typeof pg_basetype pg_available_extensions " +
        "pg_available_extension_versions pg_extension_update_paths pg_collation_actual_version pg_database_collation_actual_version " +
        "_pg_expandarray _pg_truetypid _pg_truetypmod _pg_char_max_length _pg_char_octet_length _pg_numeric_precision " +
        "_pg_numeric_precision_radix _pg_numeric_scale _pg_datetime_precision _pg_interval_type _pg_index_position pg_timezone_names " +
        "pg_timezone_abbrevs regexp_match pg_input_is_valid amvalidate";

    // Aggregates and plain functions over what the catalogue shows. None makes much out of little (repeat, lpad, format with widths, power);
    // those that return rows, and array_fill, are held to their arguments by RowBound.
    private const string Plain =
        "count min max sum avg array_agg string_agg bool_and bool_or every json_agg jsonb_agg json_object_agg jsonb_object_agg row_number " +
        "rank dense_rank first_value last_value lag lead ntile array_to_string string_to_array array_length array_upper array_lower " +
        "array_position array_positions array_append array_prepend array_cat array_remove array_replace array_ndims array_dims cardinality " +
        "unnest generate_series generate_subscripts array_fill trim_array quote_ident quote_literal quote_nullable upper lower initcap length " +
        "char_length character_length octet_length bit_length substr substring left right ltrim rtrim btrim replace translate " +
        "reverse position strpos split_part starts_with concat concat_ws overlay extract regexp_replace " +
        "regexp_split_to_array regexp_substr regexp_like regexp_count regexp_instr ascii chr md5 hashtext to_char " +
        "to_date to_timestamp to_number date_part date_trunc age make_date make_interval abs ceil ceiling floor round trunc mod sign " +
        "num_nonnulls num_nulls text name oid int2 int4 int8 numeric bool float8 varchar bpchar char date timestamp timestamptz " +
        "row_to_json to_json to_jsonb json_build_object json_build_array jsonb_build_object jsonb_build_array json_array_length " +
        "jsonb_array_length json_object jsonb_object array_to_json json_array_elements json_array_elements_text jsonb_array_elements " +
        "jsonb_array_elements_text json_each json_each_text jsonb_each jsonb_each_text encode decode is_normalized normalize overlaps " +
        "int2vectorin oidvectortypes oidvectorout";

    private static readonly FrozenSet<string> Names = $"{Session} {Objects} {Plain}".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a call that may run without a grant; a name that a function of users shadows may not.</summary>
    public static bool Contains(CalledFunction call, Catalogue catalogue)
    {
        if (call.IsSyntax)
            return true;
        if (!Names.Contains(call.Name) || call.Schema is not (null or "pg_catalog" or "information_schema"))
            return false;
        return FunctionTraits.Candidates(catalogue, call).All(static function => function.IsTrusted);
    }
}
