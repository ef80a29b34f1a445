namespace JitProxy.Storage.Audit;

/// <summary>What an audit record tells of. The numbers are stored: append, never renumber.</summary>
public enum AuditEvent : byte
{
    /// <summary>Not a record (the journal uses zero for the texts that records share).</summary>
    None = 0,

    /// <summary>A statement was let through by a grant; written before it goes upstream.</summary>
    Authorized = 1,

    /// <summary>An execution ended; <see cref="AuditRecord.Execution"/> names its beginning.</summary>
    Finished = 2,

    /// <summary>A statement was refused; nothing went upstream.</summary>
    Denied = 3,

    /// <summary>Somebody signed in.</summary>
    Login = 4,

    /// <summary>Somebody failed to sign in.</summary>
    LoginRefused = 5,

    /// <summary>A session ended.</summary>
    Logout = 6,

    /// <summary>A statement was let through by the housekeeping rules, without a grant.</summary>
    Housekeeping = 7,

    /// <summary>A grant was asked for.</summary>
    GrantRequested = 8,

    /// <summary>An approver signed a step.</summary>
    GrantApproved = 9,

    /// <summary>An approver refused.</summary>
    GrantRejected = 10,

    /// <summary>The requester took the request back.</summary>
    GrantCanceled = 11,

    /// <summary>A grant was ended before its time.</summary>
    GrantRevoked = 12,

    /// <summary>A grant got more time.</summary>
    GrantExtended = 13,

    /// <summary>A person was added.</summary>
    UserAdded = 14,

    /// <summary>A person was removed.</summary>
    UserRemoved = 15,

    /// <summary>A person's password changed.</summary>
    PasswordChanged = 16,

    /// <summary>A token was made.</summary>
    TokenCreated = 17,

    /// <summary>A token was withdrawn.</summary>
    TokenRevoked = 18,

    /// <summary>A new configuration came into force.</summary>
    ConfigurationLoaded = 19,

    /// <summary>A new configuration was refused; the old one stays.</summary>
    ConfigurationRefused = 20,

    /// <summary>Bytes were sent ahead of a TLS handshake: a possible injection.</summary>
    TlsInjection = 21,

    /// <summary>The proxy started.</summary>
    Started = 22,

    /// <summary>The proxy stopped in order.</summary>
    Stopped = 23,

    /// <summary>Records were lost, as after a power cut; <see cref="AuditRecord.Rows"/> says how many, this one's number is the first.</summary>
    Lost = 24,

    /// <summary>A protocol message was refused that holds no statement.</summary>
    MessageRefused = 25,

    /// <summary>An owner looked at what was done in an emergency.</summary>
    GrantReviewed = 26,

    /// <summary>Rows begin to leave as an export: <see cref="AuditRecord.Detail"/> has the format, <see cref="AuditRecord.Execution"/> what runs.</summary>
    ExportStarted = 27,

    /// <summary>An export ended: rows, bytes and SHA-256 of what left are there also if it broke off.</summary>
    Exported = 28,

    /// <summary>Old records were removed, as the retention says; <see cref="AuditRecord.Rows"/> is the number of the last one, the detail its hash.</summary>
    Pruned = 29,
}
