using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Storage.Audit;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Capture;

/// <summary>A prepared statement as the client knows it: the text that it sent, what was decided about it, and where the upstream keeps it.</summary>
internal sealed class ClientStatement(byte[] text, uint[] parameterTypes, Ruling ruling)
{
    /// <summary>The client's text, byte for byte; a new decision is made on it whenever the grants change.</summary>
    public byte[] Text { get; } = text;

    /// <summary>The parameter types that the client declared; 0 where it left the choice to the server.</summary>
    public uint[] ParameterTypes { get; } = parameterTypes;

    /// <summary>Bytes that it keeps for its client.</summary>
    public long Size => Text.Length + ((long)ParameterTypes.Length * sizeof(uint));

    private StatementContext? _context;
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

    /// <summary>The decision in force.</summary>
    public Ruling Ruling
    {
        get;
        set
        {
            field = value;
            _context = null;
            _preparedKey = null;
        }
    } = ruling;

    /// <summary>What tells it from every other granted statement that is prepared on a connection: the grant's text and the parameter types.</summary>
    public string PreparedKey => _preparedKey ??= KeyOf(this);

    /// <summary>The grant that the session asked for when the decision was made; null for none.</summary>
    public long? AskedGrant { get; set; }

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

    /// <summary>What executions under this decision say of the statement in the audit trail; encoded once for the decision in force.</summary>
    /// <param name="who">Who runs it.</param>
    /// <param name="ruling">The decision that it was bound under, which may be an earlier one.</param>
    public StatementContext ContextFor(SessionIdentity who, Ruling ruling) =>
        ReferenceEquals(ruling, Ruling) ? _context ??= Encode(who, ruling) : Encode(who, ruling);

    private static string KeyOf(ClientStatement statement)
    {
        var grant = statement.Ruling.Permit!.Grant.Id;
        if (statement.ParameterTypes.Length == 0)
            return grant.ToString(CultureInfo.InvariantCulture);

        // A client may declare 65,535 types; the key stays small, and as exact as SHA-256 is.
        var types = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(statement.ParameterTypes.AsSpan())));
        return string.Create(CultureInfo.InvariantCulture, $"{grant},{types}");
    }

    private static StatementContext Encode(SessionIdentity who, Ruling ruling) => ruling.Permit is { } permit
        ? new(who.User, who.Client, who.Server, permit)
        : StatementContext.ForHousekeeping(who.User, who.Client, who.Server, who.QualifiedDatabase, ruling.Text);
}
