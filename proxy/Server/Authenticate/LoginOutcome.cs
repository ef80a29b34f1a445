using JitProxy.Wire;

namespace JitProxy.Server.Authenticate;

/// <summary>How a client's login ended.</summary>
internal abstract record LoginOutcome;

/// <summary>
/// The client is who it says. AuthenticationOk is written and not yet flushed: it leaves with what the session writes next.
/// </summary>
/// <param name="User">The person.</param>
/// <param name="Database">The database asked for, as the server itself names it.</param>
/// <param name="Settings">Session settings asked for, all of them allowed: names in lower case, without <c>client_encoding</c>, which always is UTF8.</param>
/// <param name="ProtocolMinor">The minor version agreed on: 0 or 2. From 2 on, cancel keys may be longer than four bytes.</param>
/// <param name="Credential">What the person signed in with.</param>
/// <param name="Grant">The grant that the session asks for from its beginning (startup parameter <c>jit.grant</c>); null for none.</param>
internal sealed record LoginAccepted(
    string User, string Database, IReadOnlyDictionary<string, string> Settings, int ProtocolMinor, ScramCredential Credential, long? Grant = null)
    : LoginOutcome;

/// <summary>The client was told that it may not sign in (unless the reason leaves nobody to tell).</summary>
/// <param name="Refusal">Why.</param>
/// <param name="User">The name that it gave, not proven; null if it did not come that far.</param>
/// <param name="Database">The database that it asked for; null if it did not come that far.</param>
/// <param name="Why">A sentence for the audit trail; holds no secret.</param>
internal sealed record LoginRefused(LoginRefusal Refusal, string? User, string? Database, string Why) : LoginOutcome;

/// <summary>The connection is a request to cancel a statement of another one. It gets no answer; close it.</summary>
/// <param name="ProcessId">The process named.</param>
/// <param name="Key">The key shown, 4 to 256 bytes; compare in constant time.</param>
internal sealed record CancelAsked(int ProcessId, byte[] Key) : LoginOutcome;

/// <summary>The client broke the protocol; close it.</summary>
/// <param name="Violation">How.</param>
internal sealed record LoginBroken(ProtocolViolation Violation) : LoginOutcome;

/// <summary>The client went away before it was signed in.</summary>
internal sealed record ClientLeft : LoginOutcome;

/// <summary>Why a login was refused.</summary>
internal enum LoginRefusal : byte
{
    /// <summary>No reason was given; a defect if it is ever seen.</summary>
    Unspecified,

    /// <summary>The listener requires TLS and the client does not use it.</summary>
    TlsRequired,

    /// <summary>The TLS handshake failed.</summary>
    TlsHandshake,

    /// <summary>A protocol other than 3.</summary>
    ProtocolVersion,

    /// <summary>A name that is missing, too long, or holds control characters.</summary>
    Name,

    /// <summary>A startup parameter that a session may not choose.</summary>
    StartupParameter,

    /// <summary>Too many failures of this user from this address, or of anybody from there.</summary>
    TooManyFailures,

    /// <summary>No such user, or the wrong secret: one reason, so that neither tells the other.</summary>
    Credentials,

    /// <summary>The login took too long.</summary>
    Timeout,

    /// <summary>A character set in which the same bytes could be another statement, or one that nobody knows.</summary>
    CharacterSet,

    /// <summary>The client sent its secret in clear over a connection without TLS: whoever listened has it.</summary>
    SecretInClear,
}
