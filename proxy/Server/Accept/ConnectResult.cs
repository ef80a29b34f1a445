using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Server.Accept;

/// <summary>A connection, or why there is none.</summary>
/// <param name="Connection">The connection; null when it failed.</param>
/// <param name="Fault">For people: what was tried and how it failed; null when it worked.</param>
internal readonly record struct ConnectResult(Connection? Connection, string? Fault)
{
    /// <summary>True, and the connection, when it worked; else the fault.</summary>
    public bool TryGet([NotNullWhen(true)] out Connection? connection, [NotNullWhen(false)] out string? fault)
    {
        (connection, fault) = (Connection, Connection is null ? Fault ?? "no connection was tried" : null);
        return connection is not null;
    }
}
