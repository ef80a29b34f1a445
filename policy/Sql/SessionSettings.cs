using JitProxy.Policy.Sql.Allowed;

namespace JitProxy.Policy.Sql;

/// <summary>The settings that a PostgreSQL session may have; the same list for SET and for what a client asks for when it signs in.</summary>
public static class SessionSettings
{
    /// <summary>Why a session may not have this value, as a sentence without its end; null if it may.</summary>
    /// <param name="name">The setting, in lower case.</param>
    /// <param name="value">The value, without quotes.</param>
    public static string? Objection(string name, string value) => AllowedSettings.Objection(name, [value]);
}
