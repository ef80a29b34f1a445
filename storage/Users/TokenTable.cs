using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Users;

/// <summary>Tokens, as the store keeps them.</summary>
public sealed class TokenTable
{
    private readonly StoreConnection _connection;

    internal TokenTable(StoreConnection connection) => _connection = connection;

    /// <summary>All that could still be used at that time, oldest first.</summary>
    public IReadOnlyList<AccessToken> ReadValid(DateTimeOffset now) => _connection.Query(
        """
        SELECT t.id, t.user, t.secret_hash, u.salt, u.iterations, t.stored_key, t.server_key, t.sha256_twice, t.sha1_twice,
            t.created_at, t.expires_at, t.revoked_at
        FROM store_tokens t JOIN store_users u ON u.name = t.user
        WHERE t.revoked_at IS NULL AND t.expires_at > $now ORDER BY t.id
        """,
        Read,
        ("$now", StoreConnection.Format(now)));

    /// <summary>Keeps a new token and gives it its number; the number that it came with is not used.</summary>
    public AccessToken Add(AccessToken token)
    {
        var ids = _connection.Query(
            """
            INSERT INTO store_tokens (user, secret_hash, stored_key, server_key, sha256_twice, sha1_twice, created_at, expires_at)
            VALUES ($user, $hash, $stored, $server, $sha256, $sha1, $created, $expires) RETURNING id
            """,
            static row => row.GetInt64(0),
            ("$user", token.User),
            ("$hash", token.SecretHash.ToArray()),
            ("$stored", token.Verifiers.StoredKey.ToArray()),
            ("$server", token.Verifiers.ServerKey.ToArray()),
            ("$sha256", token.Verifiers.Sha256Twice.ToArray()),
            ("$sha1", token.Verifiers.Sha1Twice.ToArray()),
            ("$created", StoreConnection.Format(token.CreatedAt)),
            ("$expires", StoreConnection.Format(token.ExpiresAt)));
        return token with { Id = ids[0] };
    }

    /// <summary>Takes a token back; false if there is none of that number that was not taken back before.</summary>
    public bool TryRevoke(long id, DateTimeOffset now) => _connection.Execute(
        "UPDATE store_tokens SET revoked_at = $now WHERE id = $id AND revoked_at IS NULL",
        ("$id", id),
        ("$now", StoreConnection.Format(now))) == 1;

    private static AccessToken Read(SqliteDataReader row)
    {
        var verifiers = new PasswordVerifiers(
            row.GetFieldValue<byte[]>(3),
            row.GetInt32(4),
            row.GetFieldValue<byte[]>(5),
            row.GetFieldValue<byte[]>(6),
            row.GetFieldValue<byte[]>(7),
            row.GetFieldValue<byte[]>(8));
        return new(
            row.GetInt64(0),
            row.GetString(1),
            row.GetFieldValue<byte[]>(2),
            verifiers,
            StoreConnection.Time(row.GetString(9)),
            StoreConnection.Time(row.GetString(10)),
            row.IsDBNull(11) ? null : StoreConnection.Time(row.GetString(11)));
    }
}
