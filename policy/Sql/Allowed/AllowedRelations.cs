using System.Collections.Frozen;
using JitProxy.Policy.Sql.Resolving;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>The catalogue relations that tools may read without a grant: names, types and definitions of objects, never values of their rows.</summary>
/// <remarks>Definitions (defaults, checks, views, functions) are shown, although a literal in one could be somebody's datum: every tool needs them.</remarks>
internal static class AllowedRelations
{
    private static readonly FrozenSet<string> Catalogue = (
        "pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_available_extension_versions pg_available_extensions " +
        "pg_cast pg_class pg_collation pg_constraint pg_conversion pg_cursors pg_database pg_db_role_setting pg_default_acl pg_depend " +
        "pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_group pg_index " +
        "pg_indexes pg_inherits pg_init_privs pg_language pg_largeobject_metadata pg_matviews pg_namespace pg_opclass pg_operator pg_opfamily " +
        "pg_parameter_acl pg_partitioned_table pg_policies pg_policy pg_prepared_statements pg_proc pg_publication pg_publication_namespace " +
        "pg_publication_rel pg_publication_tables pg_range pg_rewrite pg_roles pg_rules pg_sequence pg_sequences pg_settings pg_shdepend " +
        "pg_shdescription pg_stat_all_tables pg_stat_user_tables pg_stat_gssapi pg_stat_ssl pg_statio_all_tables pg_statio_user_tables " +
        "pg_statistic_ext pg_subscription pg_tables pg_tablespace pg_timezone_abbrevs pg_timezone_names pg_transform pg_trigger pg_ts_config " +
        "pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user pg_user_mappings pg_views").Split(' ')
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a relation that may be read without a grant, by its resolved schema and name.</summary>
    public static bool Contains(string schema, string name) => schema switch
    {
        "pg_catalog" => Catalogue.Contains(name),
        "information_schema" => !ProtectedNames.IsRelation(schema, name),
        _ => false,
    };
}
