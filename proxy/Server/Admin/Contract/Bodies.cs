// What the API takes. Everything is optional here; the endpoints say what is missing.
using System.Collections.Immutable;

namespace JitProxy.Server.Admin.Contract;

/// <summary>A request for a grant.</summary>
internal sealed record RequestBody
{
    /// <summary>`server/database`; may be left out with <see cref="Denied"/>.</summary>
    public ImmutableArray<string>? Databases { get; init; }

    /// <summary>The statement; one of this, <see cref="Denied"/> and <see cref="Role"/>.</summary>
    public string? Statement { get; init; }

    /// <summary>Number of the audit record whose refused statement is asked for.</summary>
    public long? Denied { get; init; }

    /// <summary>The database role.</summary>
    public string? Role { get; init; }

    /// <summary>The schema for unqualified names; null for the server's default.</summary>
    public string? Schema { get; init; }

    /// <summary>Whether masked columns shall come in clear.</summary>
    public bool Unmask { get; init; }

    /// <summary>Whether bulk extraction shall be allowed.</summary>
    public bool Export { get; init; }

    /// <summary>How long it shall hold, as `4h`.</summary>
    public string? Expires { get; init; }

    /// <summary>How often it may run.</summary>
    public long? Executions { get; init; }

    /// <summary>The networks that it may be used from, as `10.1.0.0/16`; null for everywhere.</summary>
    public ImmutableArray<string>? From { get; init; }

    /// <summary>What parameters may be, as `1=int:1..100`; null for anything.</summary>
    public ImmutableArray<string>? Parameters { get; init; }

    /// <summary>For an emergency: active at once, reviewed afterwards.</summary>
    public bool BreakGlass { get; init; }

    /// <summary>
    /// Number of a rejected request that is made again. It stays as it was but for what is named here; flags can be left out with
    /// <see cref="NoUnmask"/> and <see cref="NoExport"/>.
    /// </summary>
    public long? Again { get; init; }

    /// <summary>With <see cref="Again"/>: masked columns stay masked this time.</summary>
    public bool NoUnmask { get; init; }

    /// <summary>With <see cref="Again"/>: no bulk extraction this time.</summary>
    public bool NoExport { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }
}

/// <summary>What comes with a decision about a grant.</summary>
/// <param name="Comment">For the record.</param>
/// <param name="Expires">A duration, as `1h`.</param>
/// <param name="NoUnmask">For a signature: masked columns stay masked.</param>
/// <param name="NoExport">For a signature: no bulk extraction.</param>
/// <param name="Executions">For a signature: runs only so often.</param>
/// <param name="AskChanges">For a rejection: the requester is asked to change the request and make it again.</param>
internal sealed record ChangeBody(
    string? Comment = null, string? Expires = null, bool NoUnmask = false, bool NoExport = false, long? Executions = null, bool AskChanges = false);

/// <summary>A new user, or a new password.</summary>
internal sealed record UserBody(string? Name, string? Password);

/// <summary>A new token.</summary>
/// <param name="Expires">A duration, as `8h`.</param>
internal sealed record TokenBody(string? Expires);

/// <summary>What to explain.</summary>
internal sealed record ExplainBody(string? Database, string? Statement, string? Schema);

/// <summary>What to run.</summary>
/// <param name="Database">One of the grant's databases; may be left out when it has only one.</param>
internal sealed record RunBody(string? Database);
