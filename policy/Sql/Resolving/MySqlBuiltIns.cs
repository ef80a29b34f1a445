using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>The functions of MySQL (to 9) and MariaDB (to 11) themselves, by what they may do. What is not here is not known, and so not a read.</summary>
/// <remarks>
/// The server looks for its own functions before it looks for those of users, so that an unqualified call of one of these names means it. Those whose
/// error texts quote their arguments (EXTRACTVALUE, UPDATEXML, JSON functions) are here: what errors say about masked columns does not pass.
/// </remarks>
internal static class MySqlBuiltIns
{
    private const string Aggregates =
        "any_value approx_count_distinct avg bit_and bit_or bit_xor count group_concat json_arrayagg json_objectagg max min std stddev stddev_pop " +
        "stddev_samp sum var_pop var_samp variance grouping median percentile_cont percentile_disc st_collect cume_dist dense_rank first_value lag " +
        "last_value lead nth_value ntile percent_rank rank row_number";

    private const string Numbers =
        "abs acos asin atan atan2 bit_count ceil ceiling conv cos cot crc32 crc32c degrees div exp floor format format_bytes format_pico_time greatest " +
        "least ln log log10 log2 mod oct pi pow power radians rand round sign sin sqrt tan to_number trunc truncate bin interval";

    private const string Texts =
        "ascii bit_length char char_length character_length charset chr coercibility collation concat concat_operator_oracle concat_ws elt export_set " +
        "field find_in_set from_base64 hex insert instr lcase left length lengthb locate lower lpad lpad_oracle ltrim ltrim_oracle make_set match mid " +
        "natural_sort_key octet_length ord position quote regexp regexp_instr regexp_like regexp_replace regexp_substr repeat replace replace_oracle " +
        "reverse right rpad rpad_oracle rtrim rtrim_oracle sformat soundex space strcmp substr substr_oracle substring substring_index to_base64 to_char " +
        "trim trim_oracle ucase unhex upper weight_string like sounds_like";

    private const string Times =
        "add_months adddate addtime convert_tz curdate current_date current_time current_timestamp curtime date date_add date_format date_sub datediff " +
        "day dayname dayofmonth dayofweek dayofyear extract from_days from_unixtime get_format hour last_day localtime localtimestamp makedate maketime " +
        "microsecond minute month monthname now period_add period_diff quarter sec_to_time second str_to_date subdate subtime sysdate time time_format " +
        "time_to_sec timediff timestamp timestampadd timestampdiff to_date to_days to_seconds unix_timestamp utc_date utc_time utc_timestamp week " +
        "weekday weekofyear year yearweek months_between";

    private const string Choices =
        "cast coalesce convert decode decode_oracle default if ifnull isnull name_const nullif nvl nvl2 values value";

    private const string Codes =
        "aes_decrypt aes_encrypt compress encode encrypt kdf md5 old_password password random_bytes sha sha1 sha2 sm3 statement_digest " +
        "statement_digest_text gtid_subset gtid_subtract uncompress uncompressed_length validate_password_strength decode_histogram";

    private const string Documents =
        "column_add column_check column_create column_delete column_exists column_get column_json column_list extractvalue json json_append json_array " +
        "json_array_append json_array_insert json_array_intersect json_compact json_contains json_contains_path json_depth json_detailed json_equals " +
        "json_exists json_extract json_insert json_key_value json_keys json_length json_loose json_merge json_merge_patch json_merge_preserve " +
        "json_normalize json_object json_object_filter_keys json_object_to_array json_overlaps json_pretty json_query json_quote json_remove " +
        "json_replace json_schema_valid json_schema_validation_report json_search json_set json_storage_free json_storage_size json_table json_type " +
        "json_unquote json_valid json_value member_of updatexml xml_valid";

    private const string Addresses =
        "bin_to_uuid inet6_aton inet6_ntoa inet_aton inet_ntoa is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid sys_guid uuid uuid_short " +
        "uuid_to_bin uuid_v4 uuid_v7";

    private const string Session =
        "connection_id current_role current_user database found_rows icu_version last_insert_id ps_current_thread_id row_count schema session_user " +
        "system_user user version rownum lastval";

    private const string Shapes =
        "area asbinary astext aswkb aswkt boundary buffer centroid contains convexhull crosses dimension disjoint distance endpoint envelope equals " +
        "exteriorring geomcollfromtext geomcollfromwkb geometrycollection geometrycollectionfromtext geometrycollectionfromwkb geometryfromtext " +
        "geometryfromwkb geometryn geometrytype geomfromtext geomfromwkb glength interiorringn intersects isclosed isempty isring issimple linefromtext " +
        "linefromwkb linestring linestringfromtext linestringfromwkb mbrcontains mbrcoveredby mbrcovers mbrdisjoint mbrequal mbrequals mbrintersects " +
        "mbroverlaps mbrtouches mbrwithin mlinefromtext mlinefromwkb mpointfromtext mpointfromwkb mpolyfromtext mpolyfromwkb multilinestring " +
        "multilinestringfromtext multilinestringfromwkb multipoint multipointfromtext multipointfromwkb multipolygon multipolygonfromtext " +
        "multipolygonfromwkb numgeometries numinteriorrings numpoints overlaps point pointfromtext pointfromwkb pointn pointonsurface polyfromtext " +
        "polyfromwkb polygon polygonfromtext polygonfromwkb srid startpoint touches within x y";

    // Every function that begins so works on its arguments alone.
    private const string VectorNames =
        "distance from_vector string_to_vector to_vector vec_distance vec_distance_cosine vec_distance_euclidean vec_fromtext vec_totext vector_dim " +
        "vector_distance vector_to_string";

    private static readonly FrozenSet<string> Known =
        $"{Aggregates} {Numbers} {Texts} {Times} {Choices} {Codes} {Documents} {Addresses} {Session} {Shapes} {VectorNames}".Split(' ')
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Wait, lock, read files, run hidden SQL, act on the server, or change what the session does later. Those of extensions by their usual names.
    private static readonly FrozenSet<string> Acting = (
        "sleep benchmark get_lock release_lock release_all_locks is_free_lock is_used_lock load_file master_pos_wait source_pos_wait master_gtid_wait " +
        "wait_for_executed_gtid_set wait_until_sql_thread_after_gtids binlog_gtid_pos nextval setval sys_exec " +
        "sys_eval sys_get sys_set lib_mysqludf_sys_info wsrep_sync_wait_upto_gtid wsrep_last_written_gtid wsrep_last_seen_gtid des_encrypt des_decrypt " +
        "service_get_read_locks service_get_write_locks service_release_locks audit_api_message_emit_udf audit_log_read audit_log_rotate " +
        "mysql_query_attribute_string roles_graphml spider_bg_direct_sql spider_copy_tables spider_direct_sql spider_flush_table_mon_cache " +
        "spider_ping_table").Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] ActingPrefixes =
        ["sys_", "http_", "keyring_", "group_replication_", "asynchronous_connection_failover_", "version_tokens_", "firewall_", "internal_", "memc_"];

    /// <summary>True for a function of the server's own that touches nothing.</summary>
    public static bool Contains(string name) => Known.Contains(name) || IsSpatial(name);

    /// <summary>True for a function that no statement may call, whoever made it.</summary>
    public static bool IsProtected(string name) =>
        Acting.Contains(name)
        || (!Known.Contains(name) && Array.Exists(ActingPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));

    // ST_Area and the hundred others of the standard, all of them computations.
    private static bool IsSpatial(string name) => name.StartsWith("st_", StringComparison.OrdinalIgnoreCase) && SpatialNames.Contains(name[3..]);

    private static readonly FrozenSet<string> SpatialNames = (
        "area asbinary asgeojson astext aswkb aswkt boundary buffer buffer_strategy centroid collect contains convexhull crosses difference dimension " +
        "disjoint distance distance_sphere endpoint envelope equals exteriorring frechetdistance geohash geomcollfromtext geomcollfromtxt " +
        "geomcollfromwkb geometrycollectionfromtext geometrycollectionfromwkb geometryfromtext geometryfromwkb geometryn geometrytype geomfromgeojson " +
        "geomfromtext geomfromwkb hausdorffdistance interiorringn intersection intersects isclosed isempty isring issimple isvalid latfromgeohash " +
        "latitude length lineinterpolatepoint lineinterpolatepoints linefromtext linefromwkb linestringfromtext linestringfromwkb longfromgeohash " +
        "longitude makeenvelope mlinefromtext mlinefromwkb mpointfromtext mpointfromwkb mpolyfromtext mpolyfromwkb multilinestringfromtext " +
        "multilinestringfromwkb multipointfromtext multipointfromwkb multipolygonfromtext multipolygonfromwkb numgeometries numinteriorring " +
        "numinteriorrings numpoints overlaps pointatdistance pointfromgeohash pointfromtext pointfromwkb pointn pointonsurface polyfromtext " +
        "polyfromwkb polygonfromtext polygonfromwkb relate simplify srid startpoint swapxy symdifference touches transform union validate within x y")
        .Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
