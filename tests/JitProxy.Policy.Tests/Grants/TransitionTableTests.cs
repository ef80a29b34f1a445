using System.Reflection;
using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

/// <summary>Every verb from every state, for statement and for role grants. A state or a verb that is added has no row here, and fails.</summary>
[TestFixture]
internal sealed class TransitionTableTests
{
    private static readonly Signer Alice = new("alice", []);

    private static readonly GrantStatus[] States =
        [GrantStatus.Pending, GrantStatus.Active, GrantStatus.Expired, GrantStatus.Revoked, GrantStatus.Rejected, GrantStatus.Canceled];

    // The state afterwards, "asked" for a new request, or the fault; in the order of the states above.
    private static readonly Dictionary<string, string[]> Outcomes = new()
    {
        [nameof(GrantFlow.Approve)] = ["Active", "NotPending", "NotPending", "NotPending", "NotPending", "NotPending"],
        [nameof(GrantFlow.Reject)] = ["Rejected", "NotPending", "NotPending", "NotPending", "NotPending", "NotPending"],
        [nameof(GrantFlow.Cancel)] = ["Canceled", "NotPending", "NotPending", "NotPending", "NotPending", "NotPending"],
        [nameof(GrantFlow.CloseStale)] = ["Canceled", "NotPending", "NotPending", "NotPending", "NotPending", "NotPending"],
        [nameof(GrantFlow.Revoke)] = ["NotActive", "Revoked", "NotActive", "NotActive", "NotActive", "NotActive"],
        [nameof(GrantFlow.Spend)] = ["NotActive", "Active", "NotActive", "NotActive", "NotActive", "NotActive"],
        [nameof(GrantFlow.TryExtend)] = ["NotExtendable", "asked", "asked", "NotExtendable", "NotExtendable", "NotExtendable"],
        [nameof(GrantFlow.TryAskAgain)] = ["NotRejected", "NotRejected", "NotRejected", "NotRejected", "asked", "NotRejected"],
        [nameof(GrantFlow.Review)] = ["NotReviewable", "NotReviewable", "NotReviewable", "NotReviewable", "NotReviewable", "NotReviewable"],
    };

    private static DateTimeOffset Later => Sample.Noon.AddMinutes(10);

    private static IEnumerable<TestCaseData> Rows => from kind in Enum.GetValues<GrantKind>()
                                                     from row in Outcomes
                                                     from at in Enumerable.Range(0, States.Length)
                                                     select new TestCaseData(kind, row.Key, States[at], row.Value[at]);

    [TestCaseSource(nameof(Rows))]
    public void A_verb_leads_where_the_table_says(GrantKind kind, string verb, GrantStatus from, string outcome)
    {
        var grant = Sample.InState(from, request: RequestOf(kind));
        Assert.That(grant.StatusAt(Later), Is.EqualTo(from));

        Assert.That(Try(verb, grant, Later), Is.EqualTo(outcome));
        Assert.That(grant.StatusAt(Later), Is.EqualTo(from), "a grant is a value: the old one stays");
    }

    [Test]
    public void The_table_has_every_state_and_every_verb()
    {
        var verbs = typeof(GrantFlow).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(static m => m.Name);

        Assert.That(States, Is.EquivalentTo(Enum.GetValues<GrantStatus>()));
        Assert.That(Outcomes.Keys.Append(nameof(GrantFlow.Request)), Is.EquivalentTo(verbs));
    }

    // A grant of an emergency is active from its beginning, so it never waits and is never turned down.
    [TestCase(nameof(GrantFlow.Approve), "NotPending", "NotPending", "NotPending")]
    [TestCase(nameof(GrantFlow.Reject), "NotPending", "NotPending", "NotPending")]
    [TestCase(nameof(GrantFlow.Cancel), "NotPending", "NotPending", "NotPending")]
    [TestCase(nameof(GrantFlow.CloseStale), "NotPending", "NotPending", "NotPending")]
    [TestCase(nameof(GrantFlow.Revoke), "Revoked", "NotActive", "NotActive")]
    [TestCase(nameof(GrantFlow.Spend), "Active", "NotActive", "NotActive")]
    [TestCase(nameof(GrantFlow.TryExtend), "asked", "asked", "NotExtendable")]
    [TestCase(nameof(GrantFlow.TryAskAgain), "NotRejected", "NotRejected", "NotRejected")]
    [TestCase(nameof(GrantFlow.Review), "Active", "Expired", "Revoked")]
    public void An_emergency_leads_where_the_table_says(string verb, string whenActive, string whenExpired, string whenRevoked)
    {
        foreach (var kind in Enum.GetValues<GrantKind>())
        {
            var active = Sample.Done(GrantFlow.Request(1, RequestOf(kind) with { BreakGlass = true }, [], Sample.Noon));
            var revoked = Sample.Done(GrantFlow.Revoke(active, Sample.Owner, null, Sample.Noon));

            Assert.That(Try(verb, active, Later), Is.EqualTo(whenActive));
            Assert.That(Try(verb, active, Later.AddDays(1)), Is.EqualTo(whenExpired));
            Assert.That(Try(verb, revoked, Later), Is.EqualTo(whenRevoked));
        }
    }

    private static GrantRequest RequestOf(GrantKind kind) => kind switch
    {
        GrantKind.Statement => Sample.Request(),
        GrantKind.Role => Sample.Request() with { Kind = kind, Statement = null, Role = "reader" },
    };

    // By whoever is entitled to it, so that only the state decides.
    private static string Try(string verb, Grant grant, DateTimeOffset now) => verb switch
    {
        nameof(GrantFlow.Approve) => Say(GrantFlow.Approve(grant, Sample.Owner, ApprovalTerms.AsRequested, now), now),
        nameof(GrantFlow.Reject) => Say(GrantFlow.Reject(grant, Sample.Owner, "no", now), now),
        nameof(GrantFlow.Cancel) => Say(GrantFlow.Cancel(grant, Alice, now), now),
        nameof(GrantFlow.CloseStale) => Say(GrantFlow.CloseStale(grant, "jitproxy", TimeSpan.FromMinutes(10), now), now),
        nameof(GrantFlow.Revoke) => Say(GrantFlow.Revoke(grant, Sample.Owner, null, now), now),
        nameof(GrantFlow.Spend) => Say(GrantFlow.Spend(grant, now), now),
        nameof(GrantFlow.Review) => Say(GrantFlow.Review(grant, Sample.Owner, "seen", now), now),
        nameof(GrantFlow.TryExtend) => GrantFlow.TryExtend(grant, "alice", TimeSpan.FromHours(1), now, out _, out var fault) ? "asked" : fault.ToString(),
        nameof(GrantFlow.TryAskAgain) => GrantFlow.TryAskAgain(grant, "alice", "again", out _, out var fault) ? "asked" : fault.ToString(),
        _ => throw new AssertionException($"no test knows {verb}"),
    };

    private static string Say(Transition transition, DateTimeOffset now) =>
        transition.TryGetGrant(out var grant, out var fault) ? grant.StatusAt(now).ToString() : fault.ToString();
}
