using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Drivers and command lines of MySQL and MariaDB, as their users run them: with an account that has no rights but one granted statement.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlClientTests(MySqlProduct product) : MySqlProductTests(product)
{
    [Test]
    public Task PyMySQL_works([Values] bool isTls) =>
        CheckAsync("pymysql_client.py", isTls, MySqlShop.Numbered.Replace("= ?", "<= ", StringComparison.Ordinal));

    [Test]
    public Task Node_mysql2_works([Values] bool isTls) => CheckAsync("mysql2_client.js", isTls, MySqlShop.Numbered);

    [Test]
    public Task Node_mariadb_works([Values] bool isTls) => CheckAsync("mariadb_client.js", isTls, MySqlShop.Numbered);

    [Test]
    public Task MariaDB_Connector_J_works([Values] bool isTls) => CheckAsync("MariaDbJdbcClient.java", isTls, MySqlShop.Numbered);

    [Test]
    public async Task MySqlConnector_browses_resets_and_pools([Values] bool isTls)
    {
        var settings = new MySqlConnectionStringBuilder(MySqlShop.ConnectionStringFor(Relay.Port))
        {
            SslMode = isTls ? MySqlSslMode.VerifyCA : MySqlSslMode.None,
            SslCa = isTls ? Shop.Certificate : "",
            AllowPublicKeyRetrieval = true,
            Pooling = true,
            MaximumPoolSize = 3,
            ConnectionReset = true,
        };
        await using var source = new MySqlDataSource(settings.ConnectionString);
        for (var i = 0; i < 6; i++)
        {
            await using var connection = await source.OpenConnectionAsync();
            Assert.That(await connection.PingAsync());
            await using var command = new MySqlCommand(MySqlShop.Granted, connection);
            Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
            await using var refused = new MySqlCommand(MySqlShop.Refused, connection);
            var error = Assert.CatchAsync<MySqlException>(() => refused.ExecuteScalarAsync());
            Assert.That((error!.Number, error.SqlState), Is.EqualTo((1142, "42000")), error.Message);
            Assert.That(error.Message, Does.Contain("may not run this statement").And.Contain("jitproxy request --denied"));
        }

        await using var browsing = await source.OpenConnectionAsync();
        await browsing.ResetConnectionAsync();
        foreach (var collection in (string[])["Databases", "Tables", "Columns", "Views", "Indexes", "IndexColumns", "Foreign Keys", "KeyColumnUsage", "ReferentialConstraints", "CharacterSets", "Collations", "Engines", "Triggers"])
            Assert.That((await browsing.GetSchemaAsync(collection)).Columns, Is.Not.Empty, collection);

        await using var transaction = await browsing.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted);
        await using var inside = new MySqlCommand(MySqlShop.Granted, browsing, transaction);
        await using (var reader = await inside.ExecuteReaderAsync())
        {
            Assert.That((await reader.GetColumnSchemaAsync()).Select(static c => c.DataType), Is.EqualTo(new[] { typeof(int), typeof(string), typeof(string), typeof(string), typeof(int), typeof(DateTime), typeof(decimal) }));
            Assert.That(await reader.ReadAsync());
        }

        await transaction.CommitAsync();
    }

    [Test]
    public async Task Command_line_follows_its_databases_and_shows_its_status(
        [Values(MySqlClients.MariaDb, MySqlClients.MySql)] string client, [Values] bool isTls)
    {
        var script = $"\\s\nuse other\nSELECT DATABASE();\n{MySqlShop.Granted};\nuse app\n{MySqlShop.Granted};\nSHOW WARNINGS;\n\\W\n\\C utf8mb4\nSELECT DATABASE();\n";
        var run = await MySqlClients.RunAsync(client, Relay.Port, ["--auto-rehash", "-f"], script, isTls);
        Assert.That(run.Output, Does.Contain(isTls ? "Cipher in use" : "Not in use").And.Contain($"TCP port:\t\t{Relay.Port}"), run.Text);
        Assert.That(run.Output, Does.Contain($"other\n{MySqlShop.MaskedRows}").And.EndWith("app\n"));
        Assert.That(run.Error, Does.Contain("ERROR 1142 (42000)").And.Contain("shop/other").And.Contain("jitproxy request --denied"));
    }

    [Test]
    public async Task Command_line_completes_names_at_a_terminal([Values(MySqlClients.MariaDb, MySqlClients.MySql)] string client)
    {
        // The names of columns come by COM_FIELD_LIST, one per table, when the prompt appears.
        var command = $"{(client == MySqlClients.MySql ? $"{ThrowAwayMySql.Programs}/mysql" : "mariadb")} --no-defaults --auto-rehash -h 127.0.0.1 -P {Relay.Port} -u alice app";
        var environment = new Dictionary<string, string> { ["MYSQL_PWD"] = ThrowAwayProxy.Password, ["MYSQL_HISTFILE"] = "/dev/null", ["TERM"] = "xterm" };
        var tls = client == MySqlClients.MySql ? "--ssl-mode=DISABLED --get-server-public-key" : "--skip-ssl";
        var run = await ProcessRun.RunAsync("script", ["-qec", $"{command} {tls}", "/dev/null"], environment, $"use other\nuse app\n{MySqlShop.Granted};\nselect 7 * 6;\nexit\n");
        Assert.That(run.Output, Does.Contain("42").And.Contain("C****************mple").And.Contain("Database changed"), run.Text);
        Assert.That(run.Output, Does.Not.Contain("ERROR"));
    }

    [Test]
    public async Task Tools_ping_and_show_names([Values(MySqlClients.MariaDb, MySqlClients.MySql)] string client)
    {
        Assert.That((await MySqlClients.ToolAsync(client, "admin", Relay.Port, ["ping"])).Output, Does.Contain("is alive"));
        Assert.That((await MySqlClients.ToolAsync(client, "admin", Relay.Port, ["status"])).Output, Does.Contain("Uptime"));
        foreach (var (arguments, expected) in ((string[], string)[])[([], "| app "), (["app"], "customers"), (["app", "orders"], "customer_id"), (["-k", "app", "orders"], "of_customer"), (["--status", "app"], "InnoDB")])
        {
            var run = await MySqlClients.ToolAsync(client, "show", Relay.Port, arguments);
            Assert.That(run.ExitCode, Is.Zero, run.Text);
            Assert.That(run.Output, Does.Contain(expected), run.Text);
        }

        // It counts rows by statements like any other, and takes a refusal for none.
        var counted = await MySqlClients.ToolAsync(client, "show", Relay.Port, ["--count", "app"]);
        Assert.That(counted.Text, Does.Contain("customers").And.Not.Contain(" 9 "));
        Assert.That((await Shop.Proxy.AuditAsync("decision=denied")).Select(static r => r.Statement), Has.Some.EqualTo("SELECT COUNT(*) FROM `customers`"));
    }

    [TestCase("--skip-lock-tables", "--no-data")]
    [TestCase("--single-transaction")]
    [TestCase("--lock-tables")]
    public async Task Dumps_end_before_the_first_row(params string[] arguments)
    {
        foreach (var client in (string[])[MySqlClients.MariaDb, MySqlClients.MySql])
        {
            var run = await MySqlClients.ToolAsync(client, "dump", Relay.Port, [.. arguments, "app"]);
            Assert.That(run.ExitCode, Is.Not.Zero, run.Text);
            Assert.That(run.Output, Does.Not.Contain("INSERT INTO"));
        }

        var refusals = await Shop.Proxy.AuditAsync("decision=denied");
        Assert.That(refusals.Select(static r => r.Statement), Has.Some.Contains("character_set_results = 'binary'").Or.Some.Contains("LOCK TABLES"));
    }

    private Task CheckAsync(string script, bool isTls, string third)
    {
        var environment = new Dictionary<string, string>
        {
            ["MYSQL_TCP_PORT"] = Relay.Port.ToString(CultureInfo.InvariantCulture),
            ["MYSQL_PWD"] = ThrowAwayProxy.Password,
            ["CLIENT_CA"] = isTls ? Shop.Certificate : "",
        };
        return ForeignScript.CheckAsync(script, environment, MySqlShop.Granted, MySqlShop.Refused, third);
    }
}
