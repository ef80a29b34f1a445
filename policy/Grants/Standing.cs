namespace JitProxy.Policy.Grants;

/// <summary>Whether a grant that holds a statement lets it run now.</summary>
internal static class Standing
{
    /// <summary>Null if it does; otherwise why not.</summary>
    public static DenyReason? FindObjection(Grant grant, DateTimeOffset now) => grant.StatusAt(now) switch
    {
        GrantStatus.Active => grant.IsSpent ? DenyReason.GrantSpent : null,
        GrantStatus.Pending => DenyReason.GrantPending,
        GrantStatus.Expired => DenyReason.GrantExpired,
        GrantStatus.Revoked => DenyReason.GrantRevoked,

        // These never were grants.
        GrantStatus.Rejected or GrantStatus.Canceled => DenyReason.NoGrant,
    };
}
