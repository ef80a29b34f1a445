using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Names of functions that the servers' grammars know as words of their own.</summary>
/// <remarks>
/// Written otherwise, such a name means a stored function: the first ones with a blank before their parenthesis (without IGNORE_SPACE), all of
/// them in quotes. Names that only one of the servers knows are listed for both: a stored function is what is refused when in doubt.
/// </remarks>
internal static class MySqlFunctions
{
    private static readonly FrozenSet<string> Adjacent = (
        "adddate bit_and bit_or bit_xor cast count cume_dist curdate curtime date_add date_sub dense_rank extract first_value group_concat json_arrayagg " +
        "json_objectagg lag lead max median mid min now nth_value ntile percent_rank percentile_cont percentile_disc position rank session_user " +
        "st_collect std stddev stddev_pop stddev_samp subdate substr substring sum sysdate system_user trim trim_oracle var_pop var_samp " +
        "variance").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // Only MariaDB looks for the parenthesis of these.
    private static readonly FrozenSet<string> AdjacentInMariaDb = (
        "cume_dist dense_rank first_value lag lead median nth_value ntile percent_rank percentile_cont percentile_disc rank trim_oracle")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Anywhere = (
        "ascii avg char character charset coalesce collation column_add column_check column_create column_delete column_exists column_get column_json " +
        "column_list contains convert current_date current_role current_time current_timestamp current_user database date day format geomcollection " +
        "geometrycollection get_format grouping hour if insert interval json_value lastval last_value left linestring localtime localtimestamp " +
        "microsecond minute mod month multilinestring multipoint multipolygon nextval old_password password point polygon quarter repeat replace " +
        "right row_count row_number rownum schema second setval sysdate time timestamp timestampadd timestampdiff truncate user utc_date utc_time " +
        "utc_timestamp value values week weight_string year").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // Reserved words that a call may begin with.
    private static readonly FrozenSet<string> Reserved = (
        "char character cume_dist database dense_rank first_value grouping if insert interval lag last_value lead left mod nth_value ntile percent_rank rank " +
        "repeat replace right row_number schema values").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True if the name, in lower case, is a function only with its parenthesis right behind it.</summary>
    public static bool IsAdjacent(string name, bool isMariaDb) => Adjacent.Contains(name) && (isMariaDb || !AdjacentInMariaDb.Contains(name));

    /// <summary>True if the name, in lower case, means something else in quotes.</summary>
    public static bool IsOfGrammar(string name) => Adjacent.Contains(name) || Anywhere.Contains(name);

    /// <summary>True if the reserved word may begin a call.</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name);
}
