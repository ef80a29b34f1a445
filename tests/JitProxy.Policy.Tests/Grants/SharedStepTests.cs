using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

/// <summary>Steps that holders of several roles may sign, and that need several people.</summary>
[TestFixture]
internal sealed class SharedStepTests
{
    private static readonly ApprovalStep TwoOfThem = new(["dba", "security"], 2);

    private static readonly Signer Dave = new("dave", ["dba"]);

    private static readonly Signer Both = new("erin", ["dba", "security"]);

    private static DateTimeOffset Later => Sample.Noon.AddMinutes(10);

    [Test]
    public void Any_of_the_roles_signs_the_step()
    {
        foreach (var signer in new[] { Dave, Sample.Security, Both })
            Assert.That(Sign(Sample.Pending(1, null, new ApprovalStep(["dba", "security"])), signer).StatusAt(Later), Is.EqualTo(GrantStatus.Active), signer.Name);

        Assert.That(Refuse(Sample.Pending(1, null, TwoOfThem), Sample.Owner), Is.EqualTo(TransitionFault.NotYourStep));
    }

    [Test]
    public void Several_signatures_of_a_step_are_those_of_different_people()
    {
        var once = Sign(Sample.Pending(1, null, TwoOfThem), Both);

        Assert.That(once.StatusAt(Later), Is.EqualTo(GrantStatus.Pending));
        Assert.That(Refuse(once, Both), Is.EqualTo(TransitionFault.AlreadySigned));
        Assert.That(Sample.Refused(GrantFlow.Reject(once, Both, "no", Later)), Is.EqualTo(TransitionFault.AlreadySigned));
        var twice = Sign(once, Dave);
        Assert.That(twice.StatusAt(Later), Is.EqualTo(GrantStatus.Active));
        Assert.That(twice.Steps.Select(s => $"{s.Role}: {s.By}"), Is.EqualTo(new[] { "dba or security: erin", "dba or security: dave" }));
    }

    [Test]
    public void A_signature_of_another_step_does_not_count_against_it()
    {
        var owner = new Signer("bob", ["project-owner", "dba"]);

        var second = Sign(Sign(Sample.Pending(1, null, "project-owner", TwoOfThem), owner), owner);

        Assert.That(second.StatusAt(Later), Is.EqualTo(GrantStatus.Pending));
        Assert.That(second.Steps.Count(s => s.IsSigned), Is.EqualTo(2));
        Assert.That(Refuse(second, owner), Is.EqualTo(TransitionFault.AlreadySigned));
    }

    [Test]
    public void Whoever_could_have_signed_it_may_revoke()
    {
        var active = Sign(Sign(Sample.Pending(1, null, TwoOfThem), Dave), Sample.Security);

        Assert.That(Sample.Done(GrantFlow.Revoke(active, Both, null, Later)).StatusAt(Later), Is.EqualTo(GrantStatus.Revoked));
    }

    [Test]
    public void A_step_that_nobody_could_sign_is_refused()
    {
        foreach (var step in new ApprovalStep[] { new([]), new([""]), new(["dba"], 0), new(["dba"], 17), new(default) })
            Assert.That(Sample.Refused(GrantFlow.Request(1, Sample.Request(), [step], Sample.Noon)), Is.EqualTo(TransitionFault.Malformed));
    }

    [Test]
    public void A_row_in_which_one_person_signed_twice_is_not_ours()
    {
        var grant = Sign(Sign(Sample.Pending(1, null, TwoOfThem), Dave), Both);
        var forged = grant.Progress with { Steps = [grant.Steps[0], grant.Steps[1] with { By = "dave" }] };

        Assert.That(Grant.TryRestore(1, grant.Request, forged, out _, out var fault), Is.False);
        Assert.That(fault, Does.Contain("signed twice"));
        Assert.That(Grant.TryRestore(1, grant.Request, grant.Progress, out _, out _), Is.True);
    }

    private static Grant Sign(Grant grant, Signer signer) => Sample.Done(GrantFlow.Approve(grant, signer, ApprovalTerms.AsRequested, Later));

    private static TransitionFault Refuse(Grant grant, Signer signer) => Sample.Refused(GrantFlow.Approve(grant, signer, ApprovalTerms.AsRequested, Later));
}
