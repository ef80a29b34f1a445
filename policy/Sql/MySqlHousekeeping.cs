using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql;

/// <summary>What clients of MySQL and MariaDB send by themselves, by structure. What is not named here is left to grants.</summary>
internal static class MySqlHousekeeping
{
    private const int TextSizeMax = 16 * 1024;

    /// <summary>The proxy's own variable: the grant that the session asks for.</summary>
    private const string GrantVariable = "jit_grant";

    private static readonly FrozenSet<string> Functions = FrozenSet.ToFrozenSet(
        ["database", "schema", "user", "current_user", "session_user", "system_user", "version", "connection_id", "now", "current_timestamp", "utc_timestamp"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Readable = FrozenSet.ToFrozenSet(
    [
        "version", "version_comment", "license", "sql_mode", "autocommit", "lower_case_table_names", "max_allowed_packet", "wait_timeout",
        "interactive_timeout", "net_read_timeout", "net_write_timeout", "time_zone", "system_time_zone", "auto_increment_increment", "tx_isolation",
        "transaction_isolation", "default_storage_engine", "sql_auto_is_null", "character_set_client", "character_set_connection", "character_set_results",
        "character_set_server", "character_set_database", "collation_connection", "collation_server", "collation_database", "performance_schema",
        "session_track_system_variables",
    ], StringComparer.Ordinal);

    private static readonly FrozenSet<string> Settable = FrozenSet.ToFrozenSet(
    [
        "autocommit", "time_zone", "wait_timeout", "interactive_timeout", "net_read_timeout", "net_write_timeout", "sql_select_limit", "sql_safe_updates",
        "max_join_size", "sql_quote_show_create", "lock_wait_timeout", "session_track_system_variables", "session_track_schema",
    ], StringComparer.Ordinal);

    private static readonly string[] LexicalModes =
    [
        "ansi", "no_backslash_escapes", "ignore_space", "high_not_precedence", "pipes_as_concat", "empty_string", "oracle", "mssql", "db2", "maxdb",
        "postgresql",
    ];

    /// <summary>Judges one statement. Never throws.</summary>
    public static HousekeepingVerdict Judge(ReadOnlySpan<byte> text, Catalogue catalogue)
    {
        if (text.Length > TextSizeMax || !MySqlParser.TryParse(text, catalogue.Dialect, Sql.LexicalModes.None, out var statement, out _))
            return default;

        var database = catalogue.SearchPath.IsDefaultOrEmpty ? "" : catalogue.SearchPath[0];
        return statement switch
        {
            EmptyStatement => Allow(HousekeepingAction.Empty),
            QueryStatement query => IsConstant(query.Query) ? Allow(HousekeepingAction.Read) : default,
            SetVariablesStatement set => Set(set.Settings),
            TransactionStatement transaction => Transaction(transaction, text),
            UseStatement use => Allow(HousekeepingAction.UseDatabase, use.Database),
            KillStatement { Id: Literal { Kind: LiteralKind.Number } id } kill =>
                Allow(HousekeepingAction.Kill, kill.IsQuery ? "query" : "connection", id.Text),
            ShowStatement show => Show(show, database),
            DescribeStatement describe when IsIn(describe.Relation, database) => Allow(HousekeepingAction.Read),
            _ => default,
        };
    }

    private static HousekeepingVerdict Allow(HousekeepingAction action, string? setting = null, string? value = null) =>
        new(action, DenyReason.Unspecified, null, setting, value);

    private static HousekeepingVerdict Refuse(string why, string? setting) =>
        new(HousekeepingAction.Refuse, DenyReason.SettingNotAllowed, why, setting, null);

    // A SELECT of constants, session functions and settings: no table, no condition, nothing that goes anywhere but to the client.
    private static bool IsConstant(Query query) =>
        query is { With: null, Locks: false, Destination: null, Order: [] } && query.Limits.All(static limit => limit is Literal)
        && query.Body is SelectBody { Into: null, Destination: null, Where: null, Having: null, From: [], GroupBy: [], Windows: [], DistinctOn: [] } select
        && select.Targets.All(static target => IsConstant(target.Value));

    private static bool IsConstant(Expression expression) => expression switch
    {
        Literal => true,
        VariableReference { Scope: VariableScope.Any or VariableScope.Session or VariableScope.Local or VariableScope.Global } variable =>
            Readable.Contains(variable.Name),
        Call { Arguments: [], IsStar: false, IsStored: false, Filter: null, Over: null, Order: [], Name: { Schema: null } name } =>
            Functions.Contains(name.Name),
        _ => false,
    };

    private static HousekeepingVerdict Set(ImmutableArray<VariableSetting> settings)
    {
        if (settings is [{ Scope: VariableScope.User, Name: GrantVariable, Value: Literal grant }])
            return Allow(HousekeepingAction.Set, AllowedSettings.Grant, grant.Kind == LiteralKind.Null ? "none" : grant.Text);

        foreach (var setting in settings)
        {
            if (setting.Scope is not (VariableScope.Any or VariableScope.Session or VariableScope.Local) || !MaySet(setting))
                return Refuse($"{setting.Name} is not among the settings that a session may change so", setting.Name);
        }

        return Allow(HousekeepingAction.Set, settings[0].Name);
    }

    private static bool MaySet(VariableSetting setting) => setting.Name switch
    {
        "names" or "character set" or "character_set_client" or "character_set_connection" or "character_set_results" =>
            setting.Value is Literal { Kind: LiteralKind.String } charset && charset.Text.Equals("utf8mb4", StringComparison.OrdinalIgnoreCase)
            && (setting.Collation is null || setting.Collation.StartsWith("utf8mb4_", StringComparison.OrdinalIgnoreCase)),
        "sql_mode" => IsMode(setting.Value),
        "sql_auto_is_null" => setting.Value is Literal { Text: "0" },
        _ => Settable.Contains(setting.Name) && IsPlain(setting.Value, setting.Name),
    };

    // A constant, or what the setting has with a constant behind it.
    private static bool IsPlain(Expression value, string name) => value switch
    {
        Literal => true,
        Call { Name: { Schema: null } call, IsStored: false, Arguments: [VariableReference before, Literal { Kind: LiteralKind.String }] } =>
            call.Name.Equals("concat", StringComparison.OrdinalIgnoreCase) && before.Scope != VariableScope.User && before.Name == name,
        _ => false,
    };

    private static bool IsMode(Expression value)
    {
        var added = value switch
        {
            Literal { Kind: LiteralKind.String } literal => literal.Text,
            Call { Arguments: [_, Literal literal] } when IsPlain(value, "sql_mode") => literal.Text,
            _ => null,
        };
        return added is not null && !LexicalModes.Any(mode => added.Contains(mode, StringComparison.OrdinalIgnoreCase));
    }

    private static HousekeepingVerdict Transaction(TransactionStatement transaction, ReadOnlySpan<byte> text)
    {
        if (transaction.IsTwoPhase)
            return Refuse("two-phase transactions outlive the session", null);
        if (transaction.IsReadWrite)
            return Refuse("the session stays read-only", "transaction_read_only");

        // The tree does not say whose transactions a SET TRANSACTION is about.
        var isGlobal = Encoding.UTF8.GetString(text).Contains("global", StringComparison.OrdinalIgnoreCase);
        return isGlobal ? default : Allow(HousekeepingAction.Transaction);
    }

    private static HousekeepingVerdict Show(ShowStatement show, string database)
    {
        if (show.Where is not null || (show.Database is { } other && other != database) || (show.Object is { } relation && !IsIn(relation, database)))
            return default;

        return show.Name switch
        {
            "warnings" or "errors" => Allow(HousekeepingAction.ShowWarnings),
            "databases" or "tables" or "columns" or "index" or "collation" or "character set" or "variables" or "engines" => Allow(HousekeepingAction.Read),
            _ => default,
        };
    }

    private static bool IsIn(QualifiedName name, string database) => name.Schema is null || name.Schema == database;
}
