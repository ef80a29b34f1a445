using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using NUnit.Framework;
using static JitProxy.Server.Tests.Decide.DeskFixture;

namespace JitProxy.Server.Tests.Decide;

[TestFixture]
internal sealed class GrantDeskTests
{
    private DeskFixture _at = null!;

    [SetUp]
    public void SetUp() => _at = new();

    [TearDown]
    public void TearDown() => _at.Dispose();

    [Test]
    public async Task A_request_becomes_a_grant_that_sessions_can_use_once_it_is_approved()
    {
        var pending = await _at.RequestAsync();
        Assert.That(Reason(_at.Decide()), Is.EqualTo(DenyReason.GrantPending));

        var active = Done(_at.Desk.Approve(pending.Id, new("bob"), new("fine", TimeSpan.FromHours(1))));

        Assert.That(active.ExpiresAt, Is.EqualTo(_at.Clock.Now.AddHours(1)));
        Assert.That(_at.Decide().TryGetPermit(out var permit) ? permit.Grant.Id : 0, Is.EqualTo(pending.Id));
    }

    [Test]
    public async Task A_request_holds_four_hours_unless_it_says_otherwise()
    {
        Assert.That((await _at.RequestAsync()).Duration, Is.EqualTo(TimeSpan.FromHours(4)));
        Assert.That((await _at.RequestAsync(Wish(database: "shop/quiet"))).Duration, Is.EqualTo(TimeSpan.FromHours(1)));
        Assert.That((await _at.RequestAsync(Wish("select 2") with { Duration = TimeSpan.FromDays(7) })).Duration, Is.EqualTo(TimeSpan.FromDays(7)));
    }

    [Test]
    public async Task Revocation_is_in_force_when_it_returns()
    {
        var grant = await _at.ActiveAsync();

        Done(_at.Desk.Revoke(grant.Id, new("bob"), "enough"));

        Assert.That(Reason(_at.Decide()), Is.EqualTo(DenyReason.GrantRevoked));
        Assert.That(Refused(_at.Desk.Revoke(grant.Id, new("bob"))), Does.Contain("revoked").And.Contain("jitproxy request"));
    }

    [Test]
    public async Task Nothing_is_forgotten_when_the_proxy_starts_again()
    {
        var active = await _at.ActiveAsync();
        var pending = await _at.RequestAsync(Wish("select 2"));
        Done(_at.Desk.Reject((await _at.RequestAsync(Wish("select 3"))).Id, new("bob"), "no"));

        var again = _at.NewDesk();

        Assert.That(again.List(new()).Select(g => g.StatusAt(_at.Clock.Now)), Is.EqualTo(new[] { GrantStatus.Active, GrantStatus.Pending, GrantStatus.Rejected }));
        Assert.That(again.Find(active.Id)!.ExpiresAt, Is.EqualTo(active.ExpiresAt));
        Assert.That(again.Find(pending.Id)!.NextStep!.Role, Is.EqualTo("project-owner"));
    }

    [Test]
    public async Task The_same_request_is_taken_once()
    {
        await _at.RequestAsync();

        Assert.That(Refused(await _at.AskAsync(Wish(" SELECT 1 ; "))), Does.Contain("grant 1").And.Contain("waiting"));
        Assert.That((await _at.RequestAsync(Wish() with { Unmask = true })).Id, Is.GreaterThan(1));
        Assert.That((await _at.RequestAsync(user: "carol")).User, Is.EqualTo("carol"));
    }

    [Test]
    public async Task What_is_active_is_extended_not_requested_again()
    {
        await _at.ActiveAsync();

        Assert.That(Refused(await _at.AskAsync()), Does.Contain("jitproxy extend 1"));
    }

    [Test]
    public async Task After_a_rejection_or_an_end_the_same_can_be_asked_again()
    {
        Done(_at.Desk.Reject((await _at.RequestAsync()).Id, new("bob"), "no"));
        Done(_at.Desk.Cancel((await _at.RequestAsync()).Id, new("alice")));
        Done(_at.Desk.Revoke((await _at.ActiveAsync()).Id, new("bob")));
        var active = await _at.ActiveAsync();
        _at.Clock.Now = active.ExpiresAt!.Value;

        Assert.That((await _at.RequestAsync()).StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Pending));
    }

    [Test]
    public async Task A_spent_grant_can_be_asked_for_again()
    {
        var grant = await _at.ActiveAsync(Wish() with { ExecutionsMax = 1 });
        Assert.That(_at.Desk.TrySpend(grant.Id), Is.True);

        Assert.That((await _at.RequestAsync()).Id, Is.GreaterThan(grant.Id));
    }

    [Test]
    public async Task An_extension_is_a_successor_that_is_approved_anew()
    {
        var grant = await _at.ActiveAsync();

        var successor = Done(await _at.Desk.ExtendAsync(grant.Id, new("alice"), TimeSpan.FromHours(9), CancellationToken.None));

        Assert.That((successor.Request.Extends, successor.StatusAt(_at.Clock.Now)), Is.EqualTo(((long?)grant.Id, GrantStatus.Pending)));
        Assert.That(_at.Desk.Find(grant.Id)!.ExpiresAt, Is.EqualTo(grant.ExpiresAt));
        Assert.That(Refused(await _at.Desk.ExtendAsync(grant.Id, new("alice"), null, CancellationToken.None)), Does.Contain("already waiting"));

        Done(_at.Desk.Approve(successor.Id, new("bob"), ApprovalTerms.AsRequested));
        _at.Clock.Now = grant.ExpiresAt!.Value;
        Assert.That(_at.Decide().TryGetPermit(out var permit) ? permit.Grant.Id : 0, Is.EqualTo(successor.Id));
    }

    [Test]
    public async Task An_extension_obeys_the_project_like_any_request()
    {
        var grant = await _at.ActiveAsync();

        Assert.That(Refused(await _at.Desk.ExtendAsync(grant.Id, new("alice"), TimeSpan.FromDays(8), CancellationToken.None)), Does.Contain("at most 7d"));
        Assert.That(Refused(await _at.Desk.ExtendAsync(grant.Id, new("bob"), null, CancellationToken.None)), Does.Contain("requested by alice"));
        Assert.That(Refused(await _at.Desk.ExtendAsync(99, new("alice"), null, CancellationToken.None)), Does.Contain("no grant 99"));
    }

    [Test]
    public async Task Steps_are_signed_by_the_holders_of_their_roles_in_order()
    {
        var pending = await _at.RequestAsync(Wish() with { Unmask = true });

        Assert.That(Refused(_at.Desk.Approve(pending.Id, new("carol"), ApprovalTerms.AsRequested)), Does.Contain("project-owner"));
        Done(_at.Desk.Approve(pending.Id, new("bob"), ApprovalTerms.AsRequested));
        Assert.That(Refused(_at.Desk.Approve(pending.Id, new("bob"), ApprovalTerms.AsRequested)), Does.Contain("security"));
        var active = Done(_at.Desk.Approve(pending.Id, new("carol"), ApprovalTerms.AsRequested));

        Assert.That((active.StatusAt(_at.Clock.Now), active.Unmask), Is.EqualTo((GrantStatus.Active, true)));
    }

    [Test]
    public async Task Owners_do_not_approve_themselves_unless_their_project_says_so()
    {
        Assert.That(Refused(_at.Desk.Approve((await _at.RequestAsync()).Id, new("alice"), ApprovalTerms.AsRequested)), Does.Contain("your own request"));

        var quiet = await _at.RequestAsync(Wish(database: "shop/quiet"), "bob");
        Assert.That(Done(_at.Desk.Approve(quiet.Id, new("bob"), ApprovalTerms.AsRequested)).StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Active));
    }

    [Test]
    public async Task The_administrator_signs_only_as_somebody_and_revokes_as_nobody()
    {
        var pending = await _at.RequestAsync();
        Assert.That(Refused(_at.Desk.Approve(pending.Id, Actor.Administrator, ApprovalTerms.AsRequested)), Does.Contain("--as NAME"));
        Assert.That(Refused(await _at.Desk.RequestAsync(Wish(), Actor.Administrator, CancellationToken.None)), Does.Contain("--as NAME"));

        Done(_at.Desk.Approve(pending.Id, new("bob", IsThroughAdministrator: true), ApprovalTerms.AsRequested));
        Assert.That(_at.Recorded[^1].By.RecordedName, Is.EqualTo("bob (by the administrator)"));
        Assert.That(Done(_at.Desk.Revoke(pending.Id, Actor.Administrator)).Progress.EndedBy, Is.EqualTo("administrator"));
    }

    [Test]
    public async Task Roles_follow_the_configuration_in_force()
    {
        var pending = await _at.RequestAsync();
        using var other = new DeskFixture(Yaml.Replace("owners: [bob, alice]", "owners: [dave]", StringComparison.Ordinal));

        _at.Configuration = other.Configuration;

        Assert.That(Refused(_at.Desk.Approve(pending.Id, new("bob"), ApprovalTerms.AsRequested)), Does.Contain("do not hold"));
        Done(_at.Desk.Approve(pending.Id, new("dave"), ApprovalTerms.AsRequested));
    }

    [Test]
    public async Task Nothing_changes_when_the_trail_cannot_be_written()
    {
        var pending = await _at.RequestAsync();
        _at.TrailFault = "the disk is full";

        Assert.That(Refused(_at.Desk.Approve(pending.Id, new("bob"), ApprovalTerms.AsRequested)), Does.Contain("the disk is full"));
        Assert.That(Refused(await _at.AskAsync(Wish("select 2"))), Does.Contain("the disk is full"));

        Assert.That(_at.Store.Grants.ReadAll().Select(g => g.StatusAt(_at.Clock.Now)), Is.EqualTo(new[] { GrantStatus.Pending }));
        Assert.That(_at.Desk.Book.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Every_change_is_recorded_and_announced_once()
    {
        var announced = new List<GrantChange>();
        _at.Desk.Changed += announced.Add;

        var active = await _at.ActiveAsync();
        await _at.Desk.ExtendAsync(active.Id, new("alice"), null, CancellationToken.None);
        _at.Desk.Revoke(active.Id, new("bob"));
        _at.Desk.Reject(2, new("bob"), "no");
        _at.Desk.Cancel((await _at.RequestAsync(Wish("select 2"))).Id, new("alice"));
        _at.Desk.Cancel(99, new("alice"));

        Assert.That(announced.Select(c => c.Kind), Is.EqualTo(new[]
        {
            GrantChangeKind.Requested, GrantChangeKind.Approved, GrantChangeKind.Extended, GrantChangeKind.Revoked,
            GrantChangeKind.Rejected, GrantChangeKind.Requested, GrantChangeKind.Canceled,
        }));
        Assert.That(_at.Recorded, Is.EqualTo(announced));
    }

    [Test]
    public async Task Of_two_proxies_on_one_store_the_slower_one_is_told()
    {
        var pending = await _at.RequestAsync();
        var other = _at.NewDesk();
        Done(other.Reject(pending.Id, new("bob"), "no"));

        Assert.That(Refused(_at.Desk.Approve(pending.Id, new("bob"), ApprovalTerms.AsRequested)), Does.Contain("at the same time"));
        Assert.That(_at.Desk.Find(pending.Id)!.StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Rejected));
    }

    [Test]
    public async Task A_limit_on_executions_holds_in_store_and_book()
    {
        var grant = await _at.ActiveAsync(Wish() with { ExecutionsMax = 7 });

        var spent = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => _at.Desk.TrySpend(grant.Id))));

        Assert.That(spent.Count(isCounted => isCounted), Is.EqualTo(7));
        Assert.That(_at.Desk.Find(grant.Id)!.Executions, Is.EqualTo(7));
        Assert.That(_at.Store.Grants.Find(grant.Id)!.Executions, Is.EqualTo(7));
        Assert.That(Reason(_at.Decide()), Is.EqualTo(DenyReason.GrantSpent));
    }

    [Test]
    public async Task A_limit_that_another_proxy_used_up_is_learned_at_the_first_refusal()
    {
        var grant = await _at.ActiveAsync(Wish() with { ExecutionsMax = 1 });
        Assert.That(_at.NewDesk().TrySpend(grant.Id), Is.True);

        Assert.That(_at.Desk.TrySpend(grant.Id), Is.False);
        Assert.That(Reason(_at.Decide()), Is.EqualTo(DenyReason.GrantSpent));
    }

    [Test]
    public async Task A_removed_user_leaves_nothing_that_a_namesake_could_use()
    {
        await _at.ActiveAsync();
        await _at.RequestAsync(Wish("select 2"));
        await _at.RequestAsync(user: "carol");

        _at.Users.Remove("alice", Actor.Administrator);

        Assert.That(_at.Desk.EndAllOf("alice"), Is.Null);
        Assert.That(_at.Desk.List(new(User: "alice")).Select(g => g.StatusAt(_at.Clock.Now)), Is.EqualTo(new[] { GrantStatus.Revoked, GrantStatus.Canceled }));
        Assert.That(_at.Desk.List(new(GrantStatus.Pending)), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task The_list_is_filtered_by_status_now_user_and_database()
    {
        var brief = await _at.ActiveAsync(Wish() with { Duration = TimeSpan.FromMinutes(1) });
        await _at.RequestAsync(Wish("select 2", "shop/report_1"));
        _at.Clock.Now += TimeSpan.FromMinutes(1);

        Assert.That(_at.Desk.List(new(GrantStatus.Expired)).Select(g => g.Id), Is.EqualTo(new[] { brief.Id }));
        Assert.That(_at.Desk.List(new(GrantStatus.Active)), Is.Empty);
        Assert.That(_at.Desk.List(new(Database: "shop/report_1")), Has.Length.EqualTo(1));
        Assert.That(_at.Desk.List(new(User: "bob")), Is.Empty);
    }

    [Test]
    public async Task A_comment_has_an_end()
    {
        var pending = await _at.RequestAsync();

        Assert.That(Refused(_at.Desk.Reject(pending.Id, new("bob"), new string('x', 5000))), Does.Contain("longer"));
    }

    private static DenyReason Reason(Decision decision) =>
        decision.TryGetPermit(out _, out var reason) ? throw new AssertionException("allowed") : reason;
}
