using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Users;

/// <summary>People who may sign in, as the store keeps them.</summary>
public sealed class UserTable
{
    private const string Columns = "name, salt, iterations, stored_key, server_key, sha256_twice, sha1_twice, created_at";

    private readonly StoreConnection _connection;

    internal UserTable(StoreConnection connection) => _connection = connection;

    /// <summary>All, by name.</summary>
    public IReadOnlyList<UserAccount> ReadAll() => _connection.Query($"SELECT {Columns} FROM store_users ORDER BY name", Read);

    /// <summary>Adds one; false if the name is taken.</summary>
    public bool TryAdd(UserAccount user) => _connection.Execute(
        $"INSERT INTO store_users ({Columns}) VALUES ($name, $salt, $iterations, $stored, $server, $sha256, $sha1, $created) ON CONFLICT DO NOTHING",
        ("$name", user.Name),
        ("$salt", user.Salt.ToArray()),
        ("$iterations", user.Iterations),
        ("$stored", user.Password?.StoredKey.ToArray()),
        ("$server", user.Password?.ServerKey.ToArray()),
        ("$sha256", user.Password?.Sha256Twice.ToArray()),
        ("$sha1", user.Password?.Sha1Twice.ToArray()),
        ("$created", StoreConnection.Format(user.CreatedAt))) == 1;

    /// <summary>Replaces the password; false if there is nobody of that name. Salt and iterations stay, because the tokens share them.</summary>
    public bool TrySetPassword(string name, PasswordVerifiers password) => _connection.Execute(
        """
        UPDATE store_users SET stored_key = $stored, server_key = $server, sha256_twice = $sha256, sha1_twice = $sha1
        WHERE name = $name AND salt = $salt AND iterations = $iterations
        """,
        ("$name", name),
        ("$salt", password.Salt.ToArray()),
        ("$iterations", password.Iterations),
        ("$stored", password.StoredKey.ToArray()),
        ("$server", password.ServerKey.ToArray()),
        ("$sha256", password.Sha256Twice.ToArray()),
        ("$sha1", password.Sha1Twice.ToArray())) == 1;

    /// <summary>Removes one with all tokens; false if there is nobody of that name. Grants stay, as history.</summary>
    public bool TryRemove(string name) => _connection.Execute("DELETE FROM store_users WHERE name = $name", ("$name", name)) == 1;

    private static UserAccount Read(SqliteDataReader row)
    {
        var salt = row.GetFieldValue<byte[]>(1);
        var iterations = row.GetInt32(2);
        var password = row.IsDBNull(3)
            ? null
            : new PasswordVerifiers(
                salt,
                iterations,
                row.GetFieldValue<byte[]>(3),
                row.GetFieldValue<byte[]>(4),
                row.GetFieldValue<byte[]>(5),
                row.GetFieldValue<byte[]>(6));
        return new(row.GetString(0), salt, iterations, password, StoreConnection.Time(row.GetString(7)));
    }
}
