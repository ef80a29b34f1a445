namespace JitProxy.Wire.MySql;

/// <summary>The first byte of what a client sends once it is signed in. Names as in the protocol, without `COM_`.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html</remarks>
public enum MySqlCommand : byte
{
    /// <summary>Internal to servers.</summary>
    Sleep = 0x00,

    /// <summary>The client leaves; no answer.</summary>
    Quit = 0x01,

    /// <summary>Another default database.</summary>
    InitDb = 0x02,

    /// <summary>A statement, or several.</summary>
    Query = 0x03,

    /// <summary>The columns of a table, without any SQL.</summary>
    FieldList = 0x04,

    /// <summary>Makes a database; obsolete.</summary>
    CreateDb = 0x05,

    /// <summary>Drops a database; obsolete.</summary>
    DropDb = 0x06,

    /// <summary>Flushes caches; obsolete.</summary>
    Refresh = 0x07,

    /// <summary>Stops the server; obsolete.</summary>
    Shutdown = 0x08,

    /// <summary>A line of figures about the server.</summary>
    Statistics = 0x09,

    /// <summary>All sessions with their statements; obsolete.</summary>
    ProcessInfo = 0x0A,

    /// <summary>Internal to servers.</summary>
    Connect = 0x0B,

    /// <summary>Ends a session; obsolete.</summary>
    ProcessKill = 0x0C,

    /// <summary>Writes internals into the server's log.</summary>
    Debug = 0x0D,

    /// <summary>Asks for a sign of life.</summary>
    Ping = 0x0E,

    /// <summary>Internal to servers.</summary>
    Time = 0x0F,

    /// <summary>Internal to servers.</summary>
    DelayedInsert = 0x10,

    /// <summary>Signs in anew, perhaps as somebody else.</summary>
    ChangeUser = 0x11,

    /// <summary>Becomes a replica.</summary>
    BinlogDump = 0x12,

    /// <summary>A whole table, for replicas; obsolete.</summary>
    TableDump = 0x13,

    /// <summary>Internal to servers.</summary>
    ConnectOut = 0x14,

    /// <summary>Registers a replica.</summary>
    RegisterSlave = 0x15,

    /// <summary>Prepares a statement.</summary>
    StmtPrepare = 0x16,

    /// <summary>Runs a prepared statement.</summary>
    StmtExecute = 0x17,

    /// <summary>A piece of a parameter; no answer.</summary>
    StmtSendLongData = 0x18,

    /// <summary>Forgets a prepared statement; no answer.</summary>
    StmtClose = 0x19,

    /// <summary>Forgets the pieces of parameters, and closes the cursor.</summary>
    StmtReset = 0x1A,

    /// <summary>Turns several statements in one COM_QUERY on or off.</summary>
    SetOption = 0x1B,

    /// <summary>Rows of a cursor.</summary>
    StmtFetch = 0x1C,

    /// <summary>Internal to servers.</summary>
    Daemon = 0x1D,

    /// <summary>Becomes a replica, by GTIDs.</summary>
    BinlogDumpGtid = 0x1E,

    /// <summary>Makes the session as new.</summary>
    ResetConnection = 0x1F,

    /// <summary>Copies a server (MySQL).</summary>
    Clone = 0x20,

    /// <summary>Subscribes to replication groups (MySQL).</summary>
    SubscribeGroupReplicationStream = 0x21,

    /// <summary>Several commands in one (MariaDB; withdrawn).</summary>
    MariaDbMulti = 0xFE,

    /// <summary>Runs a prepared statement with many rows of parameters (MariaDB).</summary>
    MariaDbStmtBulkExecute = 0xFA,
}
