using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>The settings that a session may change by itself, and to what.</summary>
public static class AllowedSettings
{
    /// <summary>JitProxy's own setting: the grant that the session asks for.</summary>
    public const string Grant = "jit.grant";

    private static readonly FrozenSet<string> Free = (
        "application_name client_min_messages datestyle intervalstyle timezone extra_float_digits bytea_output statement_timeout lock_timeout " +
        "idle_in_transaction_session_timeout idle_session_timeout transaction_timeout default_transaction_isolation transaction_isolation " +
        "default_transaction_deferrable transaction_deferrable jit geqo synchronize_seqscans check_function_bodies xmloption lc_messages " +
        "lc_monetary lc_numeric lc_time")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // Commands, connection strings and the like may hold secrets.
    private static readonly FrozenSet<string> Secret = (
        "primary_conninfo archive_command restore_command archive_cleanup_command recovery_end_command ssl_passphrase_command config_file " +
        "hba_file ident_file data_directory external_pid_file krb_server_keyfile ssl_key_file log_directory log_filename")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Why the setting may not be given these values; null if it may. Default values mean DEFAULT: back to what the session started with.</summary>
    public static string? Objection(string name, ImmutableArray<string> values)
    {
        if (values.IsDefault || Free.Contains(name) || name == Grant)
            return null;
        var value = values.Length == 1 ? values[0] : "";
        switch (name)
        {
            case "client_encoding":
                return IsUtf8(value) ? null : "JitProxy talks UTF8 only";
            case "standard_conforming_strings" or "escape_string_warning":
                return IsOn(value) ? null : $"{name} changes how literals are read; it stays on";
            case "default_transaction_read_only" or "transaction_read_only":
                return IsOn(value) ? null : "the session stays read-only";
            case "role" when value == "none":
                return null;
            case "search_path":
                return "the schema that names are looked up in is part of a grant";
            case "role" or "session_authorization":
                return "the session's role is JitProxy's own";
            default:
                return $"{name} is not among the settings that a session may change";
        }
    }

    /// <summary>Reads a value of <see cref="Grant"/>: the number of a grant, or <c>none</c>. False if it is neither.</summary>
    public static bool TryReadGrant(string value, out long? grant)
    {
        grant = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
        return grant is not null || value.Equals("none", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True if the value of the setting may be shown without a grant.</summary>
    public static bool MayShow(string name) => name != "all" && !Secret.Contains(name) && !name.Contains('.', StringComparison.Ordinal);

    private static bool IsOn(string value) => value.ToLowerInvariant() is "on" or "true" or "yes" or "1";

    // The server ignores case and everything but letters and digits.
    private static bool IsUtf8(string value) => string.Concat(value.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit)) is "utf8" or "unicode";
}
