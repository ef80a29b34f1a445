using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using NUnit.Framework;
using static JitProxy.Server.Tests.Decide.DeskFixture;

namespace JitProxy.Server.Tests.Decide;

/// <summary>What happens to requests besides being approved: made again, left alone, bound to networks.</summary>
[TestFixture]
internal sealed class RequestLifeTests
{
    private static readonly Actor Alice = new("alice");

    private DeskFixture _at = null!;

    [SetUp]
    public void SetUp() => _at = new();

    [TearDown]
    public void TearDown() => _at.Dispose();

    [Test]
    public async Task A_rejected_request_can_be_made_again_with_another_reason()
    {
        var wish = Wish() with { Unmask = true, Duration = TimeSpan.FromHours(2), ExecutionsMax = 3, Networks = ["10.0.0.0/8"] };
        var first = await _at.RequestAsync(wish);
        Done(_at.Desk.Reject(first.Id, new("bob"), "which ticket?"));

        var again = Done(await _at.Desk.AskAgainAsync(first.Id, Alice, "ticket 8", static wish => wish, default));

        Assert.That(again.Request with { Databases = default }, Is.EqualTo(first.Request with { Databases = default, Again = first.Id, Reason = "ticket 8", Networks = again.Request.Networks, Parameters = again.Request.Parameters }));
        Assert.That(again.Request.Networks, Is.EqualTo(first.Request.Networks));
        Assert.That(again.Steps.Select(s => s.By), Is.All.Null, "earlier signatures are for the earlier reason");
        Assert.That(_at.Desk.Find(first.Id)!.StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Rejected));
        Assert.That(_at.NewDesk().Find(again.Id)!.Request.Again, Is.EqualTo(first.Id), "the store keeps it");
    }

    [Test]
    public async Task A_request_that_was_sent_back_can_be_amended()
    {
        var first = await _at.RequestAsync(Wish() with { Unmask = true });
        var back = Done(_at.Desk.Reject(first.Id, new("bob"), "without unmask, and for an hour", asksForChanges: true));
        Assert.That((back.StatusAt(_at.Clock.Now), back.Progress.EndComment), Is.EqualTo((GrantStatus.Rejected, "without unmask, and for an hour")));
        Assert.That(_at.Recorded[^1].Kind, Is.EqualTo(GrantChangeKind.SentBack));

        var again = Done(await _at.Desk.AskAgainAsync(
            first.Id, Alice, "ticket 8", static wish => wish with { Unmask = false, Duration = TimeSpan.FromHours(1), Statement = "select 2" }, default));

        Assert.That(
            (again.Request.Again, again.Unmask, again.Duration, again.Statement, again.Steps.Length), Is.EqualTo((first.Id, false, TimeSpan.FromHours(1), "select 2", 1)));
    }

    [Test]
    public async Task Nothing_else_can_be_made_again()
    {
        var pending = await _at.RequestAsync();
        Assert.That(Refused(await _at.Desk.AskAgainAsync(pending.Id, Alice, "x", static wish => wish, default)), Does.Contain("only a rejected request"));
        Done(_at.Desk.Reject(pending.Id, new("bob"), "no"));

        Assert.That(Refused(await _at.Desk.AskAgainAsync(pending.Id, new("carol"), "x", static wish => wish, default)), Does.Contain("requested by alice"));
        Assert.That(Refused(await _at.Desk.AskAgainAsync(pending.Id, Alice, " ", static wish => wish, default)), Does.Contain("reason"));
        Assert.That(Refused(await _at.Desk.AskAgainAsync(99, Alice, "x", static wish => wish, default)), Does.Contain("no grant 99"));

        Done(await _at.Desk.AskAgainAsync(pending.Id, Alice, "x", static wish => wish, default));
        Assert.That(Refused(await _at.Desk.AskAgainAsync(pending.Id, Alice, "y", static wish => wish, default)), Does.Contain("already waiting"));
    }

    [Test]
    public async Task A_request_that_nobody_acts_on_closes_itself()
    {
        var first = await _at.RequestAsync();
        var second = await _at.RequestAsync(Wish("select 2") with { Unmask = true });
        var active = await _at.ActiveAsync(Wish("select 3") with { Duration = TimeSpan.FromDays(7) });
        _at.Clock.Now += TimeSpan.FromDays(7) - TimeSpan.FromTicks(1);
        Done(_at.Desk.Approve(second.Id, new("bob"), ApprovalTerms.AsRequested));
        _at.Desk.CloseStale();
        Assert.That(Status(first), Is.EqualTo(GrantStatus.Pending));

        _at.Clock.Now += TimeSpan.FromTicks(1);
        _at.Desk.CloseStale();

        Assert.That(Status(first), Is.EqualTo(GrantStatus.Canceled));
        Assert.That(_at.Desk.Find(first.Id)!.Progress.EndedBy, Is.EqualTo("jitproxy"));
        Assert.That(_at.Recorded[^1].Kind, Is.EqualTo(GrantChangeKind.Canceled));
        Assert.That(Status(second), Is.EqualTo(GrantStatus.Pending), "a signature counts as an act");
        Assert.That(Status(active), Is.EqualTo(GrantStatus.Expired));
        Assert.That(_at.NewDesk().Find(first.Id)!.Progress.EndComment, Is.EqualTo("nobody decided in time"));
    }

    [Test]
    public async Task The_configuration_says_how_long_a_request_waits()
    {
        using var at = new DeskFixture(Yaml.Replace("approval:\n", "approval:\n  pending_expiration: 1h\n", StringComparison.Ordinal));
        var grant = await at.RequestAsync();
        at.Clock.Now += TimeSpan.FromHours(1);
        at.Desk.CloseStale();

        Assert.That(at.Desk.Find(grant.Id)!.StatusAt(at.Clock.Now), Is.EqualTo(GrantStatus.Canceled));
    }

    [TestCase("10.0.0.0/8", "10.1.2.3:5000", true)]
    [TestCase("10.0.0.0/8", "11.1.2.3:5000", false)]
    [TestCase("10.0.0.0/8", "[::ffff:10.1.2.3]:5000", true)]
    [TestCase("192.0.2.7", "192.0.2.7", true)]
    [TestCase("192.0.2.7", "192.0.2.8", false)]
    [TestCase("2001:db8::/32", "[2001:db8::1]:5000", true)]
    [TestCase("2001:db8::/32", "10.1.2.3:5000", false)]
    [TestCase("0.0.0.0/0", "local", false)]
    [TestCase("0.0.0.0/0", null, false)]
    public async Task A_grant_bound_to_a_network_is_used_from_there_alone(string network, string? client, bool holds)
    {
        var grant = await _at.ActiveAsync(Wish() with { Networks = [network] });

        var decision = Judge.Decide(Plea(client), _at.Desk.Book, _at.Clock.Now);

        Assert.That(decision.TryGetPermit(out _, out var reason), Is.EqualTo(holds));
        Assert.That(reason, Is.EqualTo(holds ? DenyReason.Unspecified : DenyReason.WrongNetwork));
        Assert.That(decision.Objection?.Grant?.Id, Is.EqualTo(holds ? null : grant.Id));
        Assert.That(Judge.Decide(Plea(client), _at.NewDesk().Book, _at.Clock.Now).TryGetPermit(out _), Is.EqualTo(holds), "as the store has it");
    }

    [TestCase("10.0.0.1/8")]
    [TestCase("10.0.0.0/33")]
    [TestCase("office")]
    [TestCase("")]
    public async Task What_is_no_network_is_refused(string network) =>
        Assert.That(Refused(await _at.AskAsync(Wish() with { Networks = [network] })), Does.Contain("is not a network"));

    [Test]
    public async Task Role_grants_are_bound_to_networks_as_well()
    {
        var wish = new GrantWish { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "sql-editor-user", Reason = "on call", Networks = ["10.0.0.0/8"] };
        await _at.ActiveAsync(wish);

        foreach (var (client, holds) in new[] { ("10.0.0.1:1", true), ("11.0.0.1:1", false) })
            Assert.That(Judge.DecideByRole(Plea(client), "select 1"u8.ToArray(), _ => true, _at.Desk.Book, _at.Clock.Now).TryGetPermit(out _), Is.EqualTo(holds));
    }

    [Test]
    public async Task Rules_for_parameters_fit_the_statement_and_are_kept()
    {
        _at.Analysis = _at.Analysis with { ParameterCount = 2 };
        var wish = Wish("select $1, $2") with { Parameters = ["2=int:1..9"] };

        var result = await _at.AskAsync(wish);

        Assert.That(result.Notes, Has.One.Contains("Of the statement's 2 parameters, 1 may take any value"));
        Assert.That(_at.NewDesk().Find(Done(result).Id)!.Request.Parameters, Is.EqualTo(wish.Parameters));
        Assert.That(Refused(await _at.AskAsync(wish with { Parameters = ["3=x"] })), Does.Contain("has 2 parameters"));
        Assert.That(Refused(await _at.AskAsync(wish with { Parameters = ["1=x", "1=y"] })), Does.Contain("two rules"));
        Assert.That(Refused(await _at.AskAsync(wish with { Parameters = ["1=int:"] })), Does.Contain("no rule for a parameter"));
        var role = new GrantWish { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "sql-editor-user", Reason = "x", Parameters = ["1=x"] };
        Assert.That(Refused(await _at.AskAsync(role)), Does.Contain("no parameters"));
    }

    private static StatementPlea Plea(string? client)
    {
        Policy.Sql.NormalForm.TryCreate("select 1"u8, Policy.Sql.SqlDialect.PostgreSql, out var form, out _, out _);
        return new(Policy.Sql.SqlDialect.PostgreSql, "alice", "shop/app", "public", form!, ComesFrom: networks => ClientNetworks.Hold(networks, client));
    }

    private GrantStatus Status(Grant grant) => _at.Desk.Find(grant.Id)!.StatusAt(_at.Clock.Now);
}
