using System.Collections.Frozen;
using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>The columns of built-in functions that return rows of several (their OUT parameters, PostgreSQL 15 to 18).</summary>
internal static class FunctionColumns
{
    private static readonly FrozenDictionary<string, ImmutableArray<string>> Known = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
    {
        ["json_each"] = ["key", "value"],
        ["json_each_text"] = ["key", "value"],
        ["jsonb_each"] = ["key", "value"],
        ["jsonb_each_text"] = ["key", "value"],
        ["json_array_elements"] = ["value"],
        ["json_array_elements_text"] = ["value"],
        ["jsonb_array_elements"] = ["value"],
        ["jsonb_array_elements_text"] = ["value"],
        ["aclexplode"] = ["grantor", "grantee", "privilege_type", "is_grantable"],
        ["pg_options_to_table"] = ["option_name", "option_value"],
        ["pg_get_keywords"] = ["word", "catcode", "barelabel", "catdesc", "baredesc"],
        ["ts_parse"] = ["tokid", "token"],
        ["ts_token_type"] = ["tokid", "alias", "description"],
        ["ts_debug"] = ["alias", "description", "token", "dictionaries", "dictionary", "lexemes"],
        ["pg_partition_tree"] = ["relid", "parentrelid", "isleaf", "level"],
        ["_pg_expandarray"] = ["x", "n"],
        ["tsvector_to_array"] = ["tsvector_to_array"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The columns of a call; default if it is not listed. Several arrays unnested side by side give a column each.</summary>
    public static ImmutableArray<string> Find(Call call)
    {
        if (call.Name is { Schema: null or "pg_catalog", Name: "unnest" } && call.Arguments.Length > 1)
            return [.. Enumerable.Repeat("unnest", call.Arguments.Length)];
        return call.Name.Schema is null or "pg_catalog" or "information_schema" ? Known.GetValueOrDefault(call.Name.Name) : default;
    }
}
