using System.Net;
using JitProxy.Server.Tests.Admin;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Console;

/// <summary>What keeps other sites, other people and other eyes out of the console.</summary>
public sealed class ConsoleSecurityTests
{
    private static readonly string[] Pages =
        ["/request", "/request?kind=role", "/request?denied=1", "/request?like=1", "/grants", "/grants/1", "/inbox", "/projects", "/projects/store", "/trail", "/trail/1", "/nothing"];

    [TestCase("/sign-in")]
    [TestCase("/grants")]
    [TestCase("/nothing")]
    [TestCase("/assets/console.js")]
    [TestCase("/assets/nothing")]
    public async Task Every_answer_tells_browsers_what_may_come_of_it(string path)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = await Browser.SignInAsync(fixture, "bob");
        var headers = (await browser.GetAsync(path)).Headers;
        var policy = headers["Content-Security-Policy"].Split("; ");
        Assert.That(policy, Has.Member("default-src 'none'").And.Member("script-src 'self'").And.Member("style-src 'self'"));
        Assert.That(policy, Has.Member("frame-ancestors 'none'").And.Member("form-action 'self'").And.Member("base-uri 'none'"));
        Assert.That(headers["Content-Security-Policy"], Does.Not.Contain("unsafe").And.Not.Contain("*").And.Not.Contain("data:"));
        Assert.That(headers["X-Frame-Options"], Is.EqualTo("DENY"));
        Assert.That(headers["X-Content-Type-Options"], Is.EqualTo("nosniff"));
        Assert.That(headers["Cache-Control"], path == "/assets/console.js" ? Does.Contain("immutable") : Is.EqualTo("no-store"));
    }

    [Test]
    public async Task No_page_has_a_script_or_a_style_in_it()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        await AskAsync(fixture);
        using var browser = await Browser.SignInAsync(fixture, "alice");
        foreach (var page in Pages)
        {
            var text = (await browser.GetAsync(page)).Text;
            Assert.That(text, Does.Not.Contain("<style").And.Not.Contain(" style=").And.Not.Contain(" onclick").And.Not.Contain(" onload").And.Not.Contain("javascript:"), page);
            Assert.That(text.Split("<script").Skip(1).Where(static s => !s.StartsWith(" src=\"/assets/console.js?", StringComparison.Ordinal)), Is.Empty, page);
        }
    }

    [Test]
    public async Task Nobody_sees_a_page_without_a_session()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = new Browser(fixture);
        foreach (var page in Pages)
        {
            var answer = await browser.GetAsync(page);
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.SeeOther), page);
            Assert.That(answer.Location, Is.EqualTo($"/sign-in?next={Uri.EscapeDataString(page)}"));
            Assert.That(answer.Text, Is.Empty);
        }

        browser.Cookie = $"jitproxy={new string('0', 64)}";
        Assert.That((await browser.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "a made-up cookie is none");
    }

    [Test]
    public async Task The_cookie_is_not_for_scripts_and_not_for_other_sites()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = await Browser.SignInAsync(fixture, "alice");
        Assert.That(browser.CookieAsSet, Does.StartWith("jitproxy=").And.Contain("httponly").And.Contain("samesite=strict").And.Contain("path=/"));
        Assert.That(browser.CookieAsSet, Does.Not.Contain("secure").And.Not.Contain("domain"), "there is no TLS here");
    }

    [Test]
    public async Task Behind_TLS_the_cookie_goes_over_TLS_alone_and_is_the_hosts()
    {
        await using var fixture = await AdminFixture.StartAsync(url: "https://jit.example");
        (await fixture.FeedAsync("pencil\n", "user", "add", "alice", "--password-stdin")).MustSucceed();
        using var browser = await Browser.SignInAsync(fixture, "alice");
        Assert.That(browser.CookieAsSet, Does.StartWith("__Host-jitproxy=").And.Contain("secure").And.Contain("httponly").And.Contain("samesite=strict"));
        browser.Origin = "https://jit.example";
        Assert.That((await browser.PostAsync("/sign-out")).Location, Is.EqualTo("/sign-in"), "forms come from the public address");
    }

    [TestCase("https://evil.example", "same-origin")]
    [TestCase("null", "same-origin")]
    [TestCase("not an origin", "same-origin")]
    [TestCase(null, "cross-site")]
    [TestCase(null, "same-site")]
    [TestCase(null, "none")]
    public async Task A_form_of_another_site_does_nothing(string? origin, string site)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        await AskAsync(fixture);
        using var browser = await Browser.SignInAsync(fixture, "alice");
        (browser.Origin, browser.Site) = (origin, site);
        Assert.That((await browser.PostAsync("/grants/1/cancel")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await browser.PostAsync("/sign-in", ("user", "bob"), ("password", "pencil"))).Status, Is.EqualTo(HttpStatusCode.Forbidden), "nobody is signed in as somebody else");
        Assert.That(await StatusAsync(fixture), Does.Contain("pending"));
    }

    [Test]
    public async Task A_form_needs_the_seal_of_its_own_session()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        await AskAsync(fixture);
        using var alice = await Browser.SignInAsync(fixture, "alice");
        using var bob = await Browser.SignInAsync(fixture, "bob");
        var own = alice.Seal!;
        foreach (var seal in new[] { "", "x", bob.Seal!, own[..^1] })
            Assert.That((await alice.PostAsync("/grants/1/cancel", ("csrf", seal))).Status, Is.EqualTo(HttpStatusCode.Forbidden), seal);

        alice.Seal = null;
        Assert.That((await alice.PostAsync("/grants/1/cancel")).Status, Is.EqualTo(HttpStatusCode.Forbidden), "no seal at all");
        Assert.That(await StatusAsync(fixture), Does.Contain("pending"));
        await alice.PostAsync("/grants/1/cancel", ("csrf", own));
        Assert.That(await StatusAsync(fixture), Does.Contain("canceled"));
    }

    [TestCase("approve")]
    [TestCase("cancel")]
    [TestCase("revoke")]
    [TestCase("run")]
    public async Task An_address_alone_changes_nothing(string act)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        await AskAsync(fixture);
        using var browser = await Browser.SignInAsync(fixture, "alice");
        Assert.That((await browser.GetAsync($"/grants/1/{act}")).Status, Is.EqualTo(HttpStatusCode.NotFound).Or.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(await StatusAsync(fixture), Does.Contain("pending"));
    }

    [Test]
    public async Task A_link_from_another_site_asks_once_more_from_here()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = new Browser(fixture) { Site = "cross-site" };
        var answer = await browser.GetAsync("/request?denied=81");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Text, Does.Contain("content=\"0;url=/request?denied=81\""));
    }

    [TestCase("//evil.example/")]
    [TestCase("https://evil.example/")]
    [TestCase("/\\evil.example/")]
    [TestCase("/\t/evil.example/")]
    [TestCase("javascript:alert(1)")]
    public async Task Signing_in_leads_to_a_page_of_ours_only(string next)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = new Browser(fixture);
        Assert.That((await browser.PostAsync("/sign-in", ("user", "alice"), ("password", "pencil"), ("next", next))).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task A_form_that_is_too_large_is_refused_and_not_read()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = new Browser(fixture);
        var answer = await browser.PostAsync("/sign-in", ("user", "alice"), ("password", new string('x', 20_000)));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge).Or.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task The_socket_has_no_pages_because_the_administrator_has_none()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = fixture.ConnectToSocket();
        foreach (var page in (string[])["/", "/sign-in", "/grants", "/assets/console.css"])
        {
            using var answer = await http.GetAsync(new Uri($"http://local{page}"));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), page);
        }
    }

    [Test]
    public async Task What_one_may_not_see_is_as_if_it_were_not_there()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        (await fixture.FeedAsync("pencil\n", "user", "add", "eve", "--password-stdin")).MustSucceed();
        await AskAsync(fixture);
        using var eve = await Browser.SignInAsync(fixture, "eve");
        Assert.That((await eve.GetAsync("/projects/store")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await eve.GetAsync("/request?like=1")).Text, Does.Not.Contain("select id from customers"));
        Assert.That((await eve.GetAsync("/trail")).Text, Does.Not.Contain("alice"));
        Assert.That((await eve.GetAsync("/trail/1")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        var unseen = await eve.GetAsync("/grants/1");
        var missing = await eve.GetAsync("/grants/999");
        Assert.That(unseen.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(unseen.Text, Is.EqualTo(missing.Text.Replace("grant 999", "grant 1", StringComparison.Ordinal)));
        foreach (var act in (string[])["approve", "reject", "cancel", "revoke", "extend", "run"])
            await eve.PostAsync($"/grants/1/{act}", ("comment", "x"), ("expires", "1h"));
        Assert.That(await StatusAsync(fixture), Does.Contain("pending"));
    }

    private static async Task AskAsync(AdminFixture fixture) =>
        (await fixture.RunAsync("request", "--as", "alice", "--database", "shop/app", "--statement", "select id from customers", "--reason", "r")).MustSucceed();

    private static async Task<string> StatusAsync(AdminFixture fixture) => (await fixture.RunAsync("grant", "1", "--as", "bob")).MustSucceed().Out;
}
