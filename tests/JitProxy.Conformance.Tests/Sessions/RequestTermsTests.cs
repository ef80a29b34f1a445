using System.Data.Common;
using System.Text.Json;
using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>What a request may be bound to, from the command line to the driver, on every engine.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
[TestFixture(AnyShop.MySql)]
internal sealed class RequestTermsTests(string engine)
{
    private AnyDoor _door = null!;

    private string Parameter => engine == AnyShop.PostgreSql ? "$1" : "?";

    [OneTimeSetUp]
    public async Task FindAsync() => _door = await AnyDoor.OfAsync(engine);

    [Test]
    public async Task Parameters_are_held_to_what_was_approved()
    {
        var statement = $"SELECT name FROM customers WHERE id = {Parameter} AND name <> 'terms'";
        var grant = await GrantAsync(statement, "--param", "1=int:1..3");
        await using var connection = await _door.OpenAsync();
        Assert.That(await RunAsync(connection, statement, 3), Is.EqualTo("name3"));
        var error = Assert.CatchAsync<DbException>(() => RunAsync(connection, statement, 4))!;
        Assert.That(error.Message, Does.Contain("a parameter is not what was approved"));
        Assert.That(await RunAsync(connection, statement, 1), Is.EqualTo("name1"), "the session goes on");
        Assert.That((await _door.Proxy.AuditAsync($"decision=authorized&grant={grant}")).Count, Is.EqualTo(2));
        Assert.That((await _door.Proxy.CommandAsync("grant", $"{grant}")).Output, Does.Contain("1=int:1..3"), "the approver sees it");
    }

    [Test]
    public async Task A_grant_is_used_from_its_networks_alone()
    {
        const string Near = "SELECT count(*) FROM customers WHERE id > 0 AND name <> 'near'";
        const string Far = "SELECT count(*) FROM customers WHERE id > 0 AND name <> 'far'";
        await GrantAsync(Near, "--from", "10.0.0.0/8", "--from", "127.0.0.0/8");
        await GrantAsync(Far, "--from", "192.0.2.0/24");
        await using var connection = await _door.OpenAsync();

        Assert.That(Convert.ToInt64(await AnyDoor.RunAsync(connection, Near)), Is.GreaterThan(0));
        var error = Assert.CatchAsync<DbException>(() => AnyDoor.RunAsync(connection, Far))!;
        Assert.That(error.Message, Does.Contain("its grant is for clients of other networks"));
    }

    [Test]
    public async Task A_rejected_request_is_made_again_narrowed_used_once_and_extended()
    {
        const string Statement = "SELECT ssn FROM customers WHERE id = 2 AND name <> 'life'";
        var first = await AskAsync(Statement, "--unmask", "--expires", "4h");
        await SucceedAsync("reject", $"{first}", "--comment", "masked will do", "--as", "bob");
        var second = await NumberOfAsync("request", "--again", $"{first}", "--no-unmask", "--executions", "1", "--reason", "then masked", "--as", "alice");
        await SucceedAsync("approve", $"{second}", "--expires", "1h", "--as", "bob");
        await using var connection = await _door.OpenAsync();
        Assert.That(await AnyDoor.RunAsync(connection, Statement), Is.EqualTo("******"));
        Assert.That(() => AnyDoor.RunAsync(connection, Statement), Throws.InstanceOf<DbException>().With.Message.Contain("as often as it allows"));

        var third = await NumberOfAsync("extend", $"{second}", "--expires", "2h", "--as", "alice");
        Assert.That(() => AnyDoor.RunAsync(connection, Statement), Throws.InstanceOf<DbException>().With.Message.Contain("waiting for approval"), "more time is approved anew");
        await _door.Proxy.ApproveAsync(third);
        Assert.That(await AnyDoor.RunAsync(connection, Statement), Is.EqualTo("******"), "what was taken away stays away");
        Assert.That(() => AnyDoor.RunAsync(connection, Statement), Throws.InstanceOf<DbException>());
    }

    private async Task<long> GrantAsync(string statement, params string[] more)
    {
        var grant = await AskAsync(statement, more);
        await _door.Proxy.ApproveAsync(grant);
        return grant;
    }

    private Task<long> AskAsync(string statement, params string[] more) =>
        NumberOfAsync(["request", "--as", "alice", "--database", "shop/app", "--statement", statement, "--reason", "a test", .. more]);

    private async Task<long> NumberOfAsync(params string[] command)
    {
        using var json = JsonDocument.Parse(await SucceedAsync([.. command, "--json"]));
        return json.RootElement.GetProperty("id").GetInt64();
    }

    private async Task<string> SucceedAsync(params string[] command)
    {
        var run = await _door.Proxy.CommandAsync(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Output;
    }

    private static async Task<object?> RunAsync(DbConnection connection, string statement, int value)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        var parameter = command.CreateParameter();
        parameter.Value = value;
        command.Parameters.Add(parameter);
        await command.PrepareAsync();
        return await command.ExecuteScalarAsync();
    }
}
