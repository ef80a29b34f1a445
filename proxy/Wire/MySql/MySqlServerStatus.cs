namespace JitProxy.Wire.MySql;

/// <summary>Where a session stands, in every OK and EOF packet.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html (SERVER_STATUS_flags_enum)</remarks>
[Flags]
#pragma warning disable CA1028 // The wire has 16 bits without a sign.
public enum MySqlServerStatus : ushort
#pragma warning restore CA1028
{
    /// <summary>Nothing to say.</summary>
    None = 0,

    /// <summary>A transaction is open.</summary>
    InTransaction = 1 << 0,

    /// <summary>Each statement is a transaction of its own.</summary>
    Autocommit = 1 << 1,

    /// <summary>Another result follows.</summary>
    MoreResultsExist = 1 << 3,

    /// <summary>No good index was used.</summary>
    NoGoodIndexUsed = 1 << 4,

    /// <summary>No index was used.</summary>
    NoIndexUsed = 1 << 5,

    /// <summary>The statement has an open cursor; its rows come by COM_STMT_FETCH.</summary>
    CursorExists = 1 << 6,

    /// <summary>The cursor has given its last row.</summary>
    LastRowSent = 1 << 7,

    /// <summary>A database was dropped.</summary>
    DatabaseDropped = 1 << 8,

    /// <summary>A backslash is no escape in literals.</summary>
    NoBackslashEscapes = 1 << 9,

    /// <summary>A prepared statement was prepared again, and its result has another shape.</summary>
    MetadataChanged = 1 << 10,

    /// <summary>The statement was slow.</summary>
    QueryWasSlow = 1 << 11,

    /// <summary>This result holds the output parameters of a CALL.</summary>
    PsOutParameters = 1 << 12,

    /// <summary>The open transaction is a read-only one.</summary>
    InReadOnlyTransaction = 1 << 13,

    /// <summary>The OK packet says what changed in the session.</summary>
    SessionStateChanged = 1 << 14,
}
