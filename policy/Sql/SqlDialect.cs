namespace JitProxy.Policy.Sql;

/// <summary>The server's language; it decides the lexical rules and what a name means.</summary>
public enum SqlDialect : byte
{
    /// <summary>PostgreSQL 14 and later.</summary>
    PostgreSql = 1,

    /// <summary>MySQL 8 and later.</summary>
    MySql = 2,

    /// <summary>MariaDB 10.6 and later.</summary>
    MariaDb = 3,
}
