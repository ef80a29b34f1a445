using System.Collections.Frozen;

namespace JitProxy.Policy.Sql;

/// <summary>The words that are never a name for MySQL or MariaDB, so that their case says nothing. Any other word may name a table, whose case does.</summary>
internal static class MySqlKeywords
{
    private const int SizeMax = 20;

    // Reserved from MySQL 5.7 to 9.7 and in MariaDB from 10.6 on, and too deep in the grammar to be set free. Less is safe, more is not.
    internal const string ReservedWords =
        "add all alter analyze and as asc between bigint binary blob both by call cascade case change char character check collate column " +
        "condition constraint continue convert create cross current_date current_time current_timestamp current_user cursor dec decimal " +
        "declare default delayed delete desc describe distinct distinctrow div double drop dual each else elseif enclosed escaped except " +
        "exists exit explain false fetch float for force foreign from fulltext grant group having high_priority hour_minute hour_second " +
        "day_hour day_minute day_second minute_second year_month if ignore in index infile inner inout insert int integer interval into is " +
        "iterate join key keys kill leading leave left like limit lines load localtime localtimestamp lock long longblob longtext loop " +
        "low_priority match mediumblob mediumint mediumtext mod natural not null numeric on optimize or order out outer outfile over " +
        "partition primary procedure range read real recursive references regexp rename repeat replace require resignal restrict return " +
        "revoke right rlike rows select separator set show signal smallint spatial sql_big_result sql_calc_found_rows sql_small_result " +
        "starting straight_join table terminated then tinyblob tinyint tinytext to trailing trigger true undo union unique unlock unsigned " +
        "update usage use using utc_date utc_time utc_timestamp values varbinary varchar varying when where while with write xor zerofill";

    // With their parenthesis right behind them these are keywords of their own, so that they can name nothing there.
    internal const string FunctionWords =
        "bit_and bit_or bit_xor cast count curdate curtime date_add date_sub extract group_concat max min now position std stddev stddev_pop " +
        "stddev_samp substring sum trim var_pop var_samp variance";

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Reserved = Lookup(ReservedWords);
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Functions = Lookup(FunctionWords);

    // Right behind these, but for blanks, the server looks for an optimizer hint.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Hinted = Lookup("delete insert replace select update");

    /// <summary>True for a word behind which an optimizer hint may stand.</summary>
    public static bool TakesHint(ReadOnlySpan<byte> word) => word.Length is >= 6 and <= 7 && Contains(Hinted, word);

    /// <summary>True for a word that the servers never take for a name, where they look for keywords at all.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> word) => Contains(Reserved, word);

    /// <summary>True for a word that becomes a keyword by the parenthesis right behind it.</summary>
    public static bool IsFunction(ReadOnlySpan<byte> word) => Contains(Functions, word);

    private static bool Contains(FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> words, ReadOnlySpan<byte> word)
    {
        if (word.Length > SizeMax)
            return false;

        Span<char> lower = stackalloc char[SizeMax];
        for (var i = 0; i < word.Length; i++)
            lower[i] = char.ToLowerInvariant((char)word[i]);
        return words.Contains(lower[..word.Length]);
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup(string words) =>
        words.Split(' ').ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
}
