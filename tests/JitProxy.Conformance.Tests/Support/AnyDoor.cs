using System.Data.Common;
using JitProxy.Conformance.Tests.Sessions;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Cli;
using MySqlConnector;
using Npgsql;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>The shared proxy of an engine, seen through its driver: what all engines have to do alike is tested with the same lines.</summary>
internal sealed class AnyDoor
{
    private readonly MySqlShop? _shop;

    private AnyDoor(MySqlShop? shop) => _shop = shop;

    public ThrowAwayProxy Proxy => _shop?.Proxy ?? Shared.Proxy;

    /// <summary>Finds one.</summary>
    /// <param name="engine">One of the constants of <see cref="AnyShop"/>.</param>
    public static async Task<AnyDoor> OfAsync(string engine) => engine switch
    {
        AnyShop.PostgreSql => new(null),
        AnyShop.MariaDb => new(await Shared.ShopAsync(MySqlProduct.MariaDb)),
        _ => new(await Shared.ShopAsync(MySqlProduct.MySql)),
    };

    /// <summary>The number of an error: SQLSTATE of PostgreSQL, the number of MySQL.</summary>
    public static string CodeOf(DbException error) => error switch
    {
        PostgresException postgres => postgres.SqlState,
        MySqlException mySql => $"{mySql.Number}",
        _ => "",
    };

    /// <summary>A connection that is not pooled. Npgsql tries a wrong password twice unless it is told not to ask for GSS encryption.</summary>
    public async Task<DbConnection> OpenAsync(string user = "alice", string password = ThrowAwayProxy.Password)
    {
        DbConnection connection = _shop is null
            ? new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Proxy.ConnectionString) { Username = user, Password = password, Pooling = false, GssEncryptionMode = GssEncryptionMode.Disable }.ConnectionString)
            : new MySqlConnection(new MySqlConnectionStringBuilder(MySqlShop.ConnectionStringFor(Proxy.Port))
            {
                UserID = user,
                Password = password,
                SslMode = MySqlSslMode.Required,
            }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a statement; its first value.</summary>
    public static async Task<object?> RunAsync(DbConnection connection, string statement, bool isPrepared = false)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        if (isPrepared)
            await command.PrepareAsync();

        return await command.ExecuteScalarAsync();
    }

    /// <summary>A token of somebody's.</summary>
    public async Task<TokenView> CreateTokenAsync(string user, string expires)
    {
        using var client = AdminClient.OverSocket(Proxy.Socket, user, Proxy.ConfigurationPath);
        return await client.SendAsync<TokenView>(HttpMethod.Post, "v1/tokens", new TokenBody(expires), CancellationToken.None);
    }

    /// <summary>And it is useless.</summary>
    public async Task RevokeTokenAsync(string user, long id)
    {
        using var client = AdminClient.OverSocket(Proxy.Socket, user, Proxy.ConfigurationPath);
        await client.SendAsync<Done>(HttpMethod.Delete, $"v1/tokens/{id}", null, CancellationToken.None);
    }
}
