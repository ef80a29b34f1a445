using JitProxy.Conformance.Tests.Authenticate;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>A server with the databases of shop-mysql.sql, and the proxy before it, both with TLS. The proxy signs in over verified TLS.</summary>
internal sealed class MySqlShop : IAsyncDisposable
{
    /// <summary>The statement that most tests run.</summary>
    public const string Granted = "SELECT id, name, ssn, email, salary, born, worth FROM customers WHERE id <= 2 ORDER BY id";

    /// <summary>The same for one customer.</summary>
    public const string Numbered = "SELECT id, name, ssn, email, salary, born, worth FROM customers WHERE id = ?";

    /// <summary>What <c>mariadb -N -B</c> and <c>mysql -N -B</c> show of <see cref="Granted"/>.</summary>
    public const string MaskedRows =
        "1\tname1\t******\tC****************mple\t1987650000\t1960-01-01\t4987650000\n2\tname2\t******\tC****************mple\t1987650000\t1960-01-01\t4987650000\n";

    /// <summary>The statement that nobody is granted.</summary>
    public const string Refused = "SELECT id, name, ssn, email, salary, born, worth FROM customers WHERE id <= 3 ORDER BY id";

    private readonly MySqlServers _certificates;

    private MySqlShop(MySqlProduct product, IMySqlServer server, ThrowAwayProxy proxy, MySqlServers certificates) =>
        (Product, Server, Proxy, _certificates) = (product, server, proxy, certificates);

    /// <summary>What the server is.</summary>
    public MySqlProduct Product { get; }

    /// <summary>The server.</summary>
    public IMySqlServer Server { get; }

    /// <summary>The proxy before it.</summary>
    public ThrowAwayProxy Proxy { get; }

    /// <summary>The certificate of both, which also is the authority to trust.</summary>
    public string Certificate => _certificates.Certificate;

    /// <summary>Starts one.</summary>
    public static async Task<MySqlShop> StartAsync(MySqlProduct product)
    {
        var certificates = new MySqlServers();
        IMySqlServer? server = null;
        try
        {
            server = product == MySqlProduct.MariaDb
                ? ThrowAwayMariaDb.Start(Ports.Free(), certificates.Settings)
                : ThrowAwayMySql.Start(Ports.Free(), certificates.Settings);
            server.Execute(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Support", "shop-mysql.sql")));
            var proxy = await ThrowAwayProxy.StartAsync(server, certificates);
            return new(product, server, proxy, certificates);
        }
        catch
        {
            server?.Dispose();
            certificates.Dispose();
            throw;
        }
    }

    /// <summary>What MySqlConnector needs to reach the proxy, or a relay before it; add what a test needs beside.</summary>
    public static string ConnectionStringFor(int port) =>
        $"Server=127.0.0.1;Port={port};User ID=alice;Password={ThrowAwayProxy.Password};Database=app;Pooling=false;AllowUserVariables=true";

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Server.Dispose();
        _certificates.Dispose();
    }
}
