using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using NUnit.Framework;
using static JitProxy.Server.Tests.Decide.DeskFixture;

namespace JitProxy.Server.Tests.Decide;

/// <summary>Emergencies: who may run something before it is approved, for how long, and who looks at it afterwards.</summary>
[TestFixture]
internal sealed class BreakGlassTests
{
    private static readonly GrantWish Emergency = Wish() with { BreakGlass = true };

    private DeskFixture _at = null!;

    [SetUp]
    public void SetUp() => _at = new(Yaml
        .Replace("  dba: [dave]", "  dba: [dave]\n  oncall: [alice, dave]", StringComparison.Ordinal)
        .Replace("  fallback:", "  break_glass: { roles: [oncall] }\n  fallback:", StringComparison.Ordinal));

    [TearDown]
    public void TearDown() => _at.Dispose();

    [Test]
    public async Task It_is_active_at_once_marked_and_short()
    {
        var grant = await _at.RequestAsync(Emergency with { Unmask = true }, "dave");

        Assert.That(grant.StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Active));
        Assert.That(grant.Steps, Is.Empty);
        Assert.That(grant.NeedsReview, Is.True);
        Assert.That(grant.ExpiresAt, Is.EqualTo(_at.Clock.Now.AddHours(1)), "not the usual four hours");
        Assert.That(_at.Decide(user: "dave").TryGetPermit(out _), Is.True);
        Assert.That(_at.NewDesk().Find(grant.Id)!.NeedsReview, Is.True, "the store keeps the mark");
    }

    [Test]
    public async Task Not_everybody_may_and_not_for_everything()
    {
        Assert.That(Refused(await _at.AskAsync(Emergency, "carol")), Does.Contain("Only the roles oncall"));
        Assert.That(Refused(await _at.AskAsync(Emergency with { Duration = TimeSpan.FromHours(2) })), Does.Contain("at most 1h"));
        Assert.That(Refused(await _at.AskAsync(Emergency with { Databases = ["shop/shut"] })), Does.Contain("just_in_time_access"));
        Assert.That(Refused(await _at.AskAsync(Emergency with { Databases = ["shop/quiet"], Export = true })), Does.Contain("data_export"));
        Assert.That(Refused(await _at.AskAsync(Emergency with { Reason = "" })), Does.Contain("reason"));

        using var without = new DeskFixture();
        Assert.That(Refused(await without.AskAsync(Emergency)), Does.Contain("approval.break_glass is not set"));
    }

    [Test]
    public async Task Without_another_owner_to_review_it_the_glass_stays_whole()
    {
        var projects = _at.Configuration.Projects;
        _at.Configuration = _at.Configuration with { Projects = projects.SetItem("store", projects["store"] with { Owners = ["alice"] }) };

        Assert.That(Refused(await _at.AskAsync(Emergency)), Does.Contain("no other owner"));
        Assert.That((await _at.RequestAsync(Emergency, "dave")).NeedsReview, Is.True);
    }

    [Test]
    public async Task An_owner_reviews_it_once_with_a_comment_and_never_their_own()
    {
        var grant = await _at.RequestAsync(Emergency);
        Assert.That(Refused(Review(grant, "alice")), Does.Contain("another owner"), "alice owns the project as well");
        Assert.That(Refused(Review(grant, "carol")), Does.Contain("an owner of project store"));
        Assert.That(Refused(Review(grant, "bob", " ")), Does.Contain("comment"));
        Assert.That(Refused(_at.Desk.Review(grant.Id, Actor.Administrator, "x")), Does.Contain("an owner of project store"));

        var reviewed = Done(Review(grant, "bob"));

        Assert.That((reviewed.NeedsReview, reviewed.Progress.ReviewedBy, reviewed.Progress.ReviewComment), Is.EqualTo((false, "bob", "it was right")));
        Assert.That(_at.Recorded[^1].Kind, Is.EqualTo(GrantChangeKind.Reviewed));
        Assert.That(Refused(Review(grant, "bob")), Does.Contain("needs no review"));
        Assert.That(_at.Decide().TryGetPermit(out _), Is.True, "a review ends nothing");
        Assert.That(_at.NewDesk().Find(grant.Id)!.Progress.ReviewedBy, Is.EqualTo("bob"));
    }

    [Test]
    public async Task It_waits_for_its_review_after_its_end_as_well()
    {
        var expired = await _at.RequestAsync(Emergency);
        var revoked = await _at.RequestAsync(Emergency, "dave");
        Done(_at.Desk.Revoke(revoked.Id, new("bob")));
        _at.Clock.Now += TimeSpan.FromHours(2);

        Assert.That(_at.Desk.List(new(NeedsReview: true)).Select(g => g.Id), Is.EqualTo(new[] { expired.Id, revoked.Id }));
        Done(Review(expired, "bob"));
        Done(Review(revoked, "bob"));
        Assert.That(_at.Desk.List(new(NeedsReview: true)), Is.Empty);
    }

    [Test]
    public async Task What_was_approved_needs_no_review()
    {
        var grant = await _at.ActiveAsync();

        Assert.That(grant.NeedsReview, Is.False);
        Assert.That(Refused(Review(grant, "bob")), Does.Contain("needs no review"));
    }

    [Test]
    public async Task More_time_is_approved_as_for_anybody()
    {
        var grant = await _at.RequestAsync(Emergency);

        var extension = Done(await _at.Desk.ExtendAsync(grant.Id, new("alice"), TimeSpan.FromHours(3), default));

        Assert.That(extension.StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Pending));
        Assert.That(extension.Request.BreakGlass, Is.False);
    }

    private DeskResult Review(Grant grant, string by, string comment = "it was right") => _at.Desk.Review(grant.Id, new(by), comment);
}
