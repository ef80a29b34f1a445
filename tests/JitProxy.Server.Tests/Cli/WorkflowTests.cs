using System.Text.Json;
using JitProxy.Server.Tests.Admin;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Cli;

/// <summary>Commands against a running API, from the typed words to the printed ones.</summary>
public sealed class WorkflowTests
{
    private static readonly string[] GrantFields =
        ["id", "kind", "status", "user", "databases", "statement", "role", "unmask", "export", "reason", "requested_at", "approved_at", "expires_at", "steps", "executions"];

    private static readonly string[] Request = ["request", "--database", "shop/app", "--statement", "select email from customers", "--reason", "ticket 7", "--as", "alice"];

    [Test]
    public async Task Users_come_and_go()
    {
        await using var fixture = await AdminFixture.StartAsync();
        var added = await fixture.FeedAsync("pencil\n", "user", "add", "alice", "--password-stdin");
        Assert.That((added.ExitCode, added.Out.Trim()), Is.EqualTo((0, "user alice added")));

        var again = await fixture.FeedAsync("pencil\n", "user", "add", "alice", "--password-stdin");
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Error, Does.StartWith("jitproxy: There is a user \"alice\" already."));

        Assert.That((await fixture.RunAsync("user", "list")).Out, Does.Match("(?m)^name +created *\nalice +2"));
        Assert.That(Json(await fixture.RunAsync("user", "list", "--json"))[0].GetProperty("name").GetString(), Is.EqualTo("alice"));
        Assert.That((await fixture.FeedAsync("crayon\n", "user", "password", "alice", "--password-stdin")).ExitCode, Is.Zero);
        Assert.That((await fixture.RunAsync("user", "remove", "alice")).ExitCode, Is.Zero);
        Assert.That((await fixture.RunAsync("user", "remove", "alice")).ExitCode, Is.EqualTo(1));
        Assert.That(Json(await fixture.RunAsync("user", "list", "--json")).GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_request_waits_for_its_steps_and_becomes_a_grant()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var asked = await fixture.RunAsync([.. Request, "--unmask"]);
        Assert.That((asked.ExitCode, asked.Out.Trim()), Is.EqualTo((0, "request 1 is pending: waits for project-owner, security")));

        var wrong = await fixture.RunAsync("approve", "1", "--as", "carol");
        Assert.That(wrong.ExitCode, Is.EqualTo(1));
        Assert.That(wrong.Error, Does.Contain("waits for the role project-owner"));

        var signed = await fixture.RunAsync("approve", "1", "--as", "bob", "--comment", "fine");
        Assert.That(signed.Out.Trim(), Is.EqualTo("request 1 is pending: waits for security"));
        var approved = Json(await fixture.RunAsync("approve", "1", "--as", "carol", "--expires", "1h", "--json"));
        Assert.That(approved.EnumerateObject().Select(p => p.Name), Is.EqualTo(GrantFields));
        Assert.That(approved.GetProperty("status").GetString(), Is.EqualTo("active"));
        Assert.That(approved.GetProperty("expires_at").GetDateTimeOffset() - approved.GetProperty("approved_at").GetDateTimeOffset(), Is.EqualTo(TimeSpan.FromHours(1)));
        Assert.That(approved.GetProperty("steps")[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "role", "by", "at" }));
        Assert.That(approved.GetProperty("steps")[0].GetProperty("by").GetString(), Is.EqualTo("bob"));

        Assert.That((await fixture.RunAsync("revoke", "1", "--as", "bob")).Out.Trim(), Is.EqualTo("grant 1 is revoked"));
        Assert.That((await fixture.RunAsync("revoke", "1", "--as", "bob")).ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task Executions_are_counted_whether_or_not_they_are_limited()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        (await fixture.RunAsync(Request)).MustSucceed();
        (await fixture.RunAsync("approve", "1", "--as", "bob")).MustSucceed();
        var context = new StatementContext(new ContextNames("alice", null, "10.0.0.1:5555", "shop", "shop/app"), 1, "select email from customers"u8.ToArray(), default);
        for (var i = 0; i < 2; i++)
        {
            Assert.That(fixture.Audit.TryBegin(context, default, out var execution, out var fault), Is.True, fault);
            execution!.Finish(new() { Outcome = AuditOutcome.Ok });
        }

        Assert.That(Json(await fixture.RunAsync("grant", "1", "--json")).GetProperty("executions").GetInt64(), Is.EqualTo(2));
        Assert.That(Json(await fixture.RunAsync("grants", "--json"))[0].GetProperty("executions").GetInt64(), Is.EqualTo(2));
    }

    [TestCase("nowhere")]
    [TestCase("shop/")]
    [TestCase("/app")]
    public async Task An_explanation_needs_the_name_of_a_database(string name)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var result = await fixture.RunAsync("explain", "--database", name, "--statement", "select 1", "--as", "alice");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain($"\"{name}\" is not a database").And.Contain("SERVER/DATABASE"));
    }

    [Test]
    public async Task Requests_are_rejected_canceled_and_extended()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        (await fixture.RunAsync(Request)).MustSucceed();
        Assert.That((await fixture.RunAsync("reject", "1", "--as", "bob")).ExitCode, Is.EqualTo(2), "a rejection needs a comment");
        Assert.That((await fixture.RunAsync("reject", "1", "--as", "bob", "--comment", "no")).Out.Trim(), Is.EqualTo("grant 1 is rejected"));

        (await fixture.RunAsync(Request)).MustSucceed();
        Assert.That((await fixture.RunAsync("cancel", "2", "--as", "bob")).ExitCode, Is.EqualTo(1));
        Assert.That((await fixture.RunAsync("cancel", "2", "--as", "alice")).Out.Trim(), Is.EqualTo("grant 2 is canceled"));

        (await fixture.RunAsync([.. Request, "--executions", "3"])).MustSucceed();
        (await fixture.RunAsync("approve", "3", "--as", "bob")).MustSucceed();
        Assert.That((await fixture.RunAsync("extend", "3", "--as", "alice")).ExitCode, Is.EqualTo(2));
        Assert.That((await fixture.RunAsync("extend", "3", "--as", "alice", "--expires", "2h")).Out.Trim(), Is.EqualTo("request 4 is pending: waits for project-owner"));
    }

    [Test]
    public async Task Lists_show_what_the_caller_may_see()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        (await fixture.RunAsync(Request)).MustSucceed();
        (await fixture.RunAsync("request", "--role", "reader", "--database", "shop/app,shop/report_1", "--reason", "r", "--as", "carol", "--expires", "2h")).MustSucceed();
        Assert.That(await IdsAsync("--as", "alice"), Is.EqualTo(new[] { 1 }));
        Assert.That(await IdsAsync("--as", "carol"), Is.EqualTo(new[] { 1, 2 }), "a workspace role sees all");
        Assert.That(await IdsAsync("--as", "bob"), Is.EqualTo(new[] { 1, 2 }), "the owner sees the project");
        Assert.That(await IdsAsync("--as", "carol", "--mine"), Is.EqualTo(new[] { 2 }));
        Assert.That(await IdsAsync("--user", "alice"), Is.EqualTo(new[] { 1 }));
        Assert.That(await IdsAsync("--status", "active"), Is.Empty);
        Assert.That(await IdsAsync("--status", "pending"), Is.EqualTo(new[] { 1, 2 }));
        Assert.That((await fixture.RunAsync("grant", "2", "--as", "alice")).Error, Does.Contain("There is no grant 2"));
        var table = (await fixture.RunAsync("grants")).Out.Split('\n');
        Assert.That(table[0].TrimEnd(), Is.EqualTo("id  status   user   kind       databases                flags  waits for      expires  statement or role"));
        Assert.That(table[2].TrimEnd(), Is.EqualTo("2   pending  carol  role       shop/app, shop/report_1         project-owner           reader"));

        async Task<int[]> IdsAsync(params string[] arguments) =>
            [.. Json(await fixture.RunAsync(["grants", "--json", .. arguments])).EnumerateArray().Select(g => g.GetProperty("id").GetInt32())];
    }

    [Test]
    public async Task An_approver_sees_the_exact_statement_and_its_masks()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        const string Statement = "select email from customers where email = 'a\u202Eb' -- \u0430";
        (await fixture.RunAsync("request", "--database", "shop/app", "--statement", Statement, "--reason", "r", "--as", "alice", "--executions", "5")).MustSucceed();
        var page = (await fixture.RunAsync("grant", "1", "--as", "bob")).MustSucceed().Out;
        Assert.That(page, Does.Contain("'a<U+202E>b'").And.Not.Contain("\u202E"));
        Assert.That(page, Does.Contain("warning: the statement holds characters outside ASCII"));
        Assert.That(page, Does.Match("(?m)^executions +0 of 5"));
        Assert.That(page, Does.Match("(?m)^email +masked \\(inner_outer\\) +public.customers.email"));
        Assert.That(page, Does.Contain("warning: filters by the masked column email"));
        Assert.That(fixture.StandIns.Asked!.User, Is.EqualTo("alice"));
        Assert.That(fixture.StandIns.Asked.Schema, Is.EqualTo("public"));

        var json = Json(await fixture.RunAsync("grant", "1", "--as", "bob", "--json"));
        Assert.That(json.EnumerateObject().Select(p => p.Name).Take(GrantFields.Length), Is.EqualTo(GrantFields));
        Assert.That(json.GetProperty("executions_max").GetInt32(), Is.EqualTo(5));
        Assert.That(json.GetProperty("explanations")[0].GetProperty("columns")[1].GetProperty("mask").GetString(), Is.EqualTo("inner_outer"));
    }

    [Test]
    public async Task A_refused_statement_is_asked_for_by_its_number()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var denied = new AuditRecord { Event = AuditEvent.Denied, User = "alice", Database = "shop/app", Server = "shop", Statement = "select id from customers" };
        Assert.That(fixture.Audit.TryRecord(denied, out var seq, out _), Is.True);
        Assert.That((await fixture.RunAsync("request", "--denied", $"{seq}", "--reason", "r", "--as", "bob")).ExitCode, Is.EqualTo(1), "it is not bob's");

        var asked = Json(await fixture.RunAsync("request", "--denied", $"{seq}", "--reason", "r", "--json"));
        Assert.That(asked.GetProperty("user").GetString(), Is.EqualTo("alice"));
        Assert.That(asked.GetProperty("statement").GetString(), Is.EqualTo("select id from customers"));
        Assert.That(asked.GetProperty("databases")[0].GetString(), Is.EqualTo("shop/app"));
        Assert.That((await fixture.RunAsync("request", "--denied", "1", "--reason", "r")).Error, Does.Contain("audit record 1 is not a refused statement"));
    }

    [Test]
    public async Task The_statement_may_come_from_a_file_or_standard_input()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var asked = Json(await fixture.FeedAsync("select id\nfrom customers;\n", "request", "--file", "-", "--database", "shop/app", "--reason", "r", "--as", "alice", "--json"));
        Assert.That(asked.GetProperty("statement").GetString(), Is.EqualTo("select id\nfrom customers"));
        Assert.That((await fixture.RunAsync("request", "--file", "/no/such", "--database", "shop/app", "--reason", "r", "--as", "alice")).ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task Run_shows_rows_and_says_what_is_masked()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        (await fixture.RunAsync(Request)).MustSucceed();
        Assert.That((await fixture.RunAsync("run", "1")).Error, Does.Contain("Act as that user: --as alice"));
        var run = await fixture.RunAsync("run", "1", "--as", "alice");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out.Split('\n').Select(l => l.TrimEnd()), Is.EqualTo(new[] { "id  email", "1   a****", "2   NULL", "" }));
        Assert.That(run.Error.Trim(), Is.EqualTo("2 rows; masked: email"));
        var json = Json(await fixture.RunAsync("run", "1", "--as", "alice", "--json"));
        Assert.That(json.GetProperty("rows")[1][1].ValueKind, Is.EqualTo(JsonValueKind.Null));

        fixture.StandIns.End = new(2, "permission denied", "no grant", "jitproxy request");
        var refused = await fixture.RunAsync("run", "1", "--as", "alice");
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Error, Is.EqualTo("jitproxy: permission denied\n  no grant\n  jitproxy request\n"));
    }

    [Test]
    public async Task Explain_asks_for_the_user_that_is_named()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var explained = await fixture.RunAsync("explain", "--database", "shop/app", "--statement", "select 1", "--as", "carol");
        Assert.That(explained.Out, Does.Match("(?m)^a request +would wait for project-owner"));
        Assert.That(fixture.StandIns.Asked!.User, Is.EqualTo("carol"));
        Assert.That((await fixture.RunAsync("explain", "--database", "shop/app")).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task A_token_does_what_its_user_may()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        Assert.That((await fixture.RunAsync("token", "create")).Error, Does.Contain("--as NAME"));
        var token = Json(await fixture.RunAsync("token", "create", "--as", "alice", "--expires", "1h", "--json")).GetProperty("token").GetString()!;
        var environment = CliRun.Nobody("", ("JITPROXY_URL", fixture.Address.ToString()), ("JITPROXY_TOKEN", token));
        Assert.That((await CliRun.RunAsync(environment, [.. Request.SkipLast(2)])).Out.Trim(), Is.EqualTo("request 1 is pending: waits for project-owner"));
        Assert.That((await CliRun.RunAsync(environment, "grants", "--as", "bob")).ExitCode, Is.EqualTo(2));
        Assert.That((await CliRun.RunAsync(environment, "user", "list")).Error, Does.StartWith("jitproxy: only the local administrator may do this"));
        var other = CliRun.Nobody("", ("JITPROXY_TOKEN", "wrong"));
        Assert.That((await CliRun.RunAsync(other, "grants", "--url", fixture.Address.ToString())).Error, Does.StartWith("jitproxy: the token is not valid"));
    }

    [Test]
    public async Task Nobody_acts_as_somebody_unknown()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var result = await fixture.RunAsync("grants", "--as", "mallory");
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("there is no user \"mallory\""));
    }

    private static JsonElement Json(CliResult result) => JsonDocument.Parse(result.MustSucceed().Out).RootElement.Clone();
}
