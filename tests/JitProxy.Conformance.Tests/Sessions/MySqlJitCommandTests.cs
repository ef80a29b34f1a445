using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Asking for a statement, looking at grants and running one, without leaving a client of MySQL or MariaDB.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlJitCommandTests(MySqlProduct product)
{
    private MySqlShop _shop = null!;

    private ThrowAwayProxy Proxy => _shop.Proxy;

    [OneTimeSetUp]
    public async Task FindAsync() => _shop = await Shared.ShopAsync(product);

    [Test]
    public async Task Command_line_asks_looks_and_runs([Values(MySqlClients.MariaDb, MySqlClients.MySql)] string client)
    {
        var statement = $"SELECT name, ssn FROM customers WHERE id = 3 AND name <> '{client}'";
        var asked = await MySqlClients.RunAsync(
            client, Proxy.Port, ["--force"], $"JIT REQUEST;\n{statement};\nJIT REQUEST '2h' REASON 'it''s ticket 9' UNMASK;\nJIT GRANTS;\nJIT STATUS;\n");
        Assert.That(asked.Error, Does.Contain("no statement was refused in this session").And.Contain("no active grant holds"));
        var lines = asked.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var row = lines[0].Split('\t');
        Assert.That(row[1..], Is.EqualTo(new[] { "pending", "project-owner", "NULL", "yes", "no", statement }));
        Assert.That(lines, Has.Some.EqualTo("user\talice").And.Some.EqualTo("database\tshop/app").And.Some.EqualTo($"last refused\t{statement}"));
        Assert.That(lines.Count(line => line == lines[0]), Is.EqualTo(2), "as JIT REQUEST says it, so does JIT GRANTS");
        var grant = long.Parse(row[0]);
        Assert.That((await Proxy.FindAsync(grant)).Reason, Is.EqualTo("it's ticket 9"));

        var early = await MySqlClients.RunAsync(client, Proxy.Port, [], $"JIT RUN {grant};\n");
        Assert.That(early.Error, Does.Contain("ERROR 1142 (42000)").And.Contain("still waiting for approval"));
        await Proxy.ApproveAsync(grant);
        var run = await MySqlClients.RunAsync(client, Proxy.Port, [], $"jit run {grant};\nSELECT 1;\n");
        Assert.That((run.Output, run.Error), Is.EqualTo(("name3\tCANARY-ssn-3\n1\n", "")));
        Assert.That((await Proxy.AuditAsync($"decision=authorized&grant={grant}")).Select(static r => r.Statement), Is.EqualTo(new[] { statement }));
    }

    [Test]
    public async Task Driver_asks_looks_and_runs([Values] bool isPrepared)
    {
        var statement = $"SELECT name FROM customers WHERE id = 4 AND name <> 'driver {isPrepared}'";
        await using var connection = await OpenAsync();
        Assert.That(() => ReadAsync(connection, "JIT REQUEST", isPrepared), Throws.InstanceOf<MySqlException>().With.Message.Contain("no statement was refused"));
        Assert.That(() => ReadAsync(connection, statement, isPrepared), Throws.InstanceOf<MySqlException>().With.Property("Number").EqualTo(1142));
        var asked = (await ReadAsync(connection, "JIT REQUEST '2h' REASON 'ticket' EXPORT", isPrepared))[0];
        Assert.That(asked[1..6], Is.EqualTo(new[] { "pending", "project-owner", null, "no", "yes" }));
        Assert.That(await ReadAsync(connection, "JIT GRANTS", isPrepared), Has.Some.Matches<string?[]>(row => row[0] == asked[0] && row[6] == statement));
        Assert.That((await ReadAsync(connection, "JIT STATUS", isPrepared))[0], Is.EqualTo(new[] { "user", "alice" }));

        await Proxy.ApproveAsync(long.Parse(asked[0]!));
        for (var i = 0; i < 2; i++)
            Assert.That((await ReadAsync(connection, $"JIT RUN {asked[0]}", isPrepared))[0], Is.EqualTo(new[] { "name4" }));
    }

    [Test]
    public async Task A_prepared_command_answers_anew_each_time()
    {
        await using var connection = await OpenAsync();
        await using var status = new MySqlCommand("JIT STATUS", connection);
        await status.PrepareAsync();
        Assert.That(await LastRefusedAsync(), Is.Null);
        foreach (var statement in (string[])["SELECT 1 FROM orders WHERE id = 98", "SELECT 1 FROM orders WHERE id = 99"])
        {
            Assert.That(() => ReadAsync(connection, statement, false), Throws.InstanceOf<MySqlException>());
            Assert.That(await LastRefusedAsync(), Is.EqualTo(statement));
        }

        async Task<string?> LastRefusedAsync()
        {
            await using var reader = await status.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                if (reader.GetString(0) == "last refused")
                    return reader.IsDBNull(1) ? null : reader.GetString(1);
            }

            return "nothing";
        }
    }

    [TestCase("JIT", 1064)]
    [TestCase("JIT REQUEST 'soon'", 1064)]
    [TestCase("JIT RUN x", 1064)]
    [TestCase("JIT RUN 999999", 1105)]
    public async Task What_is_no_command_says_how_they_are_written(string text, int number)
    {
        await using var connection = await OpenAsync();
        foreach (var isPrepared in (bool[])[false, true])
        {
            var error = Assert.CatchAsync<MySqlException>(() => ReadAsync(connection, text, isPrepared))!;
            Assert.That(error.Number, Is.EqualTo(number), error.Message);
        }

        Assert.That(await ReadAsync(connection, "SELECT 1", false), Has.Count.EqualTo(1), "the session goes on");
    }

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(MySqlShop.ConnectionStringFor(Proxy.Port) + ";SslMode=Required");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<List<string?[]>> ReadAsync(MySqlConnection connection, string text, bool isPrepared)
    {
        await using var command = new MySqlCommand(text, connection);
        if (isPrepared)
            await command.PrepareAsync();

        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i).ToString())]);

        return rows;
    }
}
