using System.Runtime.InteropServices;
using System.Security.Cryptography;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Capture;

/// <summary>A prepared statement of PostgreSQL as the client knows it, and where the upstream keeps it.</summary>
internal sealed class ClientStatement(SessionIdentity who, byte[] text, uint[] parameterTypes, Ruling ruling) : CapturedStatement(who, text, ruling)
{
    private string? _preparedKey;
    private int _parseCount;
    private int _skippedParse;

    /// <summary>What the client calls it; empty for the unnamed statement.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// True if the upstream refused or skipped the client's last Parse of it: for the client it does not exist, however often we could
    /// prepare it.
    /// </summary>
    public bool IsMissing => Volatile.Read(ref _skippedParse) is var skipped && skipped != 0 && skipped == _parseCount;

    /// <summary>The parameter types that the client declared; 0 where it left the choice to the server.</summary>
    public uint[] ParameterTypes { get; } = parameterTypes;

    /// <summary>Bytes that it keeps for its client.</summary>
    public long Size => Text.Length + ((long)ParameterTypes.Length * sizeof(uint));

    /// <summary>What tells it from every other granted statement that is prepared on a connection: the grant's text and the parameter types.</summary>
    public string PreparedKey => _preparedKey ??= KeyOf(this);

    /// <summary>The statement upstream; null for what the proxy answers itself.</summary>
    public UpstreamStatement? Upstream { get; set; }

    /// <summary>True if it was parsed as the unnamed statement of the upstream, which the next such Parse replaces.</summary>
    public bool IsUnnamedUpstream { get; set; }

    /// <summary>The client sends another Parse of it; the answer numbers it, from 1.</summary>
    public int CountParse() => ++_parseCount;

    /// <summary>The upstream refused or skipped the Parse of this number. From any thread: a later Parse may be under way.</summary>
    public void SkipParse(int number) => Volatile.Write(ref _skippedParse, number);

    /// <summary>True if the client declared exactly these types.</summary>
    public bool HasParameterTypes(PgOidList types)
    {
        if (types.Count != ParameterTypes.Length)
            return false;

        for (var i = 0; i < types.Count; i++)
        {
            if (types[i] != ParameterTypes[i])
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void OnDecided() => _preparedKey = null;

    private static string KeyOf(ClientStatement statement)
    {
        var grant = statement.GrantKey;
        if (statement.ParameterTypes.Length == 0)
            return grant;

        // A client may declare 65,535 types; the key stays small, and as exact as SHA-256 is.
        var types = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(statement.ParameterTypes.AsSpan())));
        return $"{grant},{types}";
    }
}
