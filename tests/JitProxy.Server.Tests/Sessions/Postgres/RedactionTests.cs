using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Record;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>What the rules of `audit.redact` keep out of the trail is nowhere in its files, and the trail stays what it is.</summary>
internal sealed class RedactionTests
{
    private const string Canary = "CANARY-4711";
    private const string Rules = """{ redact: [ { condition: 'resource.table_name == "customers"', parameters: hash, literals: omit } ] }""";
    private const string Literal = $"SELECT name /* {Canary} */ FROM customers WHERE name = '{Canary}'";
    private const string Bound = "SELECT name FROM customers WHERE name = $1";
    private const string Other = $"SELECT note FROM orders WHERE note = '{Canary}'";

    private static ServerModel Model() => new ServerModel()
        .Knows(Literal, ModelAnswer.Table("name:25:20001:2", "a"))
        .Knows(Bound, ModelAnswer.Table("name:25:20001:2", "a"))
        .Knows(Other, ModelAnswer.Table("note:25:20002:2", "b"))
        .Knows($"SELECT name FROM customers WHERE name = '{Canary}' AND id = 1", ModelAnswer.Table("name:25:20001:2") with { Error = "22P02" });

    [Test]
    public async Task Literals_and_parameters_of_a_role_leave_no_trace()
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        await f.GrantRoleAsync("reader");

        Assert.That(await f.Client.Query(Literal).RunAsync(), Does.Contain("Row(a)"), "what runs is whole");
        Assert.That(await f.Client.Query($"SELECT name FROM customers WHERE name = '{Canary}' AND id = 1").RunAsync(), Does.Contain("ERROR"));
        for (var i = 0; i < 20; i++)
            Assert.That(await f.Client.Parse("", Bound).Bind("", "", Canary).DescribePortal("").Execute("").Sync().RunAsync(), Does.Contain("Row(a)"));

        Assert.That(await f.StoreHoldsAsync(Canary), Is.False);
        var begun = f.Records().Where(static r => r.Event == AuditEvent.Authorized).ToList();
        Assert.That(begun[0].Statement, Is.EqualTo("SELECT name FROM customers WHERE name = ?"));
        Assert.That(begun[0].IsStatementRedacted, Is.True);
        Assert.That(begun[^1].Parameters, Has.Length.EqualTo(1).And.All.StartsWith("hmac-sha256:"));
        Assert.That(f.Records().Single(static r => r.Outcome == AuditOutcome.Error).Error, Is.EqualTo("22P02 (left out: it may quote values)"));
        Assert.That(f.Trail.Verify().Why, Is.Null);
    }

    [Test]
    public async Task Digests_tell_equal_statements_and_cannot_be_guessed()
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        await f.GrantRoleAsync("reader");
        foreach (var statement in new[] { Literal, Literal, $"SELECT name FROM customers WHERE name = '{Canary}' AND id = 1" })
            await f.Client.Query(statement).RunAsync();

        await f.Trail.FlushAsync();
        var digests = f.Records().Where(static r => r.Event == AuditEvent.Authorized).Select(static r => r.Digest).ToList();
        Assert.That(digests[0], Is.EqualTo(digests[1]).And.Not.EqualTo(digests[2]).And.Length.EqualTo(64));
        Assert.That(digests[0], Is.Not.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Literal)))));
        Assert.That(digests[0], Is.EqualTo(Convert.ToHexStringLower(f.Services.Recorder.Redactor.Digest(Encoding.UTF8.GetBytes(Literal), "alice"))), "the true statement's");
        var other = new Server.Decide.Redactor(f.Policies, f.Catalogues, new byte[32]);
        Assert.That(digests[0], Is.Not.EqualTo(Convert.ToHexStringLower(other.Digest(Encoding.UTF8.GetBytes(Literal), "alice"))), "every installation has its own");
        Assert.That(f.Services.Recorder.Redactor.Digest("x"u8, "alice"), Is.Not.EqualTo(f.Services.Recorder.Redactor.Digest("x"u8, "bob")), "nobody tries guesses in their own name");
    }

    [TestCase(Literal, "SELECT name FROM customers WHERE name = ?")]
    [TestCase($"SELECT name FROM nowhere WHERE name = '{Canary}'", "SELECT name FROM nowhere WHERE name = ?", Description = "cannot be analysed")]
    [TestCase($"SELECT name FROM customers WHERE name = \"{Canary}\"", "SELECT name FROM customers WHERE name = ?", Description = "a value in the wrong quotes")]
    [TestCase($"SELECT name FROM customers WHERE name = '{Canary}", "(left out: its literals cannot be told)")]
    [TestCase($"COPY (SELECT name FROM customers WHERE name = '{Canary}') TO STDOUT", "COPY (SELECT name FROM customers WHERE name = ?) TO STDOUT")]
    [TestCase($"UPDATE customers SET name = '{Canary}'", "UPDATE customers SET name = ?")]
    public async Task Refused_statements_leave_no_trace(string statement, string kept)
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        Assert.That(await f.Client.Query(statement).RunAsync(), Does.Contain("ERROR"));

        Assert.That(await f.StoreHoldsAsync(Canary), Is.False);
        var denied = f.Records().Last(static r => r.Event == AuditEvent.Denied);
        Assert.That(denied.Statement, Is.EqualTo(kept));
        Assert.That(f.Trail.Verify().Why, Is.Null);
    }

    [Test]
    public async Task What_a_near_miss_quotes_is_not_recorded_and_the_client_still_hears_it()
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        await f.GrantAsync("SELECT name FROM customers WHERE name = 'other'");
        await f.Client.Query($"SELECT name FROM customers WHERE name = '{Canary}'").RunAsync();

        Assert.That(f.Client.LastError, Does.Contain($"this has \"name = '{Canary}'\""));
        Assert.That(await f.StoreHoldsAsync(Canary), Is.False);
        Assert.That(f.Records().Last(static r => r.Event == AuditEvent.Denied).Error, Is.EqualTo("no active grant holds exactly this text"));
    }

    [Test]
    public async Task The_refused_statement_can_still_be_asked_for()
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        await f.Client.Query(Literal).RunAsync();
        await f.Trail.FlushAsync();

        var seq = f.Records().Last(static r => r.Event == AuditEvent.Denied).Seq;
        Assert.That(f.Services.Recorder.Refused.Find(seq), Is.EqualTo(Literal));
        Assert.That(f.Services.Recorder.Refused.Find(seq + 1), Is.Null);
    }

    [Test]
    public async Task Tables_that_no_rule_is_about_are_recorded_whole()
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        await f.GrantRoleAsync("reader");
        await f.Client.Query(Other).RunAsync();
        await f.Client.Query("SELECT * FROM orders WHERE id = 7 FOR UPDATE").RunAsync();

        Assert.That(await f.StoreHoldsAsync(Canary), Is.True);
        Assert.That(f.Records().Where(static r => r.Statement is not null).Select(static r => r.IsStatementRedacted), Is.All.False);
        Assert.That(f.Records().Single(static r => r.Event == AuditEvent.Authorized).Digest, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Other)))));
    }

    [TestCase("{ literals: omit, parameters: omit }")]
    [TestCase("{ literals: hash, parameters: hash }")]
    public async Task Without_rules_it_can_hold_for_everything(string audit)
    {
        await using var f = await new SessionFixture(audit: audit).StartAsync(Model());
        await f.GrantRoleAsync("reader");
        foreach (var statement in new[] { Literal, Other, $"SELECT relname FROM pg_class WHERE relname = '{Canary}'", $"SELECT '{Canary}" })
            await f.Client.Query(statement).RunAsync();
        await f.Client.Parse("", Bound).Bind("", "", Canary).Execute("").Sync().RunAsync();

        Assert.That(await f.StoreHoldsAsync(Canary), Is.False);
        Assert.That(f.Trail.Verify().Why, Is.Null);
    }

    [Test]
    public async Task Records_of_a_request_follow_the_rules_and_the_grant_is_exact()
    {
        await using var f = await new SessionFixture(audit: Rules).StartAsync(Model());
        var grant = await f.GrantAsync(Literal);
        await f.Client.Query(Literal).RunAsync();

        await f.Trail.FlushAsync();
        Assert.That(f.Records().Where(static r => r.Statement is not null).Select(static r => r.Statement), Is.Not.Empty.And.All.Not.Contains(Canary));
        Assert.That(f.Records().Where(r => r.Grant == grant.Id && r.Digest is not null).Select(static r => r.Digest).Distinct().Count(), Is.EqualTo(1), "approved and run");
        Assert.That(f.Desk.Find(grant.Id)!.Statement, Is.EqualTo(Literal));
    }

    [Test]
    public async Task Other_rules_hold_from_the_next_statement_on()
    {
        await using var f = await new SessionFixture().StartAsync(Model().Knows("SELECT 1 AS x", ModelAnswer.Table("x:23", "1")));
        await f.GrantRoleAsync("reader");
        await f.Client.Query(Other).RunAsync();
        await f.Client.Parse("h", "SHOW search_path").Bind("", "h").Execute("").Sync().RunAsync();

        var changed = f.Configuration with { Audit = f.Configuration.Audit with { Redaction = new([], Policy.Redaction.Redaction.Everything) } };
        f.Policies.Current = new(changed, changed.Masking.WithSecrets(f.Secrets));
        await f.Client.Query(Other).RunAsync();

        await f.Trail.FlushAsync();
        Assert.That(
            f.Records().Where(static r => r.Event == AuditEvent.Authorized).Select(static r => r.Statement),
            Is.EqualTo(new[] { Other, "SELECT note FROM orders WHERE note = ?" }));
    }

    [Test]
    public async Task What_was_bound_under_other_rules_leaves_no_parameter()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantRoleAsync("reader");
        await f.Client.Parse("s", Bound).Bind("p", "s", Canary).Flush().SendAsync();
        Assert.That((await f.Client.HearOneAsync(), await f.Client.HearOneAsync()), Is.EqualTo(("ParseComplete", "BindComplete")));

        var changed = f.Configuration with { Audit = f.Configuration.Audit with { Redaction = new([], Policy.Redaction.Redaction.Everything) } };
        f.Policies.Current = new(changed, changed.Masking.WithSecrets(f.Secrets));
        Assert.That(await f.Client.Execute("p").Sync().RunAsync(), Does.Contain("Row(a)"));
        Assert.That(await f.StoreHoldsAsync(Canary), Is.False);
    }

    [Test]
    public void What_is_remembered_is_bounded()
    {
        var texts = new RefusedTexts();
        for (var seq = 1; seq <= RefusedTexts.CountMax + 1; seq++)
            texts.Keep(seq, "x");
        Assert.That(texts.Find(1), Is.Null);
        Assert.That(texts.Find(2), Is.EqualTo("x"));

        texts.Keep(5000, new('y', RefusedTexts.LengthMax));
        Assert.That(texts.Find(RefusedTexts.CountMax + 1), Is.Null);
        Assert.That(texts.Find(5000), Is.Not.Null);
        texts.Keep(5001, new('y', RefusedTexts.LengthMax + 1));
        Assert.That(texts.Find(5001), Is.Null);
    }
}
