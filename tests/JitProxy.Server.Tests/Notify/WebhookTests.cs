using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Notify;
using JitProxy.Server.Tests.Admin;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Server.Tests.Decide;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Notify;

/// <summary>What hooks are told, and what becomes of hooks that do not listen.</summary>
public sealed class WebhookTests
{
    private readonly Dictionary<long, long> _executions = [];
    private DeskFixture _fixture = null!;
    private HookReceiver _receiver = null!;
    private Webhooks _hooks = null!;
    private Func<Grant, string?> _statementOf = static grant => grant.Statement;

    [SetUp]
    public void Start()
    {
        _executions.Clear();
        _statementOf = static grant => grant.Statement;
        _fixture = new();
        _receiver = new();
        _hooks = new(_fixture.Desk, ids => ids.ToDictionary(static id => id, id => _executions.GetValueOrDefault(id)), grant => _statementOf(grant), new(NullLogger<NotifyLog>.Instance), _fixture.Clock);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _hooks.DisposeAsync();
        _receiver.Dispose();
        _fixture.Dispose();
    }

    [Test]
    public async Task The_life_of_a_grant_is_told_in_order()
    {
        _hooks.Use([Hook()]);
        var grant = await _fixture.RequestAsync(DeskFixture.Wish() with { Unmask = true });
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("requested"));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("step_waiting"));
        DeskFixture.Done(_fixture.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("step_waiting"));
        DeskFixture.Done(_fixture.Desk.Approve(grant.Id, new("carol"), ApprovalTerms.AsRequested));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("approved"));
        _hooks.Look();
        _executions[grant.Id] = 1;
        _hooks.Look();
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("first_used"));
        _hooks.Look();
        _fixture.Clock.Now += TimeSpan.FromHours(2.5);
        _hooks.Look();
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("expiring"));
        _fixture.Clock.Now += TimeSpan.FromHours(2);
        _hooks.Look();
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("expired"));
        _hooks.Look();
        DeskFixture.Done(_fixture.Desk.Reject((await _fixture.RequestAsync(DeskFixture.Wish("select 2"))).Id, new("bob"), "no"));
        Assert.That((_receiver.TakeEvent(), _receiver.TakeEvent(), _receiver.TakeEvent()), Is.EqualTo(("requested", "step_waiting", "rejected")));
        Assert.That(_receiver.IsEmpty);
    }

    [Test]
    public async Task Sent_back_break_glass_and_its_review_are_told_and_roles_are_reminded_of_twice()
    {
        var approval = _fixture.Configuration.Approval with { BreakGlass = new(["project-owner"], TimeSpan.FromHours(1)) };
        _fixture.Configuration = _fixture.Configuration with { Approval = approval };
        _hooks.Use([Hook() with { Events = [WebhookEvent.SentBack, WebhookEvent.BreakGlass, WebhookEvent.Reviewed, WebhookEvent.Expiring, WebhookEvent.Revoked] }]);
        var asked = await _fixture.RequestAsync();
        DeskFixture.Done(_fixture.Desk.Reject(asked.Id, new("bob"), "for an hour, please", asksForChanges: true));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("sent_back"));
        var emergency = await _fixture.RequestAsync(DeskFixture.Wish("select 3") with { BreakGlass = true });
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("break_glass"));
        DeskFixture.Done(_fixture.Desk.Review(emergency.Id, new("bob"), "looked at it"));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("reviewed"));
        var role = await _fixture.ActiveAsync(
            DeskFixture.Wish() with { Kind = GrantKind.Role, Statement = null, Role = "sql-editor-user", Duration = TimeSpan.FromDays(5) });
        foreach (var hours in (double[])[71, 2, 44, 2])
        {
            _fixture.Clock.Now += TimeSpan.FromHours(hours);
            _hooks.Look();
        }

        Assert.That((_receiver.TakeEvent(), _receiver.TakeEvent()), Is.EqualTo(("expiring", "expiring")));
        DeskFixture.Done(_fixture.Desk.Revoke(role.Id, new("bob")));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("revoked"));
        Assert.That(_receiver.IsEmpty);
    }

    [Test]
    public async Task A_body_is_signed_and_says_everything()
    {
        _hooks.Use([Hook() with { Secret = "shared secret" }]);
        var grant = await _fixture.RequestAsync();
        var (body, signature) = _receiver.Take();
        Assert.That(signature, Is.EqualTo(WebhookMessage.Sign(Encoding.UTF8.GetBytes(body), "shared secret")));
        Assert.That(signature, Is.Not.EqualTo(WebhookMessage.Sign(Encoding.UTF8.GetBytes(body), "another")));
        using var json = JsonDocument.Parse(body);
        Assert.That(json.RootElement.GetProperty("by").GetString(), Is.EqualTo("alice"));
        Assert.That(json.RootElement.GetProperty("grant").GetProperty("id").GetInt64(), Is.EqualTo(grant.Id));
        Assert.That(json.RootElement.GetProperty("grant").GetProperty("statement").GetString(), Is.EqualTo("select 1"));
    }

    [Test]
    public async Task A_statement_leaves_as_the_rules_of_redaction_let_it([Values] bool isForPeople)
    {
        _statementOf = static _ => "select ?";
        _hooks.Use([Hook() with { Format = isForPeople ? WebhookFormat.Slack : WebhookFormat.Json }]);
        await _fixture.RequestAsync();

        Assert.That(_receiver.Take().Body, Does.Contain("select ?").And.Not.Contain("select 1"));
    }

    [Test]
    public async Task A_hook_that_fails_is_told_again_and_in_order()
    {
        _receiver.Answer(503, 500);
        _hooks.Use([Hook()]);
        await _fixture.RequestAsync();
        Assert.That(
            (_receiver.TakeEvent(), _receiver.TakeEvent(), _receiver.TakeEvent(), _receiver.TakeEvent()),
            Is.EqualTo(("requested", "requested", "requested", "step_waiting")));
    }

    [Test]
    public async Task Only_what_is_wanted_is_sent()
    {
        _hooks.Use([Hook() with { Events = [WebhookEvent.Approved] }]);
        await _fixture.ActiveAsync();
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("approved"));
        Assert.That(_receiver.IsEmpty);
    }

    [Test]
    public async Task Chat_text_cannot_be_made_to_mention_or_link()
    {
        _hooks.Use([Hook() with { Format = WebhookFormat.Slack, Events = [WebhookEvent.Requested] }]);
        await _fixture.RequestAsync(DeskFixture.Wish("select '<!channel> `x` & <https://evil.example|click>'"));
        using var json = JsonDocument.Parse(_receiver.Take().Body);
        var text = json.RootElement.GetProperty("text").GetString();
        Assert.That(text, Does.StartWith("JitProxy: alice asks for grant 1").And.Not.Contain("<").And.Not.Contain(">"));
        Assert.That(text!.Count(static c => c == '`'), Is.EqualTo(2));
    }

    [Test]
    public async Task Dead_hooks_hold_nobody_up()
    {
        _hooks.Use([Hook() with { Url = new("http://127.0.0.1:9/nobody") }, Hook()]);
        for (var i = 0; i < WebhookSender.QueueMax; i++)
            await _fixture.RequestAsync(DeskFixture.Wish($"select {i}"));

        Assert.That(_receiver.TakeEvent(), Is.EqualTo("requested"));
    }

    [Test]
    public async Task Slow_hooks_hold_nobody_up_and_lose_nothing()
    {
        var held = _receiver.Held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _hooks.Use([Hook() with { Events = [WebhookEvent.Requested] }]);
        for (var i = 0; i < 20; i++)
            await _fixture.RequestAsync(DeskFixture.Wish($"select {i}"));

        Assert.That(_receiver.TakeEvent(), Is.EqualTo("requested"), "the first is on its way, and nobody has answered it");
        Assert.That(_receiver.IsEmpty);
        (_receiver.Held, var told) = (null, new List<string>());
        held.SetResult();
        for (var i = 1; i < 20; i++)
            told.Add(_receiver.TakeEvent());

        Assert.That(told, Has.Count.EqualTo(19).And.All.EqualTo("requested"));
    }

    private static IEnumerable<WebhookEvent> Events => Enum.GetValues<WebhookEvent>();

    [TestCaseSource(nameof(Events))]
    public async Task Every_event_comes_about_and_has_words_for_both_formats(object value)
    {
        var what = (WebhookEvent)value;
        if (what == WebhookEvent.Ping)
        {
            Assert.That(await WebhookSender.TryAsync(Hook(), new(what, _fixture.Clock.Now, null, null, null), new(new SocketsHttpHandler()), default), Is.Null);
            Assert.That(_receiver.TakeEvent(), Is.EqualTo("ping"));
            return;
        }

        var approval = _fixture.Configuration.Approval with { BreakGlass = new(["project-owner"], TimeSpan.FromHours(1)) };
        _fixture.Configuration = _fixture.Configuration with { Approval = approval };
        _hooks.Use([Hook() with { Events = [what] }, Hook() with { Events = [what], Format = WebhookFormat.Slack }]);
        await BringAboutAsync(what);

        var bodies = new[] { _receiver.Take().Body, _receiver.Take().Body };
        using var json = JsonDocument.Parse(bodies.Single(static b => b.Contains("\"event\"", StringComparison.Ordinal)));
        using var slack = JsonDocument.Parse(bodies.Single(static b => b.StartsWith("{\"text\"", StringComparison.Ordinal)));
        Assert.That(json.RootElement.GetProperty("event").GetString(), Is.EqualTo(WebhooksPart.NameOf(what)));
        Assert.That(json.RootElement.GetProperty("grant").GetProperty("id").GetInt64(), Is.EqualTo(1));
        Assert.That(slack.RootElement.GetProperty("text").GetString(), Does.Match("^JitProxy: [^\n]*(grant 1|runs grant 1)[^\n]*: shop/app\n`select 1`$"));
        Assert.That(_receiver.IsEmpty);
    }

    private async Task BringAboutAsync(WebhookEvent what)
    {
        var asked = await _fixture.RequestAsync(DeskFixture.Wish() with { BreakGlass = what is WebhookEvent.BreakGlass or WebhookEvent.Reviewed });
        DeskResult Act() => what switch
        {
            WebhookEvent.Rejected => _fixture.Desk.Reject(asked.Id, new("bob"), "no"),
            WebhookEvent.SentBack => _fixture.Desk.Reject(asked.Id, new("bob"), "shorter", asksForChanges: true),
            WebhookEvent.Canceled => _fixture.Desk.Cancel(asked.Id, new("alice")),
            WebhookEvent.Reviewed => _fixture.Desk.Review(asked.Id, new("bob"), "seen"),
            WebhookEvent.Requested or WebhookEvent.StepWaiting or WebhookEvent.BreakGlass => DeskResult.Done(asked),
            _ => _fixture.Desk.Approve(asked.Id, new("bob"), ApprovalTerms.AsRequested),
        };

        var grant = DeskFixture.Done(Act());
        if (what == WebhookEvent.Revoked)
            DeskFixture.Done(_fixture.Desk.Revoke(grant.Id, new("bob")));
        _executions[grant.Id] = what == WebhookEvent.FirstUsed ? 1 : 0;
        if (what is WebhookEvent.Expiring or WebhookEvent.Expired)
            _fixture.Clock.Now = grant.ExpiresAt!.Value.AddHours(what == WebhookEvent.Expired ? 0 : -1.5);

        _hooks.Look();
    }

    [Test]
    public async Task A_hook_that_nobody_answers_shows_in_check()
    {
        using var file = new ConfigurationFile($$"""
            servers: { shop: { engine: postgresql, listen: 127.0.0.1:0, upstream: { host: 127.0.0.1, port: 9, user: u } } }
            webhooks:
              - { url: "{{_receiver.Url}}" }
              - { url: "http://127.0.0.1:9/nobody" }
              - { url: "{{new Uri(_receiver.Url, "/nowhere")}}" }
            """);
        var check = await CliRun.RunAsync(CliRun.Nobody(), "check", "--json", "--config", file.FilePath);

        Assert.That(check.ExitCode, Is.EqualTo(1));
        using var json = JsonDocument.Parse(check.Out);
        var faults = json.RootElement.GetProperty("webhooks").EnumerateArray().Select(static h => h.GetProperty("fault").GetString()).ToList();
        Assert.That(faults, Has.Count.EqualTo(3));
        Assert.That(faults[0], Is.Null);
        Assert.That(faults[1], Does.Contain("refused"));
        Assert.That(faults[2], Does.Contain("404"));
        Assert.That(_receiver.TakeEvent(), Is.EqualTo("ping"));
    }

    [Test]
    public void A_hook_without_a_secret_in_its_name() => Assert.That(Hook().ToString(), Does.Contain("/hook/").And.Not.Contain("secret"));

    [TestCase("- { url: ftp://x/y }", "not an address to post to")]
    [TestCase("- { url: http://hooks.example/x }", "in clear; use https")]
    [TestCase("- { format: json }", "has no \"url\"")]
    [TestCase("- { url: https://hooks.example/x, events: [aproved] }", "did you mean \"approved\"?")]
    [TestCase("- { url: https://hooks.example/x, secrets: s }", "did you mean \"secret\"?")]
    public void Faults_are_named(string hook, string fault)
    {
        using var file = new ConfigurationFile(DeskFixture.Yaml + "\nwebhooks:\n  " + hook + "\n");
        Assert.That(file.Faults().Select(static f => f.ToString()), Has.Some.Contains(fault));
    }

    private WebhookConfiguration Hook() => new() { Url = _receiver.Url, Secret = null, Format = WebhookFormat.Json, Events = ImmutableArray<WebhookEvent>.Empty };
}
