using System.Diagnostics.CodeAnalysis;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Server.Decide;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Authenticate;

/// <summary>A startup packet whose names and settings are all acceptable.</summary>
/// <remarks>Nothing else of the packet is kept: a parameter that is not known to be harmless never reaches an upstream.</remarks>
internal sealed record StartupRequest(string User, string Database, IReadOnlyDictionary<string, string> Settings, long? Grant = null)
{
    /// <summary>The longest user or database name, in bytes; the server's own limit.</summary>
    public const int NameSizeMax = 63;

    private const int ValueSizeMax = 1024;
    private const string OptionPrefix = "_pq_.";
    private const string SettingCode = "42501";

    /// <summary>Checks a packet; false with the reason and what to tell the client.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="refusal">The reason, and the notice for the client.</param>
    public static bool TryCreate(
        PgStartup packet,
        [NotNullWhen(true)] out StartupRequest? request,
        [NotNullWhen(false)] out StartupRefusal? refusal)
    {
        request = null;
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in packet)
        {
            if (!LoginName.TryDecode(pair.Name, out var name) || !LoginName.TryDecode(pair.Value, out var value))
            {
                refusal = new(LoginRefusal.StartupParameter, new("FATAL", "22021", "a startup parameter is not valid UTF-8"));
                return false;
            }

            if (!name.StartsWith(OptionPrefix, StringComparison.Ordinal))
                given[name] = value;
        }

        given.Remove("user", out var user);
        given.Remove("database", out var database);
        database = string.IsNullOrEmpty(database) ? user : database;
        if (LoginName.Object("user", user, NameSizeMax) is { } badUser)
        {
            refusal = new(LoginRefusal.Name, new("FATAL", "28000", badUser));
            return false;
        }

        if (LoginName.Object("database", database, NameSizeMax) is { } badDatabase)
        {
            refusal = new(LoginRefusal.Name, new("FATAL", "3D000", badDatabase), user);
            return false;
        }

        if (TryReadSettings(given, out var settings, out var notice))
        {
            settings.Remove(AllowedSettings.Grant, out var asked);
            AllowedSettings.TryReadGrant(asked ?? "", out var grant);
            request = new(user!, database!, settings, grant);
            refusal = null;
            return true;
        }

        refusal = new(LoginRefusal.StartupParameter, notice, user, database);
        return false;
    }

    /// <summary>Names of protocol options that are asked for. None is known.</summary>
    public static List<string> UnknownOptions(PgStartup packet)
    {
        var options = new List<string>();
        foreach (var pair in packet)
        {
            if (LoginName.TryDecode(pair.Name, out var name) && name.StartsWith(OptionPrefix, StringComparison.Ordinal))
                options.Add(name);
        }

        return options;
    }

    private static bool TryReadSettings(
        Dictionary<string, string> given,
        [NotNullWhen(true)] out Dictionary<string, string>? settings,
        [NotNullWhen(false)] out PgNotice? notice)
    {
        settings = null;
        notice = null;
        var asked = new List<KeyValuePair<string, string>>();

        // A parameter of its own wins over the same one in `options`, as on the server.
        if (given.Remove("options", out var options) && !StartupOptions.TryParse(options, asked, out var offending))
        {
            notice = Refuse($"startup option {Show(offending)} is not supported", "Use -c name=value or --name=value.");
            return false;
        }

        asked.AddRange(given);
        var accepted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (written, value) in asked)
        {
            var name = written.ToLowerInvariant();
            if (name == "replication" && value.ToLowerInvariant() is "off" or "false" or "no" or "0")
                continue;

            if (ObjectToSetting(name, value) is { } objection)
            {
                notice = objection;
                return false;
            }

            if (name == "application_name")
                accepted[name] = Clean(value);
            else if (name != "client_encoding")
                accepted[name] = value;
        }

        settings = accepted;
        return true;
    }

    private static PgNotice? ObjectToSetting(string name, string value)
    {
        if (name == "replication")
            return new("FATAL", "0A000", "replication connections are not supported by JitProxy");

        // SQL_ASCII, which clients in a POSIX locale ask for, leaves bytes as they are: on a UTF-8 database that is UTF-8.
        if (name == "client_encoding" && value.ToLowerInvariant().Trim('\'') is "sql_ascii" or "sqlascii")
            return null;

        if (name != "application_name" && (Encoding.UTF8.GetByteCount(value) > ValueSizeMax || value.Any(char.IsControl)))
            return Refuse($"the value of startup parameter {Show(name)} is too long or holds control characters", null);

        if (name == AllowedSettings.Grant && !AllowedSettings.TryReadGrant(value, out _))
            return Refusal.NoGrantNumber(Clean(value)).ToNotice("FATAL");

        var objection = SessionSettings.Objection(name, value.Trim('\''));
        return objection is null
            ? null
            : Refuse($"startup parameter {Show(name)} cannot be set: {objection}", "Leave the parameter out of the connection settings.");
    }

    private static PgNotice Refuse(string message, string? hint) => new("FATAL", SettingCode, message, null, hint);

    // A label that some clients fill with whatever they are called with; the server cleans and shortens it, too.
    private static string Clean(string name) => LoginName.Clean(name, NameSizeMax);

    private static string Show(string text)
    {
        var clean = Clean(text);
        return $"\"{clean}\"";
    }
}

/// <summary>Why a startup packet is refused.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Notice">What the client is told.</param>
/// <param name="User">The user named, if that name is acceptable.</param>
/// <param name="Database">The database named, if that name is acceptable.</param>
internal sealed record StartupRefusal(LoginRefusal Reason, PgNotice Notice, string? User = null, string? Database = null);
