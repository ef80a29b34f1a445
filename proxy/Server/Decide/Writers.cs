using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Decide;

/// <summary>Role grants that write, for sessions that ask whether a transaction may.</summary>
internal sealed class Writers(GrantDesk desk, PolicySnapshots policies, TimeProvider clock)
{
    /// <summary>The number of the role grant under which a transaction that begins now may write; null if none lets it.</summary>
    /// <param name="who">Whose session it is.</param>
    /// <param name="asked">The grant that the session asked for; null for none.</param>
    public long? Find(SessionIdentity who, long? asked) =>
        desk.Book.Roles(who.User, who.QualifiedDatabase).FirstOrDefault(grant => (asked is null || grant.Id == asked) && FindObjection(grant, who) is null)?.Id;

    /// <summary>Why what was changed under this grant may not be kept any more; null if it may.</summary>
    public Refusal? FindEndOf(long id, SessionIdentity who)
    {
        const string Hint = "End the transaction with ROLLBACK.";
        return desk.Book.Find(id) is not { } grant
            ? Refusal.Statement(DenyReason.TransactionForbids, who.User, who.QualifiedDatabase, $"grant {id} is gone", Hint)
            : FindObjection(grant, who) is { } why
            ? Refusal.Statement(DenyReason.TransactionForbids, who.User, who.QualifiedDatabase, $"it changes data under grant {id}: {why}", Hint)
            : null;
    }

    /// <summary>The refusal to write in a transaction that is read-only.</summary>
    /// <param name="who">Whose session it is.</param>
    /// <param name="isCutShort">True if it could write before a statement ran under another grant.</param>
    public static Refusal ReadOnly(SessionIdentity who, bool isCutShort) => Refusal.Statement(
        DenyReason.TransactionForbids,
        who.User,
        who.QualifiedDatabase,
        isCutShort ? "it is read-only since a statement ran in it under a grant that only reads" : "it began read-only",
        "End the transaction, and begin another one.");

    /// <summary>The refusal to run a statement under another grant in a transaction that writes.</summary>
    public static Refusal BelongsTo(SessionIdentity who, long writer) => Refusal.Statement(
        DenyReason.TransactionForbids,
        who.User,
        who.QualifiedDatabase,
        $"it may write under grant {writer}, and a statement grant runs read-only",
        $"End the transaction first, or stay in it with SET @jit_grant = {writer}");

    // As a clause.
    private string? FindObjection(Grant grant, SessionIdentity who)
    {
        var configuration = policies.Current.Configuration;
        if (grant.StatusAt(clock.GetUtcNow()) != GrantStatus.Active)
            return $"it is {DeskWords.NameOf(grant.StatusAt(clock.GetUtcNow()))}";
        if (!RoleRules.MayWrite(configuration, grant.Role!))
            return $"its role {grant.Role} does not write";
        if (!grant.Request.Networks.IsEmpty && !who.IsFrom(grant.Request.Networks))
            return "it is for clients of other networks";

        return ProjectRules.FindUseObjection(configuration, grant, who.Server, who.Database);
    }
}
