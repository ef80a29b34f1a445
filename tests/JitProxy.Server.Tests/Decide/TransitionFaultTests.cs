using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using NUnit.Framework;
using static JitProxy.Server.Tests.Decide.DeskFixture;

namespace JitProxy.Server.Tests.Decide;

/// <summary>Every reason why a grant does not change, reached through the desk where people can reach it: which grant, why, and what next.</summary>
internal sealed class TransitionFaultTests
{
    private static readonly Dictionary<TransitionFault, (Func<DeskFixture, Task<DeskResult>> Reach, string Why, string Next)> Rows = new()
    {
        [TransitionFault.NotPending] = (
            async at => at.Desk.Approve((await at.ActiveAsync()).Id, new("bob"), ApprovalTerms.AsRequested), "only a pending request can be approved", "jitproxy revoke 1"),
        [TransitionFault.NotActive] = (
            async at => at.Desk.Revoke((await at.RequestAsync()).Id, new("bob")), "is pending; only an active grant can be revoked", "jitproxy cancel 1"),
        [TransitionFault.NotExtendable] = (
            async at => await at.Desk.ExtendAsync((await at.RequestAsync()).Id, new("alice"), null, default), "only an active or expired grant", "jitproxy cancel 1"),
        [TransitionFault.NotRejected] = (
            async at => await at.Desk.AskAgainAsync((await at.ActiveAsync()).Id, new("alice"), "r", static w => w, default), "only a rejected request", "jitproxy extend 1"),
        [TransitionFault.NotReviewable] = (async at => at.Desk.Review((await at.ActiveAsync()).Id, new("bob"), "x"), "needs no review", "See: jitproxy grant 1"),
        [TransitionFault.NotYourStep] = (
            async at => at.Desk.Approve((await at.RequestAsync()).Id, new("carol"), ApprovalTerms.AsRequested), "waits for the role project-owner", "Ask somebody who does"),
        [TransitionFault.OwnRequest] = (
            async at => at.Desk.Approve((await at.RequestAsync()).Id, new("alice"), ApprovalTerms.AsRequested), "self_approval is off in project store", "Ask another holder"),
        [TransitionFault.AlreadySigned] = (SignTwiceAsync, "it needs different people", "Ask another holder of the role project-owner"),
        [TransitionFault.NotRequester] = (async at => at.Desk.Cancel((await at.RequestAsync()).Id, new("bob")), "was requested by alice, who alone", "Ask them"),
        [TransitionFault.NotApprover] = (
            async at => at.Desk.Revoke((await at.ActiveAsync()).Id, new("carol")), "by its approvers and the owners of project store", "Ask one of them"),
        [TransitionFault.NotOwner] = (
            async at => at.Desk.Review((await EmergencyAsync(at)).Id, new("carol"), "x"), "is reviewed by an owner of project store", "Ask one of them"),
        [TransitionFault.CommentMissing] = (async at => at.Desk.Reject((await at.RequestAsync()).Id, new("bob"), null), "needs a comment that tells alice why", "--comment"),
        [TransitionFault.WiderThanAsked] = (
            async at => at.Desk.Approve((await at.RequestAsync()).Id, new("bob"), new(Duration: TimeSpan.FromHours(5))), "can shorten and narrow", "for at most 4h"),
        [TransitionFault.Malformed] = (
            async at => await at.Desk.ExtendAsync((await at.ActiveAsync()).Id, new("alice"), TimeSpan.Zero, default), "must be positive", "--expires 4h"),

        // Nobody brings these about by a request of theirs: the proxy asks itself, or nothing was decided at all.
        [TransitionFault.NotStale] = (
            async at => Word(GrantFlow.CloseStale(await at.RequestAsync(), "jitproxy", TimeSpan.FromDays(7), at.Clock.Now), at), "waits for its approvers", "jitproxy cancel 1"),
        [TransitionFault.Spent] = (async at => Word(await SpendTwiceAsync(at), at), "has run as often as it may", "jitproxy request"),
        [TransitionFault.Unspecified] = (async at => { await at.RequestAsync(); return Word(default, at); }, "Nothing was decided", "try again"),
    };

    private static IEnumerable<TransitionFault> Faults => Enum.GetValues<TransitionFault>();

    [TestCaseSource(nameof(Faults))]
    public async Task A_fault_is_reached_and_says_which_grant_why_and_what_next(TransitionFault fault)
    {
        Assert.That(Rows, Does.ContainKey(fault), "every fault has a row");
        using var at = new DeskFixture();

        var text = Refused(await Rows[fault].Reach(at));

        Assert.That(text, Does.Match("[Gg]rant 1\\b").And.Contain(Rows[fault].Why).And.Contain(Rows[fault].Next));
        Assert.That(at.Recorded.Select(static c => c.Kind), Has.None.EqualTo(GrantChangeKind.Canceled), "nothing changed");
    }

    [Test]
    public async Task What_the_administrator_cannot_do_says_how_it_is_done()
    {
        using var at = new DeskFixture();
        var grant = await at.RequestAsync();

        Assert.That(Refused(at.Desk.Approve(grant.Id, Actor.Administrator, ApprovalTerms.AsRequested)), Does.Contain("holds no role").And.Contain("--as NAME"));
        Assert.That(Refused(await at.Desk.RequestAsync(Wish("select 2"), Actor.Administrator, default)), Does.Contain("--as NAME"));
        Assert.That(Refused(at.Desk.Approve(99, new("bob"), ApprovalTerms.AsRequested)), Is.EqualTo("There is no grant 99. See: jitproxy grants."));
    }

    private static async Task<DeskResult> SignTwiceAsync(DeskFixture at)
    {
        at.Configuration = at.Configuration with
        {
            Approval = at.Configuration.Approval with { Rules = [], Fallback = [new ApprovalStep(["project-owner", "dba"], 2)] },
        };
        var grant = await at.RequestAsync();
        Done(at.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
        return at.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested);
    }

    private static async Task<Grant> EmergencyAsync(DeskFixture at)
    {
        at.Configuration = at.Configuration with
        {
            Approval = at.Configuration.Approval with { BreakGlass = new(["dba"], TimeSpan.FromHours(1)) },
        };
        return await at.RequestAsync(Wish() with { BreakGlass = true }, "dave");
    }

    private static async Task<Transition> SpendTwiceAsync(DeskFixture at)
    {
        var grant = await at.ActiveAsync(Wish() with { ExecutionsMax = 1 });
        Assert.That((at.Desk.TrySpend(grant.Id), at.Desk.TrySpend(grant.Id)), Is.EqualTo((true, false)));
        return GrantFlow.Spend(at.Desk.Find(grant.Id)!, at.Clock.Now);
    }

    private static DeskResult Word(Transition transition, DeskFixture at) => transition.TryGetGrant(out var grant, out var fault)
        ? DeskResult.Done(grant)
        : DeskResult.Refuse(DeskWords.Refuse(fault, at.Desk.Find(1)!, "closed", at.Clock.Now));
}
