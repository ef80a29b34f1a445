using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

[TestFixture]
internal sealed class GrantFlowTests
{
    private static readonly GrantStatus[] States = Enum.GetValues<GrantStatus>();

    private static DateTimeOffset Later => Sample.Noon.AddMinutes(10);

    [Test]
    public void A_request_with_steps_is_pending_and_waits_for_the_first()
    {
        var grant = Sample.Pending(7, null, "project-owner", "security");

        Assert.That(grant.StatusAt(Later), Is.EqualTo(GrantStatus.Pending));
        Assert.That(grant.NextStep?.Role, Is.EqualTo("project-owner"));
        Assert.That(grant.ExpiresAt, Is.Null);
    }

    [Test]
    public void A_request_without_steps_is_active_at_once()
    {
        var grant = Sample.Done(GrantFlow.Request(1, Sample.Request(hours: 1), [], Sample.Noon));

        Assert.That(grant.StatusAt(Sample.Noon), Is.EqualTo(GrantStatus.Active));
        Assert.That(grant.ExpiresAt, Is.EqualTo(Sample.Noon.AddHours(1)));
    }

    [Test]
    public void The_clock_starts_at_the_last_signature()
    {
        var request = Sample.Request(hours: 4);
        var first = Sample.Done(GrantFlow.Approve(Sample.Pending(1, request, "project-owner", "security"), Sample.Owner, ApprovalTerms.AsRequested, Later));
        Assert.That(first.StatusAt(Later), Is.EqualTo(GrantStatus.Pending));

        var both = Sample.Done(GrantFlow.Approve(first, Sample.Security, new("fine"), Later.AddDays(2)));

        Assert.That(both.ApprovedAt, Is.EqualTo(Later.AddDays(2)));
        Assert.That(both.ExpiresAt, Is.EqualTo(Later.AddDays(2).AddHours(4)));
        Assert.That(both.Steps.Select(s => s.By), Is.EqualTo(new[] { "bob", "carol" }));
        Assert.That(both.Steps[1].Comment, Is.EqualTo("fine"));
    }

    [Test]
    public void A_grant_holds_until_its_end_and_not_at_it()
    {
        var grant = Sample.Active();

        Assert.That(grant.StatusAt(grant.ExpiresAt!.Value.AddTicks(-1)), Is.EqualTo(GrantStatus.Active));
        Assert.That(grant.StatusAt(grant.ExpiresAt!.Value), Is.EqualTo(GrantStatus.Expired));
    }

    [Test]
    public void Steps_are_signed_in_order()
    {
        var grant = Sample.Pending(1, null, "project-owner", "security");

        Assert.That(Sample.Refused(GrantFlow.Approve(grant, Sample.Security, ApprovalTerms.AsRequested, Later)), Is.EqualTo(TransitionFault.NotYourStep));
    }

    [Test]
    public void Two_steps_of_one_role_need_two_signatures()
    {
        var grant = Sample.Pending(1, null, "project-owner", "project-owner");

        var once = Sample.Done(GrantFlow.Approve(grant, Sample.Owner, ApprovalTerms.AsRequested, Later));

        Assert.That(once.StatusAt(Later), Is.EqualTo(GrantStatus.Pending));
        Assert.That(once.Steps.Count(s => s.IsSigned), Is.EqualTo(1));
    }

    [Test]
    public void Who_holds_the_roles_of_two_steps_signs_each()
    {
        var both = new Signer("carol", ["project-owner", "security"]);
        var once = Sample.Done(GrantFlow.Approve(Sample.Pending(1, null, "project-owner", "security"), both, ApprovalTerms.AsRequested, Later));
        Assert.That(once.StatusAt(Later), Is.EqualTo(GrantStatus.Pending));

        var twice = Sample.Done(GrantFlow.Approve(once, both, ApprovalTerms.AsRequested, Later));

        Assert.That(twice.StatusAt(Later), Is.EqualTo(GrantStatus.Active));
    }

    [Test]
    public void Nobody_signs_or_rejects_the_own_request()
    {
        var self = new Signer("alice", ["project-owner"]);

        Assert.That(Sample.Refused(GrantFlow.Approve(Sample.Pending(), self, ApprovalTerms.AsRequested, Later)), Is.EqualTo(TransitionFault.OwnRequest));
        Assert.That(Sample.Refused(GrantFlow.Reject(Sample.Pending(), self, "no", Later)), Is.EqualTo(TransitionFault.OwnRequest));
    }

    [Test]
    public void A_project_may_let_people_sign_their_own_requests()
    {
        var self = new Signer("alice", ["project-owner"], MaySignOwn: true);

        Assert.That(Sample.Done(GrantFlow.Approve(Sample.Pending(), self, ApprovalTerms.AsRequested, Later)).StatusAt(Later), Is.EqualTo(GrantStatus.Active));
    }

    [Test]
    public void The_administrator_holds_no_role_and_cannot_approve()
    {
        var administrator = new Signer("administrator", [], IsAdministrator: true);

        Assert.That(Sample.Refused(GrantFlow.Approve(Sample.Pending(), administrator, ApprovalTerms.AsRequested, Later)), Is.EqualTo(TransitionFault.NotYourStep));
    }

    [Test]
    public void An_approver_narrows_the_request()
    {
        var pending = Sample.Pending(1, Sample.Request(unmask: true, export: true, executions: 5));

        var grant = Sample.Done(GrantFlow.Approve(pending, Sample.Owner, new(null, TimeSpan.FromHours(1), true, true, 2), Later));

        Assert.That((grant.Unmask, grant.Export, grant.ExecutionsMax), Is.EqualTo((false, false, (int?)2)));
        Assert.That(grant.ExpiresAt, Is.EqualTo(Later.AddHours(1)));
        Assert.That(grant.Request, Is.SameAs(pending.Request));
    }

    [Test]
    public void What_one_approver_narrowed_the_next_cannot_widen()
    {
        var pending = Sample.Pending(1, Sample.Request(hours: 4), "project-owner", "security");
        var narrowed = Sample.Done(GrantFlow.Approve(pending, Sample.Owner, new(null, TimeSpan.FromHours(1)), Later));

        Assert.That(
            Sample.Refused(GrantFlow.Approve(narrowed, Sample.Security, new(null, TimeSpan.FromHours(2)), Later)),
            Is.EqualTo(TransitionFault.WiderThanAsked));
    }

    [TestCase(5.0, null)]
    [TestCase(0.0, null)]
    [TestCase(-1.0, null)]
    [TestCase(null, 6)]
    [TestCase(null, 0)]
    public void An_approver_does_not_widen_a_request(double? hours, int? executions)
    {
        var pending = Sample.Pending(1, Sample.Request(hours: 4, executions: 5));
        var terms = new ApprovalTerms(null, hours is { } h ? TimeSpan.FromHours(h) : null, false, false, executions);

        Assert.That(Sample.Refused(GrantFlow.Approve(pending, Sample.Owner, terms, Later)), Is.EqualTo(TransitionFault.WiderThanAsked));
    }

    [TestCase(null)]
    [TestCase(" ")]
    public void A_rejection_says_why(string? comment) =>
        Assert.That(Sample.Refused(GrantFlow.Reject(Sample.Pending(), Sample.Owner, comment, Later)), Is.EqualTo(TransitionFault.CommentMissing));

    [Test]
    public void A_rejection_is_recorded_with_its_author()
    {
        var grant = Sample.Done(GrantFlow.Reject(Sample.Pending(), Sample.Owner, "use the view", Later));

        Assert.That(grant.StatusAt(Later), Is.EqualTo(GrantStatus.Rejected));
        Assert.That((grant.Progress.EndedBy, grant.Progress.EndedAt, grant.Progress.EndComment), Is.EqualTo(("bob", (DateTimeOffset?)Later, "use the view")));
    }

    [TestCaseSource(nameof(States))]
    public void Only_a_pending_request_is_approved(GrantStatus state) =>
        AssertOnlyFrom(GrantStatus.Pending, state, g => GrantFlow.Approve(g, Sample.Owner, ApprovalTerms.AsRequested, Later), TransitionFault.NotPending);

    [TestCaseSource(nameof(States))]
    public void Only_a_pending_request_is_rejected(GrantStatus state) =>
        AssertOnlyFrom(GrantStatus.Pending, state, g => GrantFlow.Reject(g, Sample.Owner, "no", Later), TransitionFault.NotPending);

    [TestCaseSource(nameof(States))]
    public void Only_a_pending_request_is_canceled(GrantStatus state) =>
        AssertOnlyFrom(GrantStatus.Pending, state, g => GrantFlow.Cancel(g, new Signer("alice", []), Later), TransitionFault.NotPending);

    [TestCaseSource(nameof(States))]
    public void Only_an_active_grant_is_revoked(GrantStatus state) =>
        AssertOnlyFrom(GrantStatus.Active, state, g => GrantFlow.Revoke(g, Sample.Owner, null, Later), TransitionFault.NotActive);

    [TestCaseSource(nameof(States))]
    public void Only_an_active_grant_is_executed(GrantStatus state) =>
        AssertOnlyFrom(GrantStatus.Active, state, g => GrantFlow.Spend(g, Later), TransitionFault.NotActive);

    [TestCaseSource(nameof(States))]
    public void Only_an_active_or_expired_grant_is_extended(GrantStatus state)
    {
        var isExtended = GrantFlow.TryExtend(Sample.InState(state), "alice", TimeSpan.FromHours(1), Later, out _, out var fault);

        Assert.That(isExtended, Is.EqualTo(state is GrantStatus.Active or GrantStatus.Expired));
        Assert.That(fault, Is.EqualTo(isExtended ? default : TransitionFault.NotExtendable));
    }

    [Test]
    public void Only_the_requester_cancels()
    {
        Assert.That(Sample.Refused(GrantFlow.Cancel(Sample.Pending(), new Signer("bob", []), Later)), Is.EqualTo(TransitionFault.NotRequester));
        Assert.That(Sample.Done(GrantFlow.Cancel(Sample.Pending(), new Signer("alice", []), Later)).StatusAt(Later), Is.EqualTo(GrantStatus.Canceled));
    }

    [Test]
    public void Approvers_owners_and_the_administrator_revoke_and_nobody_else()
    {
        var grant = Sample.Done(GrantFlow.Approve(Sample.Pending(1, null, "dba"), new("dave", ["dba"]), ApprovalTerms.AsRequested, Sample.Noon));
        Signer[] entitled = [new("dave", []), new("erin", ["dba"]), Sample.Owner, new("root", [], IsAdministrator: true)];
        Signer[] others = [new("alice", []), Sample.Security];

        Assert.That(entitled.Select(s => Sample.Done(GrantFlow.Revoke(grant, s, null, Later)).StatusAt(Later)), Is.All.EqualTo(GrantStatus.Revoked));
        Assert.That(others.Select(s => Sample.Refused(GrantFlow.Revoke(grant, s, null, Later))), Is.All.EqualTo(TransitionFault.NotApprover));
    }

    [Test]
    public void An_extension_is_a_new_request_for_what_the_grant_became()
    {
        var pending = Sample.Pending(3, Sample.Request(unmask: true, export: true));
        var grant = Sample.Done(GrantFlow.Approve(pending, Sample.Owner, new(null, null, DropUnmask: true), Sample.Noon));

        Assert.That(GrantFlow.TryExtend(grant, "alice", TimeSpan.FromHours(9), Later, out var successor, out _), Is.True);
        Assert.That((successor!.Extends, successor.Unmask, successor.Export, successor.Duration), Is.EqualTo(((long?)3, false, true, TimeSpan.FromHours(9))));
        Assert.That(grant.ExpiresAt, Is.EqualTo(Sample.Noon.AddHours(4)));
    }

    [Test]
    public void Only_the_requester_extends()
    {
        Assert.That(GrantFlow.TryExtend(Sample.Active(), "bob", TimeSpan.FromHours(1), Later, out _, out var fault), Is.False);
        Assert.That(fault, Is.EqualTo(TransitionFault.NotRequester));
    }

    [Test]
    public void Executions_end_at_their_limit()
    {
        var grant = Sample.Active(1, Sample.Request(executions: 2));
        var spent = Sample.Done(GrantFlow.Spend(Sample.Done(GrantFlow.Spend(grant, Later)), Later));

        Assert.That((spent.Executions, spent.IsSpent), Is.EqualTo((2L, true)));
        Assert.That(Sample.Refused(GrantFlow.Spend(spent, Later)), Is.EqualTo(TransitionFault.Spent));
    }

    [Test]
    public void Every_transition_raises_the_revision()
    {
        var pending = Sample.Pending();
        var active = Sample.Done(GrantFlow.Approve(pending, Sample.Owner, ApprovalTerms.AsRequested, Later));
        var revoked = Sample.Done(GrantFlow.Revoke(active, Sample.Owner, null, Later));

        Assert.That(new[] { pending, active, revoked }.Select(g => g.Progress.Revision), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void The_default_transition_refuses() => Assert.That(Sample.Refused(default), Is.EqualTo(TransitionFault.Unspecified));

    private static void AssertOnlyFrom(GrantStatus legal, GrantStatus state, Func<Grant, Transition> transition, TransitionFault fault)
    {
        var grant = Sample.InState(state);
        Assert.That(grant.StatusAt(Later), Is.EqualTo(state));
        if (state == legal)
            Sample.Done(transition(grant));
        else
            Assert.That(Sample.Refused(transition(grant)), Is.EqualTo(fault));
    }
}
