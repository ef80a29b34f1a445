using System.Diagnostics.CodeAnalysis;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Authenticate;

/// <summary>A session on an upstream, or why there is none.</summary>
/// <param name="Session">The session; null when the login failed.</param>
/// <param name="Fault">The fault; null when it worked.</param>
/// <typeparam name="TSession">What a session is in the upstream's protocol.</typeparam>
internal readonly record struct UpstreamLoginResult<TSession>(TSession? Session, UpstreamFault? Fault)
    where TSession : class
{
    /// <summary>True, and the session, when it worked; else the fault.</summary>
    public bool TryGet([NotNullWhen(true)] out TSession? session, [NotNullWhen(false)] out UpstreamFault? fault)
    {
        (session, fault) = (Session, Session is null ? Fault ?? new("no login was tried") : null);
        return session is not null;
    }
}

/// <summary>A session as the upstream began it.</summary>
/// <param name="ParameterStatuses">Settings as the upstream reported them.</param>
/// <param name="ProcessId">The process to name in a cancel request.</param>
/// <param name="CancelKey">The key to show in a cancel request; empty if the upstream gave none.</param>
/// <param name="Status">Where the session stands: idle.</param>
internal sealed record UpstreamSession(
    IReadOnlyDictionary<string, string> ParameterStatuses, int ProcessId, ReadOnlyMemory<byte> CancelKey, PgTransactionStatus Status)
{
    /// <summary>Which process it is, never its key.</summary>
    public override string ToString() => $"upstream process {ProcessId}";
}
