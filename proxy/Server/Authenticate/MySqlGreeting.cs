using JitProxy.Wire.MySql;

namespace JitProxy.Server.Authenticate;

/// <summary>What a listener says of itself before it knows its client: what the proxy can do and the server behind it can do as well.</summary>
/// <param name="Version">The server's own version: clients choose their statements by it, and code in comments depends on it.</param>
/// <param name="Capabilities">What is offered, without TLS, which the listener decides.</param>
/// <param name="CharacterSet">The low byte of the default collation; always one of UTF-8.</param>
/// <param name="Plugin">The plugin that clients of such a server start with.</param>
internal sealed record MySqlGreeting(string Version, MySqlCapabilities Capabilities, byte CharacterSet, MySqlPlugin Plugin)
{
    private const int VersionSizeMax = 64;

    // Done here, whatever the server can do.
    private const MySqlCapabilities Own = MySqlCapabilities.Protocol41 | MySqlCapabilities.SecureConnection | MySqlCapabilities.PluginAuth
        | MySqlCapabilities.PluginAuthLenencData | MySqlCapabilities.ConnectAttributes | MySqlCapabilities.ConnectWithDb;

    // Passed through, so the server must have them. Not among them, for good: compression, LOCAL INFILE, several statements in one text,
    // IGNORE_SPACE (it changes how statements read), results without metadata, and everything that MariaDB adds.
    private const MySqlCapabilities Passed = MySqlCapabilities.LongPassword | MySqlCapabilities.LongFlag | MySqlCapabilities.FoundRows
        | MySqlCapabilities.Transactions | MySqlCapabilities.MultiResults | MySqlCapabilities.PsMultiResults | MySqlCapabilities.SessionTrack
        | MySqlCapabilities.DeprecateEof | MySqlCapabilities.QueryAttributes;

    /// <summary>The greeting that fits a server, by what it said of itself.</summary>
    /// <remarks>
    /// MariaDB leaves LongPassword out, and so does this: then clients look for MariaDB's own capabilities, and find none. The prefix `5.5.5-` of
    /// MariaDB before 11 is kept, because drivers know it and tell MariaDB by it.
    /// </remarks>
    public static MySqlGreeting Of(string version, MySqlCapabilities capabilities, byte characterSet)
    {
        var clean = new string([.. version.Where(char.IsAscii).Where(static c => !char.IsControl(c)).Take(VersionSizeMax)]);
        var isMariaDb = (capabilities & MySqlCapabilities.LongPassword) == 0 || clean.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        return new(
            clean,
            Own | (capabilities & Passed),
            MySqlCharacterSet.IsUtf8(characterSet) ? characterSet : MySqlCharacterSet.Utf8,
            isMariaDb ? MySqlPlugin.NativePassword : MySqlPlugin.CachingSha2Password);
    }
}
