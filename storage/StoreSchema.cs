using System.Globalization;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage;

/// <summary>The tables of users, tokens and grants, and how an older file becomes a current one.</summary>
internal static class StoreSchema
{
    // "JITP": says that a SQLite file is ours (https://sqlite.org/pragma.html#pragma_application_id).
    private const long ApplicationId = 0x4A495450;

    // Each entry brings a file from the version of its index to the next. Append; never change one that was released.
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE store_users (
            name TEXT PRIMARY KEY,
            salt BLOB NOT NULL,
            iterations INTEGER NOT NULL,
            stored_key BLOB,
            server_key BLOB,
            sha256_twice BLOB,
            sha1_twice BLOB,
            created_at TEXT NOT NULL) STRICT;
        CREATE TABLE store_tokens (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user TEXT NOT NULL REFERENCES store_users (name) ON DELETE CASCADE,
            secret_hash BLOB NOT NULL UNIQUE,
            stored_key BLOB NOT NULL,
            server_key BLOB NOT NULL,
            sha256_twice BLOB NOT NULL,
            sha1_twice BLOB NOT NULL,
            created_at TEXT NOT NULL,
            expires_at TEXT NOT NULL,
            revoked_at TEXT) STRICT;
        CREATE INDEX store_tokens_user ON store_tokens (user);
        CREATE TABLE store_grants (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            user TEXT NOT NULL,
            project TEXT NOT NULL,
            databases TEXT NOT NULL,
            dialect TEXT NOT NULL,
            schema_name TEXT NOT NULL,
            statement TEXT,
            role TEXT,
            asked_unmask INTEGER NOT NULL,
            asked_export INTEGER NOT NULL,
            asked_ticks INTEGER NOT NULL,
            asked_executions INTEGER,
            reason TEXT NOT NULL,
            extends INTEGER,
            state TEXT NOT NULL,
            revision INTEGER NOT NULL,
            requested_at TEXT NOT NULL,
            unmask INTEGER NOT NULL,
            export INTEGER NOT NULL,
            duration_ticks INTEGER NOT NULL,
            executions_max INTEGER,
            steps TEXT NOT NULL,
            approved_at TEXT,
            expires_at TEXT,
            executions INTEGER NOT NULL CHECK (executions_max IS NULL OR executions <= executions_max),
            ended_by TEXT,
            ended_at TEXT,
            end_comment TEXT) STRICT;
        INSERT INTO store_meta (key, value) VALUES ('secret', randomblob(32)), ('last_grant', 0);
        """,

        // Steps may name several roles and belong together: an older program would lose that, and must not write here.
        """
        UPDATE store_meta SET value = value WHERE key = 'schema';
        """,
        """
        ALTER TABLE store_grants ADD COLUMN again INTEGER;
        ALTER TABLE store_grants ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
        """,
        """
        ALTER TABLE store_grants ADD COLUMN break_glass INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE store_grants ADD COLUMN reviewed_by TEXT;
        ALTER TABLE store_grants ADD COLUMN reviewed_at TEXT;
        ALTER TABLE store_grants ADD COLUMN review_comment TEXT;
        """,
        """
        ALTER TABLE store_grants ADD COLUMN parameters TEXT NOT NULL DEFAULT '[]';
        """,
    ];

    /// <summary>Makes a new file ours, brings an older one up to date, and refuses what is not ours or from the future.</summary>
    public static void Ensure(SqliteConnection connection, string path)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        RefuseForeign(connection, path);
        Run(connection, "CREATE TABLE IF NOT EXISTS store_meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT");
        var version = ReadNumber(connection, "SELECT coalesce((SELECT value FROM store_meta WHERE key = 'schema'), 0)");
        if (version > Migrations.Length)
        {
            throw new StoreException(
                $"the store was written by a newer JitProxy (its schema is {version}, this program knows up to {Migrations.Length})",
                path,
                "Run the newer program, or restore the backup from before the upgrade.");
        }

        for (; version < Migrations.Length; version++)
            Run(connection, Migrations[version]);

        Run(connection, string.Create(CultureInfo.InvariantCulture, $"INSERT OR REPLACE INTO store_meta (key, value) VALUES ('schema', {version})"));
        Run(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
        transaction.Commit();
    }

    /// <summary>Runs a command without parameters.</summary>
    public static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    // The trail's tables lie in the same file, and may have come first.
    private static void RefuseForeign(SqliteConnection connection, string path)
    {
        var id = ReadNumber(connection, "PRAGMA application_id");
        var strangers = ReadNumber(
            connection,
            "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'audit\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
        if (id != ApplicationId && (id != 0 || strangers != 0))
            throw new StoreException("the database belongs to another program", path, "Name another file under `storage` in the configuration.");
    }

    private static long ReadNumber(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
