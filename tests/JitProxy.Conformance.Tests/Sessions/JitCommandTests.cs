using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Asking for a statement, looking at grants and running one, without leaving the client.</summary>
[TestFixture]
internal sealed class JitCommandTests
{
    [Test]
    public async Task Refused_asked_for_approved_and_run_in_one_session()
    {
        const string Statement = "SELECT name, ssn FROM customers WHERE id = 3 AND name <> 'jit'";
        await using var connection = await Shared.Proxy.OpenAsync();
        Assert.That(() => ReadAsync(connection, "JIT REQUEST"), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("55000"));
        Assert.That(() => ReadAsync(connection, Statement), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501"));
        var asked = (await ReadAsync(connection, "JIT REQUEST '2h' REASON 'it''s ticket 123' UNMASK"))[0];
        Assert.That(asked[1..6], Is.EqualTo(new[] { "pending", "project-owner", null, "yes", "no" }));
        var grant = long.Parse(asked[0]!);
        Assert.That(await ReadAsync(connection, "jit grants"), Has.Some.Matches<string?[]>(row => row[0] == asked[0] && row[6] == Statement));
        Assert.That(() => ReadAsync(connection, $"JIT RUN {grant}"), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501"));
        await Shared.Proxy.ApproveAsync(grant);
        Assert.That((await Shared.Proxy.FindAsync(grant)).Reason, Is.EqualTo("it's ticket 123"));
        Assert.That((await ReadAsync(connection, $"JIT RUN {grant}"))[0], Is.EqualTo(new[] { "name3", "CANARY-ssn-3" }));
        Assert.That((await Shared.Proxy.AuditAsync($"decision=authorized&grant={grant}")).Select(static r => r.Statement), Is.EqualTo(new[] { Statement }));
    }

    [Test]
    public async Task Commands_can_be_prepared()
    {
        await using var connection = await Shared.Proxy.OpenAsync();
        await using var command = new NpgsqlCommand("JIT STATUS", connection);
        await command.PrepareAsync();
        for (var i = 0; i < 2; i++)
        {
            await using var reader = await command.ExecuteReaderAsync();
            Assert.That(reader.GetColumnSchema().Select(static c => c.ColumnName), Is.EqualTo(new[] { "name", "value" }));
            Assert.That(await reader.ReadAsync());
            Assert.That((reader.GetString(0), reader.GetString(1)), Is.EqualTo(("user", "alice")));
        }
    }

    [Test]
    public async Task Psql_shows_them_as_tables()
    {
        var run = await Shared.Proxy.PsqlAsync("-At", "-c", "JIT STATUS");
        Assert.That(run.Output, Does.StartWith("user|alice\ndatabase|shop/app\n"));
    }

    [TestCase("JIT", "42601")]
    [TestCase("JIT REQUEST 'soon'", "42601")]
    [TestCase("JIT REQUEST PLEASE", "42601")]
    [TestCase("JIT RUN x", "42601")]
    [TestCase("JIT RUN 999999", "42704")]
    public async Task What_is_no_command_says_how_they_are_written(string text, string sqlState)
    {
        await using var connection = await Shared.Proxy.OpenAsync();
        Assert.That(() => ReadAsync(connection, text), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo(sqlState));
        Assert.That(await ReadAsync(connection, "SELECT 1"), Has.Count.EqualTo(1), "the session goes on");
    }

    private static async Task<List<string?[]>> ReadAsync(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i).ToString())]);

        return rows;
    }
}
