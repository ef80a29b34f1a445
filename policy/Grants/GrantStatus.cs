namespace JitProxy.Policy.Grants;

/// <summary>Where a grant is in its life: pending -> active -> expired or revoked; pending -> rejected or canceled.</summary>
public enum GrantStatus : byte
{
    /// <summary>Requested; at least one step is unsigned. Allows nothing. The default.</summary>
    Pending = 0,

    /// <summary>Every step is signed, and its time has not run out.</summary>
    Active,

    /// <summary>Its time has run out. Never stored: it follows from the clock.</summary>
    Expired,

    /// <summary>Taken back by an approver or owner while it was active.</summary>
    Revoked,

    /// <summary>Turned down by an approver.</summary>
    Rejected,

    /// <summary>Withdrawn by its requester before it was approved.</summary>
    Canceled,
}
