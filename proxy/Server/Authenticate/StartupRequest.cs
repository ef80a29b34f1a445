using System.Diagnostics.CodeAnalysis;
using System.Globalization;
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
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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
            if (!TryDecode(pair.Name, out var name) || !TryDecode(pair.Value, out var value))
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
        if (ObjectToName("user", user) is { } badUser)
        {
            refusal = new(LoginRefusal.Name, new("FATAL", "28000", badUser));
            return false;
        }

        if (ObjectToName("database", database) is { } badDatabase)
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
            if (TryDecode(pair.Name, out var name) && name.StartsWith(OptionPrefix, StringComparison.Ordinal))
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

    private static string? ObjectToName(string what, string? name)
    {
        if (string.IsNullOrEmpty(name))
            return $"no {what} name was given in the startup packet";

        if (Encoding.UTF8.GetByteCount(name) > NameSizeMax)
            return $"the {what} name is longer than {NameSizeMax} bytes";

        return name.EnumerateRunes().Any(IsUnfit) ? $"the {what} name holds characters that do not print" : null;
    }

    // Control characters end lines in logs; format characters (such as the ones that turn the writing direction) make a name look like another.
    private static bool IsUnfit(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    // A label that some clients fill with whatever they are called with; the server cleans and shortens it, too.
    private static string Clean(string name)
    {
        var clean = new StringBuilder();
        var size = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            size += rune.Utf8SequenceLength;
            if (size > NameSizeMax)
                break;

            clean.Append(IsUnfit(rune) ? "?" : rune.ToString());
        }

        return clean.ToString();
    }

    private static string Show(string text)
    {
        var clean = Clean(text);
        return $"\"{clean}\"";
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = System.Text.Unicode.Utf8.IsValid(bytes) ? Strict.GetString(bytes) : null;
        return text is not null;
    }
}

/// <summary>Why a startup packet is refused.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Notice">What the client is told.</param>
/// <param name="User">The user named, if that name is acceptable.</param>
/// <param name="Database">The database named, if that name is acceptable.</param>
internal sealed record StartupRefusal(LoginRefusal Reason, PgNotice Notice, string? User = null, string? Database = null);
