using System.Collections.Immutable;

namespace JitProxy.Policy.Grants;

/// <summary>The proof that a grant allows a statement. Only the <see cref="Judge"/> makes one, and what goes upstream is its text.</summary>
/// <remarks>A permit outlives its decision (a prepared statement keeps it), so it is rechecked before every execution.</remarks>
public sealed class Permit
{
    internal Permit(Grant grant, string database, byte[] approvedText)
    {
        (Grant, Database, ApprovedText) = (grant, database, approvedText);
        ParameterRules = [.. grant.Request.Parameters.Select(static text =>
            ParameterRule.TryParse(text, out var rule) ? rule : throw new FormatException($"not a rule for a parameter: {text}"))];
    }

    /// <summary>What the statement's parameters may be; those without a rule may be anything.</summary>
    public ImmutableArray<ParameterRule> ParameterRules { get; }

    /// <summary>The grant, as it was when this permit was made.</summary>
    public Grant Grant { get; }

    /// <summary>The one database that it is for, as <c>server/database</c>.</summary>
    public string Database { get; }

    /// <summary>The bytes that were approved, UTF-8: the only ones that may go upstream. Never written to.</summary>
    public byte[] ApprovedText { get; }

    /// <summary>Whether masked columns come in clear.</summary>
    public bool Unmask => Grant.Unmask;

    /// <summary>Whether bulk extraction is allowed.</summary>
    public bool Export => Grant.Export;

    /// <summary>When it ends at the latest, UTC.</summary>
    public DateTimeOffset ExpiresAt => Grant.ExpiresAt ?? DateTimeOffset.MinValue;

    /// <summary>True if every execution has to be counted, and may be refused, before it begins.</summary>
    public bool IsLimited => Grant.ExecutionsMax is not null;

    /// <summary>Whether the grant still allows what it allowed. False gives the reason why it no longer does.</summary>
    public bool Recheck(GrantBook current, DateTimeOffset now, out DenyReason reason)
    {
        var grant = current.Find(Grant.Id);
        if (grant is null)
        {
            reason = DenyReason.NoGrant;
            return false;
        }

        // An active grant never changes what it allows; should it ever, this permit is for something else.
        var isSame = grant.Unmask == Unmask && grant.Export == Export && string.Equals(grant.Statement, Grant.Statement, StringComparison.Ordinal);
        reason = isSame ? Standing.FindObjection(grant, now) ?? default : DenyReason.NoGrant;
        return reason == default;
    }

    /// <summary>The same for a run whose execution is already counted: a limit that it used up itself does not stop it.</summary>
    public bool RecheckRunning(GrantBook current, DateTimeOffset now, out DenyReason reason) =>
        Recheck(current, now, out reason) || reason == DenyReason.GrantSpent;
}
