namespace JitProxy.Policy.Grants;

/// <summary>Decides whether a statement may run: the one place that makes permits.</summary>
public static class Judge
{
    /// <summary>Decides by the grants of this book at this time. Pure.</summary>
    /// <remarks>
    /// When several grants hold the statement, the least powerful is used: without unmask before with it, then without export, then the
    /// one that ends first. A session that asks for one grant gets that one or none.
    /// </remarks>
    public static Decision Decide(in StatementPlea plea, GrantBook book, DateTimeOffset now)
    {
        // No grant may ever run in the name of nobody.
        if (plea.Form is null || string.IsNullOrEmpty(plea.User) || string.IsNullOrEmpty(plea.Database) || plea.Form.IsEmpty)
            return default;

        var holding = book.Holding(plea.Key);
        if (plea.AskedGrant is { } asked)
        {
            holding = holding.Where(g => g.Id == asked);
            if (!holding.Any())
                return Decision.Refuse(Objection.NotApplicable(FindOwn(plea.User, book, asked), plea));
        }

        return Choose(plea, holding, book, now);
    }

    /// <summary>Decides by the role grants of this book at this time, for a statement that no statement grant holds. Pure.</summary>
    /// <param name="plea">The statement.</param>
    /// <param name="text">Its text, which is what goes upstream: a role approves no text of its own.</param>
    /// <param name="allows">Whether the role of a grant allows what the statement is proven to do.</param>
    /// <param name="book">The grants.</param>
    /// <param name="now">The time.</param>
    public static Decision DecideByRole(in StatementPlea plea, byte[] text, Func<Grant, bool> allows, GrantBook book, DateTimeOffset now)
    {
        if (plea.Form is null || string.IsNullOrEmpty(plea.User) || string.IsNullOrEmpty(plea.Database) || plea.Form.IsEmpty)
            return default;

        Grant? chosen = null;
        (DenyReason Reason, Grant Grant)? closest = null;
        (DenyReason Reason, Grant Grant)? lapsed = null;
        foreach (var grant in book.Roles(plea.User, plea.Database))
        {
            if (plea.AskedGrant is { } asked && grant.Id != asked)
                continue;
            if (!string.Equals(grant.User, plea.User, StringComparison.Ordinal) || !grant.Databases.Contains(plea.Database, StringComparer.Ordinal))
                continue;

            var objection = Standing.FindObjection(grant, now)
                ?? (plea.IsWithin(grant.Request.Networks) ? default(DenyReason?) : DenyReason.WrongNetwork)
                ?? (allows(grant) ? default(DenyReason?) : DenyReason.RoleNotEnough)
                ?? (plea.NeedsExport && !grant.Export ? DenyReason.ExportNotGranted : default(DenyReason?));
            if (objection is not { } reason)
                chosen = chosen is null || ComparePower(grant, chosen) < 0 ? grant : chosen;
            else if (reason is DenyReason.RoleNotEnough or DenyReason.ExportNotGranted)
                closest ??= (reason, grant);
            else if (reason != DenyReason.NoGrant && (lapsed is not { } other || Helpfulness(reason) > Helpfulness(other.Reason)) && allows(grant))
                lapsed = (reason, grant);
        }

        if (chosen is not null)
            return Decision.Allow(new Permit(chosen, plea.Database, text));

        return (closest ?? lapsed) is { } found ? Decision.Refuse(Objection.Of(found.Reason, found.Grant)) : default;
    }

    private static Decision Choose(in StatementPlea plea, IEnumerable<Grant> holding, GrantBook book, DateTimeOffset now)
    {
        Grant? chosen = null;
        (DenyReason Reason, Grant Grant)? closest = null;
        foreach (var grant in holding)
        {
            // The key says all this; a grant that is not this user's must not run even if it should lie.
            if (!string.Equals(grant.User, plea.User, StringComparison.Ordinal) || !grant.Databases.Contains(plea.Database, StringComparer.Ordinal))
                continue;

            var objection = Standing.FindObjection(grant, now)
                ?? (plea.IsWithin(grant.Request.Networks) ? default(DenyReason?) : DenyReason.WrongNetwork)
                ?? (plea.NeedsExport && !grant.Export ? DenyReason.ExportNotGranted : null);
            if (objection is not { } reason)
                chosen = chosen is null || ComparePower(grant, chosen) < 0 ? grant : chosen;
            else if (reason != DenyReason.NoGrant && (closest is not { } other || Helpfulness(reason) > Helpfulness(other.Reason)))
                closest = (reason, grant);
        }

        if (chosen is not null)
            return Decision.Allow(new Permit(chosen, plea.Database, chosen.EncodeStatement()));

        return Decision.Refuse(closest is { } found ? Objection.Of(found.Reason, found.Grant) : Objection.NoGrant(plea, book, now));
    }

    // Clear values are the greater power: they cannot be taken back.
    private static int ComparePower(Grant left, Grant right)
    {
        var order = left.Unmask.CompareTo(right.Unmask);
        if (order == 0)
            order = right.Request.Parameters.Length.CompareTo(left.Request.Parameters.Length);
        if (order == 0)
            order = left.Export.CompareTo(right.Export);
        if (order == 0)
            order = Nullable.Compare(left.ExpiresAt, right.ExpiresAt);

        return order == 0 ? left.Id.CompareTo(right.Id) : order;
    }

    // Of several grants that do not help, the requester hears of the one that needs least to help; of equal ones, the newest.
    private static int Helpfulness(DenyReason reason) =>
        reason is DenyReason.ExportNotGranted or DenyReason.WrongNetwork ? 2 : reason == DenyReason.GrantPending ? 1 : 0;

    private static Grant? FindOwn(string user, GrantBook book, long id) =>
        book.Find(id) is { } grant && string.Equals(grant.User, user, StringComparison.Ordinal) ? grant : null;
}
