using Npgsql;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>A server with the database app of shop.sql, which has everything that masks are for.</summary>
internal static class Shop
{
    /// <summary>The statement that most tests run.</summary>
    public const string Granted = "SELECT id, name, ssn, email, salary, born FROM customers WHERE id <= 2 ORDER BY id";

    /// <summary>What psql -At shows of it.</summary>
    public const string MaskedRows = "1|name1|******|C****************mple|1987650000|1960-01-01\n2|name2|******|C****************mple|1987650000|1960-01-01\n";

    /// <summary>The statement that nobody is granted.</summary>
    public const string Refused = "SELECT id, name, ssn, email, salary, born FROM customers WHERE id <= 3 ORDER BY id";

    /// <summary>Starts one.</summary>
    public static Task<ThrowAwayPostgres> StartAsync(params string[] settings) => StartAsync(PostgresRelease.System, settings);

    /// <summary>Starts one of a release.</summary>
    public static async Task<ThrowAwayPostgres> StartAsync(PostgresRelease release, params string[] settings)
    {
        var server = ThrowAwayPostgres.Start(release, Ports.Free(), settings);
        try
        {
            await RunAsync(server, "postgres", "CREATE DATABASE app");
            await RunAsync(server, "app", await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Support", "shop.sql")));
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements as the server's administrator, past the proxy; the first value of the last row, or null.</summary>
    public static async Task<object?> RunAsync(ThrowAwayPostgres server, string database, string statements)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionStringOf(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statements, connection) { CommandTimeout = 300 };
        return await command.ExecuteScalarAsync();
    }
}
