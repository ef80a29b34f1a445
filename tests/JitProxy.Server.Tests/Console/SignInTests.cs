using System.Net;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Console;
using JitProxy.Server.Tests.Admin;
using JitProxy.Server.Tests.Authenticate;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Console;

/// <summary>Who comes in, and for how long.</summary>
public sealed class SignInTests
{
    [Test]
    public async Task An_unknown_name_and_a_wrong_password_look_the_same()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = new Browser(fixture);
        var unknown = await browser.PostAsync("/sign-in", ("user", "nobody"), ("password", "x"));
        var wrong = await browser.PostAsync("/sign-in", ("user", "alice"), ("password", "x"));
        Assert.That(unknown.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(wrong.Text.Replace("alice", "nobody", StringComparison.Ordinal), Is.EqualTo(unknown.Text));
        Assert.That(browser.Cookie, Is.Null);
    }

    [Test]
    public async Task Guessing_is_slowed_down_by_the_limiter_of_the_wire()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = new Browser(fixture);
        var here = new IPEndPoint(IPAddress.Loopback, 1);
        for (var i = 0; i < LoginLimiter.FailuresFree; i++)
            fixture.Logins.Fail("alice", here);

        var answer = await browser.PostAsync("/sign-in", ("user", "alice"), ("password", "pencil"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.TooManyRequests), "the right password does not help");
        Assert.That(answer.Text, Does.Contain("Try again in"));
        Assert.That((await browser.PostAsync("/sign-in", ("user", "bob"), ("password", "pencil"))).Status, Is.EqualTo(HttpStatusCode.SeeOther), "others are not affected");

        for (var i = 0; i < LoginLimiter.FailuresFree; i++)
            await browser.PostAsync("/sign-in", ("user", "carol"), ("password", "guess"));

        Assert.That(fixture.Logins.MayTry("carol", here, out _), Is.False, "and the wire knows of guesses here");
    }

    [Test]
    public async Task A_token_signs_in_until_it_is_revoked()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var token = (await fixture.RunAsync("token", "create", "--as", "alice")).MustSucceed();
        var secret = token.Out.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries).First(static w => w.Length > 30);
        using var browser = await Browser.SignInAsync(fixture, "alice", secret);
        Assert.That((await browser.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.OK));
        (await fixture.RunAsync("token", "revoke", "1")).MustSucceed();
        Assert.That((await browser.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther));
    }

    [Test]
    public async Task A_session_ends_with_the_password_and_with_the_person()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var alice = await Browser.SignInAsync(fixture, "alice");
        (await fixture.FeedAsync("pen\n", "user", "password", "alice", "--password-stdin")).MustSucceed();
        Assert.That((await alice.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "another password");

        using var bob = await Browser.SignInAsync(fixture, "bob");
        (await fixture.RunAsync("user", "remove", "bob")).MustSucceed();
        (await fixture.FeedAsync("pencil\n", "user", "add", "bob", "--password-stdin")).MustSucceed();
        Assert.That((await bob.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "a namesake, with the same password even");
    }

    [Test]
    public async Task Signing_out_ends_the_session_and_not_only_the_cookie()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = await Browser.SignInAsync(fixture, "alice");
        var kept = browser.Cookie;
        Assert.That((await browser.PostAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
        browser.Cookie = kept;
        Assert.That((await browser.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther));
    }

    [Test]
    public async Task Signing_in_again_makes_another_session()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = await Browser.SignInAsync(fixture, "alice");
        var planted = browser.Cookie;
        await browser.PostAsync("/sign-in", ("user", "alice"), ("password", "pencil"));
        Assert.That(browser.Cookie, Is.Not.EqualTo(planted));
        browser.Cookie = planted;
        Assert.That((await browser.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "what was there before is worth nothing");
    }

    [Test]
    public async Task A_session_ends_after_an_hour_unused_and_after_twelve_in_any_case()
    {
        var clock = new ManualClock();
        await using var fixture = await AdminFixture.StartAsync(clock);
        (await fixture.FeedAsync("pencil\n", "user", "add", "alice", "--password-stdin")).MustSucceed();
        using var idle = await Browser.SignInAsync(fixture, "alice");
        using var busy = await Browser.SignInAsync(fixture, "alice");
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.That((await busy.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.OK));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.That((await idle.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "an hour unused");
        for (var minutes = 61; minutes < 11 * 60; minutes += 50)
        {
            Assert.That((await busy.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.OK));
            clock.Advance(TimeSpan.FromMinutes(50));
        }

        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.That((await busy.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "twelve hours");
    }

    [Test]
    public async Task Somebody_has_so_many_sessions_and_no_more()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var first = await Browser.SignInAsync(fixture, "alice");
        using var other = await Browser.SignInAsync(fixture, "bob");
        for (var i = 0; i < SessionTable.PerUserMax; i++)
        {
            using var more = new Browser(fixture);
            await more.PostAsync("/sign-in", ("user", "alice"), ("password", "pencil"));
        }

        Assert.That((await first.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.SeeOther), "the one unused for longest made room");
        Assert.That((await other.GetAsync("/grants")).Status, Is.EqualTo(HttpStatusCode.OK), "and not somebody else's");
    }

    [Test]
    public async Task Comings_and_goings_are_in_the_trail()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var browser = await Browser.SignInAsync(fixture, "alice");
        await browser.PostAsync("/sign-out");
        await browser.PostAsync("/sign-in", ("user", "alice"), ("password", "guess"));
        var told = fixture.Audit.Query(new() { User = "alice" }).Select(static r => (r.Event.ToString(), r.Detail)).ToList();
        Assert.That(told, Is.SupersetOf(new[] { ("Login", "console: password"), ("Logout", "console"), ("LoginRefused", "console: wrong secret") }));
    }
}
