using System.Data.Common;
using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>
/// Sessions of both engines over the runtime's sockets, as on systems without epoll: the same answers, refusals, masks and ends. All the other tests run over epoll;
/// <c>./test.sh --transport socket</c> runs them all over sockets.
/// </summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
internal sealed class SocketTransportTests(string engine)
{
    private const string Masked = "SELECT id, ssn FROM customers WHERE id < 3";
    private const string Numbers = "SELECT n FROM numbers";
    private const string Slow = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n = 17";

    private AnyShop _shop = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await AnyShop.StartAsync(engine, transport: "socket");
        foreach (var statement in (string[])[Masked, Numbers])
            await _shop.Proxy.GrantAsync(statement);
    }

    [OneTimeTearDown]
    public ValueTask StopAsync() => _shop.DisposeAsync();

    [Test]
    public async Task Granted_statements_run_masked_and_others_are_refused()
    {
        await using var connection = await OpenAsync();
        Assert.That(await ReadAsync(connection, Masked), Is.EqualTo(new[] { "1,******", "2,******" }));
        Assert.That(() => ReadAsync(connection, "SELECT id FROM customers"), Throws.InstanceOf<DbException>().With.Message.Contains("no active grant"));
        Assert.That(await ReadAsync(connection, Masked), Has.Length.EqualTo(2), "the connection stays usable");
    }

    [Test]
    public async Task Many_sessions_at_once_have_their_own_answers()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            await using var connection = await OpenAsync();
            var texts = new List<string>();
            for (var i = 0; i < 20; i++)
                texts.AddRange(await ReadAsync(connection, Masked));

            return texts;
        }));
        Assert.That(answers.SelectMany(static texts => texts).Distinct(), Is.EquivalentTo(new[] { "1,******", "2,******" }));
        Assert.That(answers.Sum(static texts => texts.Count), Is.EqualTo(40 * 20 * 2));
    }

    [Test]
    public async Task A_capped_result_ends_with_an_error_that_names_the_cap()
    {
        await using var connection = await OpenAsync();
        Assert.That(() => ReadAsync(connection, Numbers), Throws.InstanceOf<DbException>().With.Message.Contains("limits.rows"));
        Assert.That(await ReadAsync(connection, Masked), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task A_statement_whose_grant_is_revoked_ends()
    {
        var grant = await _shop.Proxy.GrantAsync(Slow);
        await using var connection = await OpenAsync();
        var running = ReadAsync(connection, Slow);
        while (!_shop.IsRunning("a.n + b.n + c.n = 17"))
            Assert.That(running.IsCompleted, Is.False, "it runs for minutes if nobody stops it");

        await _shop.Proxy.RevokeAsync(grant);
        Assert.That(() => running, Throws.InstanceOf<DbException>());
        Assert.That(() => _shop.IsRunning("a.n + b.n + c.n = 17"), Is.False.After(20_000, 100));
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = _shop.IsPostgres
            ? new NpgsqlConnection(_shop.Proxy.ConnectionString + ";Pooling=false")
            : new MySqlConnection(
                $"Server=127.0.0.1;Port={_shop.Proxy.Port};User ID=alice;Password={ThrowAwayProxy.Password};Database=app;Pooling=false;Connection Timeout=60;Default Command Timeout=120");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<string[]> ReadAsync(DbConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join(',', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));

        return [.. rows];
    }
}
