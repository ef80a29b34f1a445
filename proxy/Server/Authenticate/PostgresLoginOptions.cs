using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Authenticate;

/// <summary>What the logins of one PostgreSQL listener need.</summary>
internal sealed record PostgresLoginOptions
{
    /// <summary>Whether clients may or must use TLS.</summary>
    public required ListenerTlsMode TlsMode { get; init; }

    /// <summary>The listener's certificate; null if it has none, and then TLS is declined.</summary>
    public required TlsIdentity? Identity { get; init; }

    /// <summary>Finds a person; null if there is none of that name. Called on the thread pool, once for each login.</summary>
    public required Func<string, ScramAccount?> FindUser { get; init; }

    /// <summary>Why a session may not give a setting (name in lower case) a value, as a sentence without its end; null if it may.</summary>
    public required Func<string, string, string?> SettingObjection { get; init; }

    /// <summary>The key from which salts of people who do not exist are derived. Outlives the process.</summary>
    public required ReadOnlyMemory<byte> MockSecret { get; init; }

    /// <summary>Slows down guessing; shared by all listeners.</summary>
    public required LoginLimiter Limiter { get; init; }

    /// <summary>The longest that a login may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Time.</summary>
    public required TimeProvider Clock { get; init; }
}
