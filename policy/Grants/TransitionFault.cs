namespace JitProxy.Policy.Grants;

/// <summary>Why a grant does not change.</summary>
public enum TransitionFault : byte
{
    /// <summary>Nobody decided; the default, and a refusal.</summary>
    Unspecified = 0,

    /// <summary>The request lacks something or contradicts itself.</summary>
    Malformed,

    /// <summary>Only a pending request can be approved, rejected or canceled.</summary>
    NotPending,

    /// <summary>Only an active grant can be revoked.</summary>
    NotActive,

    /// <summary>Somebody may still decide about it.</summary>
    NotStale,

    /// <summary>Only a break-glass grant that nobody has reviewed can be reviewed.</summary>
    NotReviewable,

    /// <summary>Only a rejected request can be made again.</summary>
    NotRejected,

    /// <summary>Only an active or expired grant can be extended.</summary>
    NotExtendable,

    /// <summary>The next step belongs to a role that the signer does not hold.</summary>
    NotYourStep,

    /// <summary>The step needs signatures of different people, and the signer has given one.</summary>
    AlreadySigned,

    /// <summary>Nobody signs their own request, unless the project says so.</summary>
    OwnRequest,

    /// <summary>Only the requester can cancel or extend.</summary>
    NotRequester,

    /// <summary>Only somebody who could have approved it, an owner or the administrator can revoke it.</summary>
    NotApprover,

    /// <summary>Only an owner of the project reviews what was done in it.</summary>
    NotOwner,

    /// <summary>A rejection or a review needs a comment.</summary>
    CommentMissing,

    /// <summary>An approver can shorten and narrow, not lengthen or widen.</summary>
    WiderThanAsked,

    /// <summary>It has run as often as it may.</summary>
    Spent,
}
