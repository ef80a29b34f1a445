namespace JitProxy.Wire.MySql;

/// <summary>What one end of a connection can do; what counts is what both can.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html</remarks>
[Flags]
#pragma warning disable CA1028 // The wire has 32 bits without a sign.
public enum MySqlCapabilities : uint
#pragma warning restore CA1028
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Long passwords, which everybody has; MariaDB clears it (CLIENT_MYSQL) to say that <see cref="MariaDbCapabilities"/> follow.</summary>
    LongPassword = 1 << 0,

    /// <summary>Updates report the rows found, not the rows changed.</summary>
    FoundRows = 1 << 1,

    /// <summary>Column flags have two bytes.</summary>
    LongFlag = 1 << 2,

    /// <summary>The handshake response names a database.</summary>
    ConnectWithDb = 1 << 3,

    /// <summary>No <c>database.table.column</c>.</summary>
    NoSchema = 1 << 4,

    /// <summary>Compression with zlib.</summary>
    Compress = 1 << 5,

    /// <summary>An ODBC client; means nothing any more.</summary>
    Odbc = 1 << 6,

    /// <summary>LOAD DATA LOCAL: the server may ask the client for files.</summary>
    LocalFiles = 1 << 7,

    /// <summary>Spaces before a parenthesis are ignored, which changes how statements read.</summary>
    IgnoreSpace = 1 << 8,

    /// <summary>The protocol of version 4.1 and later; without it nothing here applies.</summary>
    Protocol41 = 1 << 9,

    /// <summary>The longer time-out of interactive clients.</summary>
    Interactive = 1 << 10,

    /// <summary>TLS.</summary>
    Ssl = 1 << 11,

    /// <summary>Means nothing on the wire.</summary>
    IgnoreSigpipe = 1 << 12,

    /// <summary>Status flags tell about transactions.</summary>
    Transactions = 1 << 13,

    /// <summary>Means nothing any more.</summary>
    Reserved = 1 << 14,

    /// <summary>The login of version 4.1, with a 20-byte nonce.</summary>
    SecureConnection = 1 << 15,

    /// <summary>Several statements in one COM_QUERY.</summary>
    MultiStatements = 1 << 16,

    /// <summary>Several results of one COM_QUERY.</summary>
    MultiResults = 1 << 17,

    /// <summary>Several results of one COM_STMT_EXECUTE.</summary>
    PsMultiResults = 1 << 18,

    /// <summary>Authentication plugins are named.</summary>
    PluginAuth = 1 << 19,

    /// <summary>The client sends attributes of the connection.</summary>
    ConnectAttributes = 1 << 20,

    /// <summary>The authentication response has a length-encoded length.</summary>
    PluginAuthLenencData = 1 << 21,

    /// <summary>The client can sign in with an expired password to change it.</summary>
    CanHandleExpiredPasswords = 1 << 22,

    /// <summary>OK packets report changes of the session.</summary>
    SessionTrack = 1 << 23,

    /// <summary>Results end with OK instead of EOF.</summary>
    DeprecateEof = 1 << 24,

    /// <summary>Results may come without column definitions.</summary>
    OptionalResultsetMetadata = 1 << 25,

    /// <summary>Compression with zstd.</summary>
    ZstdCompressionAlgorithm = 1 << 26,

    /// <summary>Statements may carry attributes.</summary>
    QueryAttributes = 1 << 27,

    /// <summary>Several authentication factors.</summary>
    MultiFactorAuthentication = 1 << 28,

    /// <summary>Reserved for more capabilities.</summary>
    CapabilityExtension = 1 << 29,

    /// <summary>The client verifies the server's certificate; not for the wire.</summary>
    SslVerifyServerCert = 1 << 30,

    /// <summary>Not for the wire.</summary>
    RememberOptions = 1u << 31,
}

/// <summary>
/// What MariaDB adds, in the last four filler bytes of the handshake packets; counts only where
/// <see cref="MySqlCapabilities.LongPassword"/> is off.
/// </summary>
/// <remarks>https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection</remarks>
[Flags]
#pragma warning disable CA1028
public enum MariaDbCapabilities : uint
#pragma warning restore CA1028
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Progress reports in ERR packets.</summary>
    Progress = 1 << 0,

    /// <summary>COM_MULTI; withdrawn.</summary>
    ComMulti = 1 << 1,

    /// <summary>COM_STMT_BULK_EXECUTE.</summary>
    StmtBulkOperations = 1 << 2,

    /// <summary>Column definitions name the extended type.</summary>
    ExtendedMetadata = 1 << 3,

    /// <summary>Results of a prepared statement come without column definitions once the client has them.</summary>
    CacheMetadata = 1 << 4,

    /// <summary>A result for each row of a bulk.</summary>
    BulkUnitResults = 1 << 5,
}
