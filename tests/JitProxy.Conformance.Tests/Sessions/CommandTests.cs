using System.Text.Json;
using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Commands whose answers a database server has a part in.</summary>
[TestFixture]
internal sealed class CommandTests
{
    [Test]
    public async Task Check_asks_the_servers_about_databases_and_masked_columns()
    {
        await using var proxy = await ThrowAwayProxy.StartAsync(Shared.Server, """

                shop/app.public.customers.nothing: secret
                shop/gone.public.t.c: secret
            """);

        var people = await proxy.CommandAsync("check");
        Assert.That(people.ExitCode, Is.Zero, people.Text);
        Assert.That(people.Output, Does.Match(@"(?m)^shop +jitproxy@127\.0\.0\.1:\d+ +PostgreSQL \d+"));
        Assert.That(people.Output, Does.Contain("warning: masked column shop/app.public.customers.nothing: there is no such column"));
        Assert.That(people.Output, Does.Contain("warning: masked column shop/gone.public.t.c: there is no such database"));

        using var scripts = JsonDocument.Parse((await proxy.CommandAsync("check", "--json")).Output);
        Assert.That(scripts.RootElement.GetProperty("valid").GetBoolean(), Is.True);
        Assert.That(scripts.RootElement.GetProperty("servers")[0].EnumerateObject().Select(static p => p.Name), Is.EqualTo(new[] { "server", "upstream", "version", "fault", "warnings" }));
    }

    [Test]
    public async Task Explain_names_the_grant_that_would_be_used()
    {
        using var answer = JsonDocument.Parse((await Shared.Proxy.CommandAsync("explain", "--database", "shop/app", "--statement", Shop.Granted, "--as", "alice", "--json")).Output);

        Assert.That(answer.RootElement.GetProperty("decision").GetString(), Is.EqualTo("granted"));
        Assert.That(answer.RootElement.GetProperty("grant").GetInt64(), Is.EqualTo(Shared.Grant));
    }

    [Test]
    public async Task Explain_says_that_there_is_no_such_database()
    {
        var answer = await Shared.Proxy.CommandAsync("explain", "--database", "shop/nowhere", "--statement", "SELECT 1", "--as", "alice");

        Assert.That(answer.Output, Does.Contain("database \"nowhere\" does not exist on server shop"));
    }

    [Test]
    public async Task A_run_prints_its_rows_and_tells_what_is_masked()
    {
        var people = await Shared.Proxy.CommandAsync("run", $"{Shared.Grant}", "--as", "alice");
        Assert.That(people.ExitCode, Is.Zero, people.Text);
        Assert.That(people.Output, Does.Match(@"(?m)^id +name +ssn +email +salary +born\n1 +name1 +\*{6} "));
        Assert.That(people.Error, Does.Contain("2 rows; masked: ssn, email, salary, born"));

        using var scripts = JsonDocument.Parse((await Shared.Proxy.CommandAsync("run", $"{Shared.Grant}", "--as", "alice", "--json")).Output);
        Assert.That(scripts.RootElement.GetProperty("masked").EnumerateArray().Select(static m => m.GetString()), Is.EqualTo(new[] { "ssn", "email", "salary", "born" }));
        Assert.That(scripts.RootElement.GetProperty("rows")[0][2].GetString(), Is.EqualTo("******"));
    }

    [Test]
    public async Task Executions_are_counted()
    {
        const string Statement = "SELECT count(*) FROM customers WHERE name = 'counted'";
        var grant = await Shared.Proxy.GrantAsync(Statement);
        await using var client = await WireClient.ConnectAsync(Shared.Proxy.Port);
        await client.Query(Statement).RunAsync();
        await client.Parse("", Statement).Bind("", "").Execute("").Sync().RunAsync();
        await Shared.Proxy.RunAsync(grant);

        Assert.That((await Shared.Proxy.FindAsync(grant)).Executions, Is.EqualTo(3));
    }
}
