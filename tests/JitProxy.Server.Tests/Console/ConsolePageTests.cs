using System.Net;
using JitProxy.Server.Admin;
using JitProxy.Server.Tests.Admin;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Console;

/// <summary>What the pages say and do, without any script.</summary>
public sealed class ConsolePageTests
{
    private static readonly (string, string)[] Request = [("database", "shop/app"), ("statement", "select id from customers"), ("expires", "1h"), ("reason", "ticket 1"), ("act", "request")];

    [Test]
    public async Task The_whole_way_from_a_request_to_its_end()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        Assert.That((await alice.PostAndFollowAsync("/request", Request)).Decoded, Does.Contain("Asked. It waits for project-owner.").And.Contain("ticket 1"));
        Assert.That((await bob.GetAsync("/")).Location, Is.EqualTo("/inbox"), "something waits for bob");
        Assert.That((await bob.GetAsync("/inbox")).Decoded, Does.Contain("Request 1 of alice").And.Contain("ticket 1"));
        Assert.That((await bob.PostAndFollowAsync("/grants/1/approve", ("expires", "30m"), ("comment", "fine"))).Decoded, Does.Contain("Signed. It holds now.").And.Contain("fine"));
        Assert.That((await bob.GetAsync("/inbox")).Decoded, Does.Contain("Nothing waits for you."));

        var result = await alice.PostAsync("/grants/1/run");
        Assert.That(result.Text, Does.Contain("<td class=\"masked\" title=\"masked\">a****</td>").And.Contain("masked: inner_outer").And.Contain("2 rows"));
        Assert.That((await alice.PostAndFollowAsync("/grants/1/extend", ("expires", "2h"))).Decoded, Does.Contain("Asked for more time").And.Contain("Request 2"));
        Assert.That((await alice.PostAndFollowAsync("/grants/2/cancel")).Decoded, Does.Contain("Withdrawn."));
        Assert.That((await bob.PostAndFollowAsync("/grants/1/revoke", ("comment", "done with"))).Decoded, Does.Contain("Revoked.").And.Contain("done with"));
        Assert.That((await alice.GetAsync("/grants?status=revoked")).Text, Does.Contain("<a href=\"/grants/1\">1</a>"));
        Assert.That((await alice.GetAsync("/grants?status=active")).Decoded, Does.Contain("No grant of yours is active."));
    }

    [Test]
    public async Task A_rejection_needs_its_reason_and_can_be_asked_again()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        await alice.PostAsync("/request", Request);
        Assert.That((await bob.PostAndFollowAsync("/grants/1/reject")).Decoded, Does.Contain("A rejection of grant 1 needs a comment that tells alice why."));
        Assert.That((await bob.PostAndFollowAsync("/grants/1/reject", ("comment", "which ticket?"))).Decoded, Does.Contain("Rejected."));
        Assert.That((await alice.GetAsync("/grants/1")).Decoded, Does.Contain("which ticket?"));
        Assert.That((await alice.PostAndFollowAsync("/grants/1/again", ("reason", "ticket 4711"))).Decoded, Does.Contain("Asked again.").And.Contain("ticket 4711"));
    }

    [Test]
    public async Task An_approver_takes_powers_off()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        using var carol = await Browser.SignInAsync(fixture, "carol");
        await alice.PostAsync("/request", [.. Request, ("unmask", "on"), ("export", "on")]);
        Assert.That((await bob.PostAndFollowAsync("/grants/1/approve", ("expires", "30m"), ("no_export", "on"), ("executions", "3"))).Decoded, Does.Contain("Next is security"));
        Assert.That((await carol.PostAndFollowAsync("/grants/1/approve", ("no_unmask", "on"))).Decoded, Does.Contain("unmask was taken off").And.Contain("taken off by an approver"));
        var grant = (await fixture.RunAsync("grant", "1", "--as", "alice", "--json")).MustSucceed().Out;
        Assert.That(grant, Does.Contain("\"unmask\": false").And.Contain("\"export\": false").And.Contain("\"duration\": \"30m\"").And.Contain("\"executions_max\": 3"));
        Assert.That((await bob.PostAndFollowAsync("/grants/1/approve", ("expires", "7d"))).Decoded, Does.Contain("only a pending request can be approved"));
    }

    [TestCase("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [TestCase("\"><img src=x onerror=alert(1)>", "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;")]
    [TestCase("ticket \u202E4711", "ticket &lt;U+202E&gt;4711")]
    [TestCase("a\u200Bb", "a&lt;U+200B&gt;b")]
    public async Task What_people_write_stays_text(string reason, string shown)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        await alice.PostAsync("/request", ("database", "shop/app"), ("statement", "select id from customers"), ("reason", reason), ("act", "request"));
        foreach (var (browser, page) in new[] { (alice, "/grants"), (alice, "/grants/1"), (bob, "/inbox"), (bob, "/grants/1"), (bob, "/projects/store"), (bob, "/trail") })
        {
            var text = (await browser.GetAsync(page)).Text;
            Assert.That(text, Does.Contain(shown), page);
            Assert.That(text, Does.Not.Contain(reason), page);
        }
    }

    [Test]
    public async Task A_statement_is_shown_with_its_deceiving_characters()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        await alice.PostAsync("/request", ("database", "shop/app"), ("statement", "select id from customers where email = '\u202E</pre><script>' or email = 'é'"), ("reason", "r"), ("act", "request"));
        var page = (await bob.GetAsync("/grants/1")).Text;
        Assert.That(page, Does.Contain("<b class=\"u\">&lt;U+202E&gt;</b>&lt;/pre&gt;&lt;script&gt;").And.Contain("<b class=\"u\">&lt;U+00E9&gt;</b>"));
        Assert.That(page, Does.Contain("characters outside of ASCII"));
        Assert.That(page, Does.Not.Contain("\u202E").And.Not.Contain("é"));
    }

    [Test]
    public async Task A_statement_of_a_megabyte_is_shown_whole()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        var statement = $"select id from customers where email in ('{new string('x', 1_000_000)}', 'the-end')";
        var answer = await alice.PostAndFollowAsync("/request", ("database", "shop/app"), ("statement", statement), ("reason", "r"), ("act", "request"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Decoded, Does.Contain(new string('x', 1_000_000)).And.Contain("the-end"));
        Assert.That((await alice.GetAsync("/grants")).Text, Has.Length.LessThan(20_000), "lists show its beginning");
    }

    [Test]
    public async Task Explaining_asks_for_nothing()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        var page = await alice.PostAsync("/request", [.. Request[..^1], ("unmask", "on"), ("act", "explain")]);
        Assert.That(page.Decoded, Does.Contain("public.customers").And.Contain("filters by the masked column email").And.Contain("security"));
        Assert.That(fixture.StandIns.Asked!.Unmask, Is.True);
        var part = await alice.PostAsync("/request/explain", Request);
        Assert.That(part.Text, Does.Contain("masked: inner_outer").And.Not.Contain("<html"));
        Assert.That((await alice.GetAsync("/grants")).Decoded, Does.Contain("You have not asked for anything yet."));
    }

    [Test]
    public async Task A_refusal_fills_the_form_and_is_asked_for_to_the_letter()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        const string Statement = "\nselect id from customers\r\nwhere email = 'two\r\nlines'";
        fixture.Audit.TryRecord(new() { Event = AuditEvent.Denied, User = "alice", Database = "shop/app", Statement = Statement }, out var denied, out _);
        var form = (await alice.GetAsync($"/request?denied={denied}")).Text;
        Assert.That(WebUtility.HtmlDecode(form), Does.Contain(Statement));
        Assert.That(form, Does.Contain("value=\"shop/app\" checked").And.Contain($"name=\"denied\" value=\"{denied}\""));
        Assert.That((await bob.GetAsync($"/request?denied={denied}")).Decoded, Does.Contain("is not a refused statement of yours").And.Not.Contain("'two"));

        // A browser sends line ends its own way, and leaves the first one out.
        await alice.PostAsync("/request", ("denied", $"{denied}"), ("database", "shop/app"), ("statement", "\r\nselect id from customers\r\nwhere email = 'two\r\nlines'"), ("reason", "r"), ("act", "request"));
        var grant = System.Text.Json.JsonDocument.Parse((await fixture.RunAsync("grant", "1", "--as", "alice", "--json")).MustSucceed().Out);
        Assert.That(grant.RootElement.GetProperty("statement").GetString(), Does.Contain("'two\r\nlines'"));
    }

    [Test]
    public async Task Faults_keep_what_was_written()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        foreach (var (field, value, words) in new[] { ("expires", "soon", "is not a duration"), ("executions", "many", "is not a number of runs"), ("reason", "", "needs a reason") })
        {
            var answer = await alice.PostAsync("/request", [.. Request.Where(f => f.Item1 != field), (field, value)]);
            Assert.That((int)answer.Status, Is.InRange(400, 409), field);
            Assert.That(answer.Decoded, Does.Contain(words).And.Contain("select id from customers</textarea>"), field);
        }
    }

    [Test]
    public async Task An_emergency_is_marked_until_it_is_reviewed()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var carol = await Browser.SignInAsync(fixture, "carol");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        Assert.That((await carol.PostAndFollowAsync("/request", [.. Request, ("break_glass", "on")])).Decoded, Does.Contain("It holds now.").And.Contain("break-glass, not reviewed"));
        Assert.That((await bob.GetAsync("/inbox")).Decoded, Does.Contain("Used in an emergency"));
        Assert.That((await bob.PostAndFollowAsync("/grants/1/review", ("comment", "was right"))).Decoded, Does.Contain("Reviewed.").And.Contain("was right"));
    }

    [TestCase("alice", "/grants", "after=", "<th scope=\"row\"><a href=\"/grants/", 120)]
    [TestCase("bob", "/projects/store", "after=", "<th scope=\"row\"><a href=\"/grants/", 120)]
    [TestCase("carol", "/trail?decision=grant_requested", "before=", "<th scope=\"row\"><a href=\"/trail/", 120)]
    public async Task Long_lists_come_in_pages_that_hold_everything_once(string user, string list, string place, string row, int count)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        for (var i = 0; i < count; i++)
            await fixture.AskAsync("alice", $"select id from customers where id = {i}");

        using var browser = await Browser.SignInAsync(fixture, user);
        var seen = new List<string>();
        var pages = 0;
        for (var address = list; address is not null; pages++)
        {
            var text = (await browser.GetAsync(address)).Text;
            var rows = text.Split(row).Skip(1).Select(static r => r.Split('"')[0]).ToList();
            Assert.That(rows, Has.Count.InRange(1, 50), "a page reads no more than it shows");
            seen.AddRange(rows);
            address = text.Split("<a class=\"button\" href=\"").Skip(1).Select(static a => WebUtility.HtmlDecode(a.Split('"')[0])).FirstOrDefault(a => a.Contains(place, StringComparison.Ordinal));
        }

        Assert.That(seen, Is.Unique);
        Assert.That((seen.Count, pages), Is.EqualTo((count, 3)));
    }

    [Test]
    public async Task A_search_asks_for_every_field_of_a_record()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        fixture.Audit.TryRecord(
            new()
            {
                Event = AuditEvent.Denied,
                User = "alice",
                Actor = "somebody",
                Client = "10.1.2.3:4",
                Server = "shop",
                Database = "shop/app",
                Grant = 77,
                Statement = "select horn from unicorns",
                Outcome = AuditOutcome.Refused,
                Error = "42501 because",
                Rows = 5,
                Bytes = 50,
                DurationMicroseconds = 7000,
            },
            out var seq,
            out _);
        using var carol = await Browser.SignInAsync(fixture, "carol");
        foreach (var (hit, miss) in new[]
        {
            ("user=alice", "user=bob"), ("actor=somebody", "actor=bob"), ("client=10.1.2.3", "client=10.1.2.4"), ("server=shop", "server=depot"),
            ("database=shop/app", "database=shop/x"), ("grant=77", "grant=78"), ("text=unicorns", "text=horses"), ("error=because", "error=despite"),
            ("decision=denied", "decision=lost"), ("outcome=refused", "outcome=ok"), ("rows_min=5&rows_max=5", "rows_min=6"), ("bytes_min=50", "bytes_max=49"),
            ("duration_min=7000&duration_max=7000", "duration_min=7001"), ($"seq={seq}", "seq=999"), ("since=2020-01-01", "since=2999-01-01"), ("until=2999-01-01", "until=2020-01-01"),
        })
        {
            Assert.That((await carol.GetAsync($"/trail?{hit}")).Text, Does.Contain($"<a href=\"/trail/{seq}\">"), hit);
            Assert.That((await carol.GetAsync($"/trail?{miss}")).Text, Does.Not.Contain($"<a href=\"/trail/{seq}\">"), miss);
        }

        // Places in the trail are links there, and its order is always the same.
        var form = (await carol.GetAsync("/trail")).Text;
        foreach (var parameter in AuditQuery.Parameters.Select(static p => p.Name).Except(["after", "before", "order"]))
            Assert.That(form, Does.Contain($" name=\"{parameter}\""), parameter);

        foreach (var wrong in new[] { "grant=x", "since=yesterday", "decision=nothing", "outcome=nothing", "rows_min=-1" })
            Assert.That((await carol.GetAsync($"/trail?{wrong}")).Text, Does.Contain("role=\"alert\""), wrong);
    }

    [Test]
    public async Task The_trail_as_a_file_holds_what_its_reader_may_see()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        fixture.Audit.TryRecord(new() { Event = AuditEvent.Denied, User = "alice", Database = "shop/app", Statement = "=cmd|' /C calc'!A0, \"x\"" }, out _, out _);
        fixture.Audit.TryRecord(new() { Event = AuditEvent.Denied, User = "zoe", Database = "depot/app", Statement = "select 1" }, out _, out _);
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var carol = await Browser.SignInAsync(fixture, "carol");
        var csv = await alice.GetAsync("/trail/download?format=csv&decision=denied");
        Assert.That(csv.Headers["Content-Type"], Does.StartWith("text/csv"));
        Assert.That(csv.Headers["Content-Disposition"], Does.Contain("attachment"));
        Assert.That(csv.Text, Does.Contain("\"'=cmd|' /C calc'!A0, \"\"x\"\"\"").And.Not.Contain("zoe"), "no formula, and no others");
        var lines = (await carol.GetAsync("/trail/download?format=jsonl&decision=denied")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines.Select(static l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("user").GetString()), Is.EqualTo(new[] { "alice", "zoe" }));
    }

    [Test]
    public async Task The_chain_is_checked_by_those_who_see_everything()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var carol = await Browser.SignInAsync(fixture, "carol");
        using var alice = await Browser.SignInAsync(fixture, "alice");
        Assert.That((await carol.GetAsync("/trail")).Decoded, Does.Contain("Not checked since the proxy started."));
        Assert.That((await carol.PostAsync("/trail/check")).Decoded, Does.Contain("intact:"));
        Assert.That((await carol.GetAsync("/trail")).Decoded, Does.Contain("ago by carol"));
        Assert.That((await alice.GetAsync("/trail")).Decoded, Does.Not.Contain("Check the chain"));
        Assert.That((await alice.PostAsync("/trail/check")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task An_export_that_fails_at_once_is_told_on_a_page_and_one_that_breaks_off_is_no_whole_file()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        using var carol = await Browser.SignInAsync(fixture, "carol");
        await alice.PostAsync("/request", [.. Request, ("export", "on")]);
        await bob.PostAsync("/grants/1/approve");
        var page = (await alice.GetAsync("/grants/1")).Text;
        var key = page.Split("name=\"key\" value=\"")[1][..32];
        var file = await alice.PostAsync("/grants/1/export", ("format", "csv"), ("key", key));
        Assert.That((file.Text, file.Headers["Content-Disposition"]), Is.EqualTo(("id\r\n1\r\n", "attachment; filename=\"grant-1.csv\"")));
        Assert.That((await alice.GetAsync($"/grants/1/export/{key}")).Text, Is.EqualTo("Done: 1 rows, 7 bytes."));
        Assert.That((await carol.GetAsync($"/grants/1/export/{key}")).Status, Is.EqualTo(HttpStatusCode.Accepted), "it is nobody else's business");
        Assert.That((await carol.PostAndFollowAsync("/grants/1/export", ("format", "csv"))).Decoded, Does.Contain("Only its user may run it."));
        Assert.That((await alice.PostAndFollowAsync("/grants/1/export", ("format", "exe"))).Decoded, Does.Contain("not a format"));

        fixture.StandIns.End = new(0, "the server went away");
        Assert.That(async () => await alice.PostAsync("/grants/1/export", ("format", "csv"), ("key", key)), Throws.InstanceOf<HttpRequestException>());
        Assert.That((await alice.GetAsync($"/grants/1/export/{key}")).Text, Does.Contain("Broke off").And.Contain("the server went away"));
    }
}
