namespace JitProxy.Policy.Grants;

/// <summary>Why a statement was refused. The one place that words it for people is the server's Refusal.</summary>
public enum DenyReason : byte
{
    /// <summary>Nobody decided; the default, and a refusal.</summary>
    Unspecified = 0,

    /// <summary>No grant of this user on this database holds the statement.</summary>
    NoGrant,

    /// <summary>A grant of this user is close, but a token differs.</summary>
    StatementDiffers,

    /// <summary>The grant for it exists and is still waiting for its approvers.</summary>
    GrantPending,

    /// <summary>The grant for it has run out of time.</summary>
    GrantExpired,

    /// <summary>The grant for it was revoked.</summary>
    GrantRevoked,

    /// <summary>The grant for it has been executed as often as it allows.</summary>
    GrantSpent,

    /// <summary>The session asks for a grant that does not hold this statement.</summary>
    GrantNotApplicable,

    /// <summary>The statement is granted, but bulk extraction (COPY) needs Export, which no grant for it has.</summary>
    ExportNotGranted,

    /// <summary>The text is not valid SQL text: NUL, invalid UTF-8, an unterminated literal or comment, too large or too deep.</summary>
    Unreadable,

    /// <summary>A setting that the session may not change.</summary>
    SettingNotAllowed,

    /// <summary>A catalogue read that touches data values, or a function that is not on the list.</summary>
    CatalogueReadNotAllowed,

    /// <summary>A protocol message or command that JitProxy does not pass on.</summary>
    MessageNotSupported,

    /// <summary>The audit trail cannot be written.</summary>
    TrailUnavailable,

    /// <summary>The result's shape is not the one that was analysed.</summary>
    ShapeChanged,

    /// <summary>The result is larger than the limit on rows.</summary>
    RowLimit,

    /// <summary>The result is larger than the limit on bytes.</summary>
    SizeLimit,

    /// <summary>The approved statement is no longer a proven read: a function or operator that it uses has changed since.</summary>
    NotReadOnly,

    /// <summary>The statement chooses or orders rows by a masked column, and the masking policy denies that.</summary>
    MaskedPredicate,

    /// <summary>The statement would put a masked value where it can be read in clear.</summary>
    MaskedWrite,

    /// <summary>The open transaction does not allow it: it belongs to another grant, or its grant has ended.</summary>
    TransactionForbids,

    /// <summary>The grant for it may be used from other networks only.</summary>
    WrongNetwork,

    /// <summary>A parameter's value is not one that was approved.</summary>
    ParameterNotAllowed,

    /// <summary>A role grant is active, but its role does not allow what the statement does.</summary>
    RoleNotEnough,

    /// <summary>A setting of the grant's project does not allow its use now.</summary>
    ProjectForbids,

    /// <summary>A parameter's type is not one of the server's own.</summary>
    ParameterTypeNotAllowed,
}
