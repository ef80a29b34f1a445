using System.Globalization;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Forward;

/// <summary>The startup parameters of an upstream session: what the client may choose, and what it may not.</summary>
/// <remarks>
/// What is pinned here decides what a text means. Carried as startup parameters, the values are also those that RESET ALL and
/// DISCARD ALL go back to.
/// </remarks>
internal static class UpstreamStartup
{
    /// <summary>How long a statement may run on a shared connection before it is made again on one of its own.</summary>
    private static readonly TimeSpan SharedTimeout = TimeSpan.FromSeconds(1);

    private const string SharedName = "jitproxy shared";

    /// <summary>How long it may wait for a lock there, in milliseconds.</summary>
    private const string SharedLockTimeout = "50";

    /// <summary>The parameters beside user and database.</summary>
    /// <param name="catalogue">The database's catalogue, which has the search path that statements were analysed with.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="chosen">What the client asked for, already held against the list of harmless settings.</param>
    /// <param name="use">What the connection is for.</param>
    public static IReadOnlyDictionary<string, string> Of(
        Catalogue catalogue, LimitsConfiguration limits, IReadOnlyDictionary<string, string> chosen, UpstreamUse use = default)
    {
        var parameters = new Dictionary<string, string>(chosen, StringComparer.OrdinalIgnoreCase)
        {
            ["standard_conforming_strings"] = "on",
        };

        // Temporary tables come last, or one of them could stand in for the table that was approved.
        parameters["search_path"] = string.Join(", ", catalogue.SearchPath.Append("pg_temp").Select(Quote));
        parameters["default_transaction_read_only"] = "on";

        var serverTimeout = use == UpstreamUse.Shared ? SharedTimeout : limits.ServerTimeout(use == UpstreamUse.Export);
        parameters["statement_timeout"] = ((long)serverTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (use == UpstreamUse.Shared)
        {
            parameters["lock_timeout"] = SharedLockTimeout;

            // No statement that may run there can read it, so it need not keep sessions apart; administrators see what the connection is.
            parameters["application_name"] = SharedName;
        }

        return parameters;
    }

    /// <summary>Settings as one text: equal for the same settings, whatever their order.</summary>
    public static string KeyOf(IReadOnlyDictionary<string, string> settings) =>
        string.Join('\0', settings.OrderBy(static s => s.Key, StringComparer.Ordinal).Select(static s => s.Key + "=" + s.Value));

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
