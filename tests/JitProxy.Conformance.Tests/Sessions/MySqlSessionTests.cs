using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>MySQL's protocol end to end: real servers, real clients, and every byte that they are sent.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlSessionTests(MySqlProduct product) : MySqlProductTests(product)
{
    [Test]
    public async Task Command_line_gets_a_granted_statement_masked_and_goes_on_after_a_refusal(
        [Values(MySqlClients.MariaDb, MySqlClients.MySql)] string client, [Values] bool isTls)
    {
        var run = await MySqlClients.RunAsync(client, Relay.Port, ["-f"], $"{MySqlShop.Granted.Replace("SELECT", "select  /* trace 7 */", StringComparison.Ordinal)};\n{MySqlShop.Refused};\nSELECT 1;\n", isTls);
        Assert.That(run.Output, Is.EqualTo($"{MySqlShop.MaskedRows}1\n"), run.Error);
        Assert.That(run.Error, Does.Contain("ERROR 1142 (42000)").And.Contain("this has \"id <= 3\"").And.Contain("jitproxy request --denied"));
    }

    [Test]
    public async Task Prepared_statement_comes_masked_and_type_true([Values] bool isTls)
    {
        await using var connection = await OpenAsync(isTls ? MySqlSslMode.Required : MySqlSslMode.None);
        await using var command = new MySqlCommand(MySqlShop.Numbered, connection) { Parameters = { new() { Value = 2 } } };
        await command.PrepareAsync();
        for (var i = 0; i < 2; i++)
        {
            await using var reader = await command.ExecuteReaderAsync();
            Assert.That(await reader.ReadAsync());
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            Assert.That(values, Is.EqualTo(new object[] { 2, "name2", "******", "C****************mple", 1987650000, new DateTime(1960, 1, 1), 4987650000m }));
            Assert.That(await reader.ReadAsync(), Is.False);
        }
    }

    // PostgreSQL's rules read these as constants; the server reads a query of the table.
    [TestCase(@"select 'a\' , ' , (select ssn from customers limit 1) -- '")]
    [TestCase("select ssn from customers")]
    [TestCase("select last_insert_id(salary) from customers")]
    [TestCase("select 1; select ssn from customers")]
    [TestCase("set @a = (select ssn from customers limit 1)")]
    [TestCase("set sql_mode = 'ANSI_QUOTES'")]
    [TestCase("set session transaction read write")]
    [TestCase("handler customers open")]
    public async Task Statement_without_a_grant_does_not_run(string statement)
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(statement, connection);
        var error = Assert.CatchAsync<MySqlException>(() => command.ExecuteScalarAsync());
        Assert.That(error!.Number, Is.EqualTo(1142), error.Message);
        await using var after = new MySqlCommand("SELECT 1", connection);
        Assert.That(await after.ExecuteScalarAsync(), Is.EqualTo(1), "the connection stays usable");
    }

    [Test]
    public async Task Grant_of_one_database_does_not_hold_in_another()
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(MySqlShop.Granted, connection);
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1), "it is remembered from here on");
        await connection.ChangeDatabaseAsync("other");
        var error = Assert.CatchAsync<MySqlException>(() => command.ExecuteScalarAsync());
        Assert.That(error!.Message, Does.Contain("shop/other"));
        await connection.ChangeDatabaseAsync("app");
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
        Assert.That(() => connection.ChangeDatabaseAsync("mysql"), Throws.InstanceOf<MySqlException>());
    }

    [Test]
    public async Task Trail_has_the_execution_and_its_end()
    {
        await MySqlClients.RunAsync(MySqlClients.MariaDb, Relay.Port, ["-e", MySqlShop.Granted]);
        var records = await Shop.Proxy.AuditAsync();
        Assert.That(records.Select(static r => r.Event), Does.Contain("authorized").And.Contain("finished"));
        Assert.That((await Shop.Proxy.VerifyAsync()).Intact, Is.True);
    }

    [Test]
    public async Task Revocation_takes_effect_at_the_next_execution_and_in_the_middle_of_one()
    {
        const string Statement = "SELECT id, name, ssn FROM customers WHERE id = ? AND 'revoked' <> ''";
        var grant = await Shop.Proxy.GrantAsync(Statement);
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(Statement, connection) { Parameters = { new() { Value = 1 } } };
        await command.PrepareAsync();
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
        await Shop.Proxy.RevokeAsync(grant);
        var error = Assert.CatchAsync<MySqlException>(() => command.ExecuteScalarAsync());
        Assert.That(error!.Message, Does.Contain("revoked"));

        // Nine to the tenth: hours of work.
        var slowly = $"SELECT COUNT(*) FROM {string.Join(" JOIN ", Enumerable.Range(0, 10).Select(static i => $"customers c{i}"))} WHERE CONCAT(c0.name, c9.name) <> c5.name";
        var slow = await Shop.Proxy.GrantAsync(slowly);
        await using var other = await OpenAsync();
        await using var running = new MySqlCommand(slowly, other) { CommandTimeout = 60 };
        var result = running.ExecuteScalarAsync();
        while (!(await Shop.Proxy.AuditAsync($"grant={slow}")).Any(static r => r.Event == "authorized"))
            Assert.That(result.IsCompleted, Is.False, "it takes far longer than the test needs");

        await Shop.Proxy.RevokeAsync(slow);
        error = Assert.CatchAsync<MySqlException>(() => result);
        Assert.That(error!.Number, Is.EqualTo(1142), error.Message);
        Assert.That(error.Message, Does.Contain("revoked"));
        await using var after = new MySqlCommand("SELECT 1", other);
        Assert.That(await after.ExecuteScalarAsync(), Is.EqualTo(1), "the connection stays usable");
    }

    [Test]
    public async Task Recorder_sees_what_is_not_masked()
    {
        const string Statement = "SELECT ssn, salary, born, account, rate, worth FROM customers WHERE id = ? AND 'clear' = 'clear'";
        await Shop.Proxy.GrantAsync(Statement, new(Unmask: true));
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(Statement, connection) { Parameters = { new() { Value = 1 } } };
        await command.PrepareAsync();
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo("CANARY-ssn-1"));
        Assert.That(Canaries.FindInMySql(Relay.Take()), Is.SupersetOf(new[] { "\"CANARY\"", "int", "date", "bigint", "double", "\"49876543\"" }));
    }
}
