using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>A grant is for the databases that its request names, and for no other that the server would let it reach.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class SeveralDatabasesTests(MySqlProduct product)
{
    private MySqlShop _shop = null!;

    [OneTimeSetUp]
    public async Task FindAsync() => _shop = await Shared.ShopAsync(product);

    [Test]
    public async Task A_statement_that_reaches_another_database_is_asked_for_with_both()
    {
        const string Statement = "SELECT count(*) FROM other.customers WHERE id > 0";
        var refused = await AskAsync("shop/app", Statement);
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Error, Does.Contain("reads the database other, which the request does not name").And.Contain("--database shop/app,shop/other"));

        var asked = await AskAsync("shop/app,shop/other", Statement, "--json");
        var grant = System.Text.Json.JsonDocument.Parse(asked.Output).RootElement.GetProperty("id").GetInt64();
        await _shop.Proxy.ApproveAsync(grant);
        await using var connection = await OpenAsync();
        Assert.That(await RunAsync(connection, Statement), Is.Not.Null);
    }

    [Test]
    public async Task One_request_for_two_databases_runs_in_each_and_in_no_third()
    {
        const string Statement = "SELECT count(*) FROM customers WHERE id >= 0";
        var asked = await AskAsync("shop/app,shop/other", Statement, "--json");
        var grant = System.Text.Json.JsonDocument.Parse(asked.Output).RootElement.GetProperty("id").GetInt64();
        await _shop.Proxy.ApproveAsync(grant);
        Assert.That((await _shop.Proxy.FindAsync(grant)).Databases, Is.EqualTo(new[] { "shop/app", "shop/other" }));
        foreach (var database in (string[])["app", "other"])
        {
            await using var connection = await OpenAsync(database);
            Assert.That(await RunAsync(connection, Statement), Is.Not.Null, database);
        }

        var records = await _shop.Proxy.AuditAsync($"decision=authorized&grant={grant}");
        Assert.That(records.Select(static r => r.Database), Is.EquivalentTo(new[] { "shop/app", "shop/other" }));
        var third = await AskAsync("shop/app,shop/mysql", Statement);
        Assert.That(third.ExitCode, Is.EqualTo(1));
        Assert.That(third.Error, Does.Contain("No project holds the database shop/mysql"));
    }

    private Task<ProcessRun> AskAsync(string databases, string statement, params string[] more) =>
        _shop.Proxy.CommandAsync(["request", "--as", "alice", "--database", databases, "--statement", statement, "--reason", "r", .. more]);

    private async Task<MySqlConnection> OpenAsync(string database = "app")
    {
        var settings = new MySqlConnectionStringBuilder(MySqlShop.ConnectionStringFor(_shop.Proxy.Port)) { Database = database, SslMode = MySqlSslMode.Required };
        var connection = new MySqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> RunAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }
}
