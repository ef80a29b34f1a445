namespace JitProxy.Policy.Sql;

/// <summary>What sort of command a statement is; a role grant names the kinds that it allows.</summary>
public enum StatementKind : byte
{
    /// <summary>Anything that has no name of its own below, and the default: unknown.</summary>
    Other = 0,

    /// <summary>SELECT, VALUES, TABLE.</summary>
    Select,

    /// <summary>EXPLAIN, DESCRIBE.</summary>
    Explain,

    /// <summary>SHOW.</summary>
    Show,

    /// <summary>INSERT, REPLACE, MERGE with an insert arm.</summary>
    Insert,

    /// <summary>UPDATE.</summary>
    Update,

    /// <summary>DELETE.</summary>
    Delete,

    /// <summary>CREATE, ALTER, DROP, TRUNCATE, COMMENT, GRANT and their like.</summary>
    Ddl,

    /// <summary>CALL, DO.</summary>
    Call,

    /// <summary>SET, RESET.</summary>
    Set,

    /// <summary>BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their like.</summary>
    Transaction,

    /// <summary>COPY.</summary>
    Copy,

    /// <summary>Nothing but blanks and comments.</summary>
    Empty,
}
