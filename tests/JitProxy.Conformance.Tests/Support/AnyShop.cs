using System.Globalization;
using JitProxy.Policy.Sql;
using MySqlConnector;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// The same data on any engine, with a proxy of its own before it: what all engines have to do alike is tested once. Masked are ssn (full), email (all but the
/// first and the last four characters) and salary (rounded to ten thousands).
/// </summary>
internal sealed class AnyShop : IAsyncDisposable
{
    public const string PostgreSql = "postgresql";
    public const string MariaDb = "mariadb";
    public const string MySql = "mysql";

    // What no client may see of the masked columns.
    public static readonly string[] Canaries = ["CANARY", "1987654"];

    private readonly string _engine;
    private readonly IDisposable _server;
    private readonly Action<string[]> _execute;
    private readonly Func<string, object?> _ask;
    private ThrowAwayProxy? _proxy;
    private string _transport = "auto";

    private AnyShop(string engine, IDisposable server, int port, Action<string[]> execute, Func<string, object?> ask) =>
        (_engine, _server, ServerPort, _execute, _ask) = (engine, server, port, execute, ask);

    public ThrowAwayProxy Proxy => _proxy!;

    public int ServerPort { get; }

    public bool IsPostgres => _engine == PostgreSql;

    public SqlDialect Dialect => IsPostgres ? SqlDialect.PostgreSql : SqlDialect.MySql;

    /// <summary>Starts a server and a proxy.</summary>
    /// <param name="engine">One of the constants.</param>
    /// <param name="project">More settings of the project, each behind a comma.</param>
    /// <param name="sections">More sections of the configuration.</param>
    /// <param name="transport">What bytes are moved by.</param>
    public static async Task<AnyShop> StartAsync(string engine, string project = "", string sections = "", string transport = "auto")
    {
        var shop = engine switch
        {
            PostgreSql => OfPostgres(),
            MariaDb => OfMariaDb(),
            _ => OfMySql(),
        };
        shop._transport = transport;
        try
        {
            shop.Fill();
            shop._proxy = await ThrowAwayProxy.StartAsync(shop.ServerPort, proxy => shop.Configure(proxy, project, sections));
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs statements as the server's administrator, past the proxy, in the database app.</summary>
    public void Execute(params string[] statements) => _execute(statements);

    /// <summary>Whether the server runs a statement that holds this text.</summary>
    public bool IsRunning(string text)
    {
        var count = IsPostgres
            ? _ask($"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%{text}%'")
            : _ask($"SELECT count(*) FROM information_schema.processlist WHERE id <> connection_id() AND info LIKE '%{text}%'");
        return Convert.ToInt64(count, CultureInfo.InvariantCulture) > 0;
    }

    /// <summary>A number that the server answers with, past the proxy.</summary>
    public long Count(string query) => Convert.ToInt64(_ask(query), CultureInfo.InvariantCulture);

    /// <summary>Writes other settings, which the proxy takes over by itself a moment later.</summary>
    public Task ReconfigureAsync(string project, string sections = "") => File.WriteAllTextAsync(Proxy.ConfigurationPath, Configure(Proxy, project, sections));

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();

        _server.Dispose();
    }

    private static AnyShop OfPostgres()
    {
        var server = ThrowAwayPostgres.Start(Ports.Free());
        Shop.RunAsync(server, "postgres", "CREATE DATABASE app").GetAwaiter().GetResult();
        return new(PostgreSql, server, server.Port, statements => Array.ForEach(statements, statement => Ask(statement)), Ask);

        object? Ask(string statement) => Shop.RunAsync(server, "app", statement).GetAwaiter().GetResult();
    }

    private static AnyShop OfMariaDb()
    {
        var server = ThrowAwayMariaDb.Start(Ports.Free());
        server.Execute("CREATE DATABASE app");
        return new(MariaDb, server, server.Port!.Value, statements => server.Execute(["USE app", .. statements]), statement => Ask(server.ConnectionStringOf("app"), statement));
    }

    private static AnyShop OfMySql()
    {
        var server = ThrowAwayMySql.Start(Ports.Free());
        server.Execute("CREATE DATABASE app");
        return new(MySql, server, server.Port, statements => server.Execute(["USE app", .. statements]), statement => Ask(server.ConnectionStringOf("app"), statement));
    }

    private static object? Ask(string connectionString, string statement)
    {
        using var connection = new MySqlConnection(connectionString);
        connection.Open();
        using var command = new MySqlCommand(statement, connection);
        return command.ExecuteScalar();
    }

    private void Fill()
    {
        var (bytes, moment, real, escape) = IsPostgres ? ("BYTEA", "TIMESTAMP", "FLOAT8", @"'\x00ff27'") : ("BLOB", "DATETIME(6)", "DOUBLE", "X'00ff27'");
        Execute(
            "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(50), ssn VARCHAR(30), email VARCHAR(60), salary INT, born DATE, vip BOOLEAN, note TEXT,"
                + $" doc JSON, photo {bytes}, worth DECIMAL(20,4), ratio {real}, at {moment})",
            $"""
            INSERT INTO customers VALUES
            (1, 'name1', 'CANARY-1', 'CANARY1@example.com', 1987654, '1969-07-20', true, 'plain', '{"{\"a\": [1, null]}"}', {escape}, 12345678901234.5678, 0.5, '2026-01-02 03:04:05.678'),
            (2, 'Ünï "2", o''clock', 'CANARY-2', NULL, 1987654, '2000-02-29', false, '=1+1', NULL, NULL, -0.1000, -1.5e300, '1999-12-31 23:59:59')
            """,
            $"INSERT INTO customers (id, name, note) VALUES (3, '', 'a\nb\tc{(IsPostgres ? @"\" : @"\\")}d,;')",
            "CREATE TABLE digits (d INT PRIMARY KEY)",
            "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
            "CREATE TABLE numbers (n INT PRIMARY KEY)",
            "INSERT INTO numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d FROM digits a, digits b, digits c, digits d");
        if (IsPostgres)
            Execute("CREATE ROLE jitproxy LOGIN PASSWORD 'jitproxy-password'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO jitproxy");
        else
            Execute("CREATE USER jitproxy@'%' IDENTIFIED BY 'jitproxy-password'", "GRANT SELECT, SHOW VIEW ON *.* TO jitproxy@'%'");
    }

    private string Configure(ThrowAwayProxy proxy, string project, string sections)
    {
        var table = IsPostgres ? "shop/app.public.customers" : "shop/app.customers";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            storage: sqlite:{{proxy.State}}/jitproxy.db
            admin: { socket: {{proxy.Socket}} }
            servers:
              shop:
                engine: {{(IsPostgres ? "postgresql" : "mysql")}}
                environment: prod
                listen: 127.0.0.1:{{proxy.Port}}
                transport: {{_transport}}
                upstream: { host: 127.0.0.1, port: {{ServerPort}}, user: jitproxy, password: jitproxy-password, tls: disable }
            projects:
              store: { databases: [shop/app], owners: [bob], just_in_time_access: true{{project}} }
            approval: { fallback: [project-owner] }
            masking:
              semantic_types:
                secret: { algorithm: full }
                mail: { algorithm: inner_outer, prefix: 1, suffix: 4 }
                money: { algorithm: round, digits: -4 }
              columns:
                {{table}}.ssn: secret
                {{table}}.email: mail
                {{table}}.salary: money
            {{sections}}

            """);
    }
}
