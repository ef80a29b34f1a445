using System.Text.Json;
using JitProxy.Server.Cli;
using JitProxy.Server.Tests.Admin;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Cli;

/// <summary>Reading, following and checking the trail.</summary>
public sealed class AuditCommandTests
{
    private static readonly string[] Fields =
    [
        "seq", "at", "event", "user", "client", "server", "database", "grant", "statement", "digest",
        "parameters", "rows", "bytes", "masked", "outcome", "error", "duration_us", "hash",
    ];

    [Test]
    public async Task Records_are_JSON_Lines_with_the_fields_of_the_contract()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, "alice", "select 1\nfrom t");
        var lines = (await fixture.RunAsync("audit", "--json")).MustSucceed().Out.TrimEnd().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(1));
        using var record = JsonDocument.Parse(lines[0]);
        Assert.That(record.RootElement.EnumerateObject().Select(p => p.Name), Is.EqualTo(Fields));
        Assert.That(record.RootElement.GetProperty("event").GetString(), Is.EqualTo("denied"));
        Assert.That(record.RootElement.GetProperty("at").GetString(), Does.EndWith("Z"));
        Assert.That(record.RootElement.GetProperty("hash").GetString(), Has.Length.EqualTo(64));
    }

    [Test]
    public async Task A_table_keeps_one_line_per_record_and_hides_control_characters()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, "alice", "select 1\nfrom\u001b[31m t");
        var table = (await fixture.RunAsync("audit")).MustSucceed().Out;
        Assert.That(table.TrimEnd().Split('\n'), Has.Length.EqualTo(2));
        Assert.That(table, Does.Contain("select 1 from<U+001B>[31m t"));
    }

    [TestCase("--user alice", 2)]
    [TestCase("--user nobody", 0)]
    [TestCase("--database shop/app", 3)]
    [TestCase("--database shop/other", 0)]
    [TestCase("--decision denied", 3)]
    [TestCase("--decision deny", 3)]
    [TestCase("--decision authorized", 0)]
    [TestCase("--decision denied,login", 3)]
    [TestCase("--grant 7", 0)]
    [TestCase("--since 1h", 3)]
    [TestCase("--until 1h", 0)]
    [TestCase("--since 2999-01-01", 0)]
    public async Task Filters_take_what_they_name(string arguments, int count)
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, "alice", "select 1");
        Record(fixture, "alice", "select 2");
        Record(fixture, "bob", "select 3");
        var output = (await fixture.RunAsync(["audit", "--json", .. arguments.Split(' ')])).MustSucceed().Out;
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(count));
    }

    [Test]
    public async Task The_records_of_one_execution_are_asked_for_by_its_number()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, "alice", "select 1");
        foreach (var execution in (long[])[1, 2])
            Assert.That(fixture.Audit.TryRecord(new() { Event = AuditEvent.Exported, User = "alice", Execution = execution, Detail = $"of {execution}" }, out _, out _), Is.True);

        var output = (await fixture.RunAsync("audit", "--json", "--execution", "1")).MustSucceed().Out;
        Assert.That(output.Split("\n", StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("detail").GetString()), Is.EqualTo(new[] { "of 1" }));
    }

    [TestCase("--decision nonsens", 1)]
    [TestCase("--since soon", 2)]
    [TestCase("--grant x", 2)]
    public async Task A_filter_that_means_nothing_is_refused(string arguments, int code)
    {
        await using var fixture = await AdminFixture.StartAsync();
        Assert.That((await fixture.RunAsync(["audit", .. arguments.Split(' ')])).ExitCode, Is.EqualTo(code));
    }

    [Test]
    public async Task Users_see_their_own_records_and_owners_those_of_their_databases()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        Record(fixture, "alice", "select 1");
        Record(fixture, "carol", "select 2");
        Assert.That(await UsersAsync("alice"), Is.EqualTo(new[] { "alice" }));
        Assert.That(await UsersAsync("bob"), Is.EqualTo(new[] { "alice", "carol" }));
        Assert.That(await UsersAsync("carol"), Is.EqualTo(new[] { "alice", "carol" }));

        async Task<string?[]> UsersAsync(string caller) =>
        [
            .. (await fixture.RunAsync("audit", "--json", "--decision", "denied", "--as", caller)).MustSucceed().Out
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("user").GetString()),
        ];
    }

    [Test]
    public async Task Verify_says_that_the_chain_holds()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, "alice", "select 1");
        var checkedTrail = await fixture.RunAsync("audit", "verify");
        Assert.That(checkedTrail.ExitCode, Is.Zero);
        Assert.That(checkedTrail.Out, Does.StartWith("intact: 1 records"));
        var json = JsonDocument.Parse((await fixture.RunAsync("audit", "verify", "--json")).Out).RootElement;
        Assert.That(json.GetProperty("intact").GetBoolean(), Is.True);
        Assert.That(json.GetProperty("records").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public async Task Follow_prints_what_comes_later()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, "alice", "select 1");
        using var client = AdminClient.OverSocket(fixture.SocketPath, null, "x");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var lines = client.LinesAsync<JsonElement>(HttpMethod.Get, "v1/audit/lines?follow=true", null, patience.Token).GetAsyncEnumerator(patience.Token);
        Assert.That(await lines.MoveNextAsync(), Is.True);
        Assert.That(lines.Current.GetProperty("statement").GetString(), Is.EqualTo("select 1"));
        for (var i = 2; i < 5; i++)
        {
            Record(fixture, "alice", $"select {i}");
            Assert.That(await lines.MoveNextAsync(), Is.True);
            Assert.That(lines.Current.GetProperty("statement").GetString(), Is.EqualTo($"select {i}"));
        }
    }

    [Test]
    public async Task After_records_were_removed_the_rest_is_proven_and_read_and_followed()
    {
        await using var fixture = await AdminFixture.StartAsync();
        for (var i = 0; i < 6; i++)
        {
            Record(fixture, "alice", $"select {i} {new string('x', 100_000)}");
            Assert.That(await fixture.Audit.FlushAsync(), Is.Null);
        }

        Assert.That(fixture.Audit.Prune(DateTimeOffset.MaxValue.AddDays(-1), null, 4, CancellationToken.None), Is.Null);
        Record(fixture, "alice", "select 7");

        var verified = (await fixture.RunAsync("audit", "verify")).MustSucceed().Out;
        Assert.That(verified, Does.Match("^intact: [0-9]+ records, from 5 on, as the trail vouches for the removal of those before; the last hash is [0-9a-f]{64}"));
        var read = (await fixture.RunAsync("audit", "--json")).MustSucceed().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(read.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("seq").GetInt64()), Is.EqualTo(new long[] { 5, 6, 7, 8 }));
        Assert.That(JsonDocument.Parse(read[2]).RootElement.GetProperty("event").GetString(), Is.EqualTo("pruned"));

        using var client = AdminClient.OverSocket(fixture.SocketPath, null, "x");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var lines = client.LinesAsync<JsonElement>(HttpMethod.Get, "v1/audit/lines?follow=true&after=2", null, patience.Token).GetAsyncEnumerator(patience.Token);
        for (var seq = 5; seq <= 9; seq++)
        {
            if (seq == 9)
                Record(fixture, "bob", "select 9");
            Assert.That(await lines.MoveNextAsync(), Is.True);
            Assert.That(lines.Current.GetProperty("seq").GetInt64(), Is.EqualTo(seq));
        }
    }

    private static void Record(AdminFixture fixture, string user, string statement)
    {
        var record = new AuditRecord { Event = AuditEvent.Denied, User = user, Server = "shop", Database = "shop/app", Client = "10.0.0.1:5", Statement = statement };
        Assert.That(fixture.Audit.TryRecord(record, out _, out var fault), Is.True, fault);
    }
}
