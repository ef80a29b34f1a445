using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>The rules of `audit.redact` on MySQL's wire: texts, prepared statements, values sent ahead.</summary>
internal sealed class MySqlRedactionTests
{
    private const string Canary = "CANARY-4711";
    private const string Rules = """{ redact: [ { condition: 'resource.table_name == "customers"', parameters: omit, literals: hash } ] }""";
    private const string Literal = $"SELECT name FROM customers WHERE name = \"{Canary}\"";
    private const string Bound = "SELECT name FROM customers WHERE name = ?";

    [Test]
    public async Task Literals_and_parameters_leave_no_trace()
    {
        var model = new MySqlModel()
            .Knows(Literal, MySqlTable.Of("customers", "name", "a"))
            .Knows(Bound, MySqlTable.Of("customers", "name", "a"));
        await using var f = await new MySqlSessionFixture(audit: Rules).StartAsync(model);
        await f.GrantRoleAsync("reader");

        Assert.That(await f.Client.QueryAsync(Literal), Does.Contain("Row(a)"));
        await f.Client.PrepareAsync(Bound);
        Assert.That(await f.Client.ExecuteAsync(Canary), Does.Contain("Row(a)"));
        foreach (var refused in new[] { $"SELECT name FROM customers, nowhere WHERE name = '{Canary}'", $"SELECT '{Canary}", $"SELECT name FROM customers WHERE name = '{Canary}' FOR UPDATE" })
            Assert.That(await f.Client.QueryAsync(refused), Does.StartWith("ERROR"));

        Assert.That(await f.StoreHoldsAsync(Canary), Is.False);
        var begun = f.Records().Where(static r => r.Event == AuditEvent.Authorized).ToList();
        Assert.That(begun[0].Statement, Does.Match("^SELECT name FROM customers WHERE name = \\{hmac:[0-9a-f]{32}\\}$"));
        Assert.That(begun[1].Statement, Is.EqualTo(Bound));
        Assert.That(begun[1].Parameters, Is.EqualTo(new[] { "(omitted)" }));
        Assert.That(f.Trail.Verify().Why, Is.Null);
    }
}
