using System.Globalization;
using System.Text;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>
/// The settings of an upstream session that statements are judged by. They are set before the client's first command and after each reset, and
/// the server reports every change of a setting from then on.
/// </summary>
internal static class PinnedSettings
{
    // What each server has by default: nothing in it changes how a text is cut into tokens.
    private const string MySqlModes =
        "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

    private const string MariaDbModes = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION";

    // Modes that change tokens or operators, and the names that stand for several of them.
    private static readonly string[] LexicalModes =
    [
        "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "IGNORE_SPACE", "HIGH_NOT_PRECEDENCE", "PIPES_AS_CONCAT", "EMPTY_STRING_IS_NULL", "ANSI", "ORACLE",
        "MSSQL", "DB2", "MAXDB", "POSTGRESQL",
    ];

    /// <summary>How long a statement may run on a shared connection before it is made again on one of its own.</summary>
    private static readonly TimeSpan SharedTimeout = TimeSpan.FromSeconds(1);

    /// <summary>A setting of this kind may have been changed by a text that holds this word; what it says is not followed, but set anew.</summary>
    public static ReadOnlySpan<byte> TrackingPrefix => "session_track"u8;

    /// <summary>The statements that pin everything, in order.</summary>
    /// <param name="isMariaDb">True for MariaDB.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="use">What the connection is for.</param>
    public static string[] Statements(bool isMariaDb, LimitsConfiguration limits, UpstreamUse use = default)
    {
        var limit = use == UpstreamUse.Shared ? SharedTimeout : limits.ServerTimeout(use == UpstreamUse.Export);
        var timeout = isMariaDb
            ? string.Create(CultureInfo.InvariantCulture, $"max_statement_time = {limit.TotalSeconds:0.###}")
            : string.Create(CultureInfo.InvariantCulture, $"max_execution_time = {(long)limit.TotalMilliseconds}");
        var modes = isMariaDb ? MariaDbModes : MySqlModes;
        var lockTimeout = use == UpstreamUse.Shared ? ", SESSION lock_wait_timeout = 1" : "";
        return
        [
            "SET SESSION TRANSACTION READ ONLY",
            $"SET SESSION sql_mode = '{modes}', SESSION sql_auto_is_null = 0, SESSION autocommit = 1, SESSION {timeout}{lockTimeout}",
            Tracking,
        ];
    }

    /// <summary>The statement that has the server report every change.</summary>
    public static string Tracking =>
        "SET SESSION session_track_schema = ON, SESSION session_track_state_change = ON, SESSION session_track_system_variables = '*'";

    /// <summary>True for the setting that says whether a session's transactions may write.</summary>
    public static bool IsReadOnlyMode(ReadOnlySpan<byte> name) => name.SequenceEqual("tx_read_only"u8) || name.SequenceEqual("transaction_read_only"u8);

    /// <summary>True if a setting may have this value now.</summary>
    public static bool Allows(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("sql_mode"u8))
            return IsFreeOfLexicalModes(value);
        if (name.SequenceEqual("character_set_client"u8) || name.SequenceEqual("character_set_connection"u8))
            return value.SequenceEqual("utf8mb4"u8);
        if (IsReadOnlyMode(name))
            return IsOn(value);
        return !name.SequenceEqual("sql_auto_is_null"u8) || !IsOn(value);
    }

    /// <summary>True for a setting whose changes clients live by, and which tells them nothing that is not theirs.</summary>
    public static bool IsReported(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("autocommit"u8) || name.SequenceEqual("time_zone"u8) || name.StartsWith("character_set_"u8)
        || name.SequenceEqual("tx_isolation"u8) || name.SequenceEqual("transaction_isolation"u8) || name.SequenceEqual("auto_increment_increment"u8);

    private static bool IsOn(ReadOnlySpan<byte> value) => value.SequenceEqual("ON"u8) || value.SequenceEqual("1"u8);

    private static bool IsFreeOfLexicalModes(ReadOnlySpan<byte> value)
    {
        foreach (var mode in Encoding.UTF8.GetString(value).Split(',', StringSplitOptions.TrimEntries))
        {
            if (LexicalModes.Contains(mode, StringComparer.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }
}
