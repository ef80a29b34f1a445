using System.Diagnostics;
using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>MySQL sessions whose statements run on shared connections: nobody can tell, and nobody's trouble is a neighbour's.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlSharingTests(MySqlProduct product) : MySqlProductTests(product)
{
    private const string Found = "SELECT FOUND_ROWS()";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [OneTimeSetUp]
    public Task GrantAsync() => Shop.Proxy.GrantAsync(Found);

    [Test]
    public async Task Answers_are_the_same_text_and_prepared()
    {
        const string Text = "SELECT id, name, ssn, salary, born FROM customers WHERE id = 2 AND 'shared' <> ''";
        const string Numbered = "SELECT id, name, ssn, salary, born FROM customers WHERE id = ? AND 'shared' <> ''";
        await Shop.Proxy.GrantAsync(Text);
        await Shop.Proxy.GrantAsync(Numbered);
        await using var connection = await OpenAsync();
        var (text, prepared) = (await RowAsync(connection, Text), await RowAsync(connection, Numbered, 2));
        Assert.That(prepared, Is.EqualTo(text).And.Contain("******").And.Contain(1987650000));
        await UntilSharedAsync(Text);
        await UntilSharedAsync(Numbered, 2);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await RowAsync(connection, Text), Is.EqualTo(text));
            Assert.That(await RowAsync(connection, Numbered, 2), Is.EqualTo(text));
            Assert.That(await RowAsync(connection, Numbered, 3), Is.Empty.Or.Not.EqualTo(text));
        }
    }

    [Test]
    public async Task Every_session_gets_its_own_rows_and_every_run_is_in_the_trail()
    {
        const string Statement = "SELECT id, ssn FROM customers WHERE id = ? AND 'trail' <> ''";
        var grant = await Shop.Proxy.GrantAsync(Statement);
        await UntilSharedAsync(Statement, 1);
        var before = (await FinishedAsync(grant)).Count;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(number => Task.Run(async () =>
        {
            await using var connection = await OpenAsync();
            var id = 1 + (number % 2);
            for (var i = 0; i < 30; i++)
                Assert.That((await RowAsync(connection, Statement, id))[0], Is.EqualTo(id));
        })));
        var finished = (await FinishedAsync(grant)).Skip(before).Where(static r => r.Outcome == "ok").ToList();
        Assert.That(finished, Has.Count.EqualTo(240));
        Assert.That(finished.All(static r => r is { Rows: 1, Masked: ["ssn"] }));
    }

    [Test]
    public async Task Warnings_are_those_of_the_session()
    {
        const string Statement = "SELECT CAST(? AS SIGNED), 'warned'";
        await Shop.Proxy.GrantAsync(Statement);
        await UntilSharedAsync(Statement, "7");
        await using var clean = await OpenAsync();
        await using var warned = await OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await RowAsync(clean, Statement, "7");
            await RowAsync(warned, Statement, "7 apples");
            Assert.That(await RowAsync(warned, "SHOW WARNINGS"), Has.Length.EqualTo(3), "it was made again where its warnings are kept");
            Assert.That(await RowAsync(clean, "SHOW WARNINGS"), Is.Empty);
        }
    }

    [Test]
    public async Task What_asks_for_the_statement_before_is_never_answered_wrongly()
    {
        const string Statement = "SELECT id FROM customers WHERE id <= 2 AND 'found' <> ''";
        await Shop.Proxy.GrantAsync(Statement);
        await UntilSharedAsync(Statement);
        await using var connection = await OpenAsync();
        await RowAsync(connection, Statement);
        Assert.That(() => RowAsync(connection, Found), Throws.InstanceOf<MySqlException>().With.Message.Contains("shared connection"));
        await RowAsync(connection, Statement);
        Assert.That(await RowAsync(connection, Found), Is.EqualTo(new object[] { 2L }), "from then on the session keeps to its own connection");
    }

    [Test]
    public async Task Transactions_stay_on_the_own_connection()
    {
        const string Statement = "SELECT COUNT(*) FROM customers WHERE 'transaction' <> ''";
        await Shop.Proxy.GrantAsync(Statement);
        await UntilSharedAsync(Statement);
        await using var connection = await OpenAsync();
        var count = (await RowAsync(connection, Statement))[0];
        await RowAsync(connection, "BEGIN");
        Assert.That((await RowAsync(connection, Statement))[0], Is.EqualTo(count));
        Assert.That(await RowAsync(connection, Found), Is.EqualTo(new object[] { 1L }), "in a transaction it ran on the session's own connection");
        await RowAsync(connection, "ROLLBACK");
        Assert.That((await RowAsync(connection, Statement))[0], Is.EqualTo(count));
    }

    [Test]
    public async Task Next_session_has_the_same_connection_and_nothing_of_the_one_before()
    {
        const string Mine = "SELECT CONNECTION_ID()";
        const string Left = "SELECT @@time_zone, @@collation_connection, @@sql_mode";
        await Shop.Proxy.GrantAsync(Mine);
        object[] fresh;
        await using (var connection = await OpenAsync())
            fresh = await RowAsync(connection, Left);

        var clock = Stopwatch.StartNew();
        while (true)
        {
            object first;
            await using (var connection = await OpenAsync())
            {
                first = (await RowAsync(connection, Mine))[0];
                await RowAsync(connection, "SET time_zone = '+05:00'");
                Assert.That(await RowAsync(connection, Left), Is.Not.EqualTo(fresh));
            }

            // A moment later it is reset, and waits for the next.
            await using var next = await OpenAsync();
            var second = (await RowAsync(next, Mine))[0];
            Assert.That(await RowAsync(next, Left), Is.EqualTo(fresh));
            if (second.Equals(first))
                return;

            Assert.That(clock.Elapsed, Is.LessThan(Soon), "no connection was used again");
        }
    }

    [Test]
    public async Task Revocation_ends_it_at_once()
    {
        const string Statement = "SELECT COUNT(*) FROM customers WHERE 'shared and revoked' <> ''";
        var grant = await Shop.Proxy.GrantAsync(Statement);
        await using var connection = await OpenAsync();
        await RowAsync(connection, Statement);
        await UntilSharedAsync(Statement);
        await Shop.Proxy.RevokeAsync(grant);
        Assert.That(() => RowAsync(connection, Statement), Throws.InstanceOf<MySqlException>().With.Message.Contains("revoked"));
    }

    private async Task<List<Server.Admin.Contract.AuditView>> FinishedAsync(long grant) => await Shop.Proxy.AuditAsync($"decision=finished&grant={grant}");

    // The first row; empty if there is none. With parameters it is prepared.
    private static async Task<object[]> RowAsync(MySqlConnection connection, string statement, params object[] parameters)
    {
        await using var command = new MySqlCommand(statement, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });

        if (parameters.Length > 0)
            await command.PrepareAsync();

        await using var reader = await command.ExecuteReaderAsync();
        var row = Array.Empty<object>();
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            if (row.Length == 0)
                row = values;
        }

        return row;
    }

    // Only behind a run on a shared connection it cannot be said how many rows that had.
    private async Task UntilSharedAsync(string statement, params object[] parameters)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            await using var connection = await OpenAsync();
            for (var i = 0; i < 4; i++)
                await RowAsync(connection, statement, parameters);

            try
            {
                await RowAsync(connection, Found);
            }
            catch (MySqlException e) when (e.Message.Contains("shared connection", StringComparison.Ordinal))
            {
                return;
            }

            Assert.That(clock.Elapsed, Is.LessThan(Soon), string.Create(CultureInfo.InvariantCulture, $"it never ran on a shared connection: {statement}"));
        }
    }
}
