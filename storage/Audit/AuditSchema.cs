using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>The trail's tables, apart from those of users and grants, which lie in the same file.</summary>
internal static class AuditSchema
{
    /// <summary>The format this program writes and reads.</summary>
    public const long Format = 3;

    /// <summary>The oldest format that is read. Files older than the current one lack summaries or counts: they are made when such a file is opened.</summary>
    public const long OldestFormat = 1;

    private const string Tables = """
        CREATE TABLE IF NOT EXISTS audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            format INTEGER NOT NULL,
            trail BLOB NOT NULL,
            last_seq INTEGER NOT NULL,
            last_hash BLOB NOT NULL,
            counted_seq INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS audit_block (
            first_seq INTEGER PRIMARY KEY,
            last_seq INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            previous_hash BLOB NOT NULL,
            last_hash BLOB NOT NULL,
            body BLOB NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS audit_block_last_at ON audit_block (last_at);
        CREATE TABLE IF NOT EXISTS audit_index (
            kind INTEGER NOT NULL,
            value ANY NOT NULL,
            bucket INTEGER NOT NULL,
            PRIMARY KEY (kind, value, bucket)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS audit_summary (
            bucket INTEGER PRIMARY KEY,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            events INTEGER NOT NULL,
            outcomes INTEGER NOT NULL,
            rows_max INTEGER NOT NULL,
            bytes_max INTEGER NOT NULL,
            duration_max INTEGER NOT NULL,
            elsewhere INTEGER NOT NULL,
            signature BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS audit_tally (
            kind INTEGER NOT NULL,
            value TEXT NOT NULL,
            hour INTEGER NOT NULL,
            event INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            records INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            PRIMARY KEY (kind, value, hour, event, outcome)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS audit_anchor (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            seq INTEGER NOT NULL,
            hash BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS audit_forward (
            name TEXT PRIMARY KEY,
            seq INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS audit_count (
            grant_id INTEGER PRIMARY KEY,
            executions INTEGER NOT NULL) STRICT;
        """;

    /// <summary>Makes the tables that are missing, and the head of a new trail.</summary>
    public static void Ensure(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Run(connection, Tables);
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO audit_head (id, format, trail, last_seq, last_hash, counted_seq)
            VALUES (1, $format, randomblob(16), 0, zeroblob(32), 0) ON CONFLICT DO NOTHING
            """;
        command.Parameters.AddWithValue("$format", Format);
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    public static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
