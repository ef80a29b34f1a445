using System.Globalization;
using System.Security.Cryptography;
using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Capture;

/// <summary>A statement as its client sent it, with what was decided about it; the engines keep with it what they need to run it.</summary>
/// <param name="who">Who sent it, and where; a decision is made anew for these.</param>
/// <param name="text">The client's text, byte for byte; kept, not copied.</param>
/// <param name="ruling">The decision.</param>
internal abstract class CapturedStatement(SessionIdentity who, byte[] text, Ruling ruling)
{
    private StatementContext? _context;
    private string? _grantKey;

    /// <summary>Who sent it, and to which database.</summary>
    public SessionIdentity Who { get; } = who;

    /// <summary>The client's text; a new decision is made on it whenever the grants change.</summary>
    public byte[] Text { get; } = text;

    /// <summary>The decision in force.</summary>
    public Ruling Ruling
    {
        get;
        set
        {
            field = value;
            _context = null;
            _grantKey = null;
            OnDecided();
        }
    } = ruling;

    /// <summary>What tells the approved text from that of every other grant. Only for a granted statement.</summary>
    public string GrantKey => _grantKey ??= KeyOf(Ruling.Permit!);

    /// <summary>The grant that the session asked for when the decision was made; null for none.</summary>
    public long? AskedGrant { get; set; }

    /// <summary>What executions under this decision say of the statement in the audit trail; encoded once for the decision in force.</summary>
    /// <param name="ruling">The decision that it was bound under, which may be an earlier one.</param>
    /// <param name="redactor">Takes out what is not to be recorded.</param>
    public StatementContext ContextFor(Ruling ruling, Redactor redactor) =>
        ReferenceEquals(ruling, Ruling) ? _context ??= Encode(Who, ruling, redactor) : Encode(Who, ruling, redactor);

    /// <summary>Another decision is in force: what was derived from the one before is not.</summary>
    protected virtual void OnDecided()
    {
    }

    private static StatementContext Encode(SessionIdentity who, Ruling ruling, Redactor redactor)
    {
        var (redacted, digest) = redactor.Redact(ruling.Text, who.User, who.Dialect, ruling.Recording);
        return ruling.Permit is { } permit
            ? new(who.User, who.Client, who.Server, permit, digest, redacted)
            : StatementContext.ForHousekeeping(who.User, who.Client, who.Server, who.QualifiedDatabase, ruling.Text, digest, redacted);
    }

    private static string KeyOf(Permit permit)
    {
        var grant = permit.Grant.Id.ToString(CultureInfo.InvariantCulture);

        // A role grant lets many texts run: its number says nothing about which.
        return permit.Grant.Kind == GrantKind.Role ? $"{grant},{Convert.ToHexString(SHA256.HashData(permit.ApprovedText))}" : grant;
    }
}
