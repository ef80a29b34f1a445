using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Authenticate;

/// <summary>What the logins of one MySQL listener need.</summary>
internal sealed record MySqlLoginOptions
{
    /// <summary>Whether clients may or must use TLS.</summary>
    public required ListenerTlsMode TlsMode { get; init; }

    /// <summary>The listener's certificate; null if it has none, and then TLS is not offered.</summary>
    public required TlsIdentity? Identity { get; init; }

    /// <summary>The key for passwords without TLS; null to refuse instead, where a proof was wrong.</summary>
    public required MySqlRsaKey? RsaKey { get; init; }

    /// <summary>Finds a person; for a name that nobody has, a stand-in that looks the same and lets nobody in. Called once for each login.</summary>
    public required Func<string, MySqlAccount> FindUser { get; init; }

    /// <summary>Gives a connection the number that KILL names.</summary>
    public required Func<uint> NextConnectionId { get; init; }

    /// <summary>Slows down guessing; shared by all listeners.</summary>
    public required LoginLimiter Limiter { get; init; }

    /// <summary>The longest that a login may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Time.</summary>
    public required TimeProvider Clock { get; init; }
}
