using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

[TestFixture]
internal sealed class GrantInvariantsTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;

    private static readonly GrantStatus[] Stored = [GrantStatus.Pending, GrantStatus.Active, GrantStatus.Revoked, GrantStatus.Rejected, GrantStatus.Canceled];

    private static readonly Func<GrantRequest, GrantRequest>[] BadRequests =
    [
        r => r with { User = "" },
        r => r with { Project = "" },
        r => r with { Databases = [] },
        r => r with { Databases = default },
        r => r with { Databases = ["shop/app", ""] },
        r => r with { Schema = "" },
        r => r with { Statement = null },
        r => r with { Statement = "" },
        r => r with { Role = "sql-editor-user" },
        r => r with { Kind = GrantKind.Role },
        r => r with { Duration = TimeSpan.Zero },
        r => r with { Duration = TimeSpan.MaxValue },
        r => r with { ExecutionsMax = 0 },
    ];

    private static readonly Func<GrantProgress, GrantProgress>[] ForgedActive =
    [
        p => p with { State = GrantStatus.Pending },
        p => p with { State = GrantStatus.Expired },
        p => p with { State = GrantStatus.Rejected, EndedBy = "bob", EndedAt = Noon },
        p => p with { State = GrantStatus.Revoked },
        p => p with { EndedBy = "bob", EndedAt = Noon },
        p => p with { Steps = [new GrantStep("project-owner")] },
        p => p with { Steps = [new GrantStep("project-owner", "bob")] },
        p => p with { Steps = [new GrantStep("dba"), new GrantStep("project-owner", "bob", Noon)] },
        p => p with { Steps = default },
        p => p with { ApprovedAt = null },
        p => p with { ExpiresAt = null },
        p => p with { ExpiresAt = Noon.AddYears(1) },
        p => p with { Duration = TimeSpan.FromHours(5), ExpiresAt = Noon.AddHours(5) },
        p => p with { Unmask = true },
        p => p with { Export = true },
        p => p with { ExecutionsMax = 3 },
        p => p with { ExecutionsMax = null },
        p => p with { Executions = 3 },
        p => p with { Executions = -1 },
        p => p with { Revision = 0 },
    ];

    [TestCaseSource(nameof(Stored))]
    public void What_transitions_lead_to_is_read_back(GrantStatus state)
    {
        var grant = Sample.InState(state);

        Assert.That(Grant.TryRestore(grant.Id, grant.Request, grant.Progress, out var restored, out var fault), Is.True, fault);
        Assert.That(restored!.Progress, Is.EqualTo(grant.Progress));
    }

    [Test]
    public void What_no_transition_leads_to_is_not_read_back([NUnit.Framework.Range(0, 19)] int index)
    {
        var grant = Sample.Active(1, Sample.Request(executions: 2));

        Assert.That(ForgedActive, Has.Length.EqualTo(20));
        Assert.That(Grant.TryRestore(1, grant.Request, ForgedActive[index](grant.Progress), out _, out var fault), Is.False);
        Assert.That(fault, Is.Not.Empty);
    }

    [Test]
    public void A_malformed_request_is_neither_made_nor_read_back([NUnit.Framework.Range(0, 12)] int index)
    {
        var grant = Sample.Active();
        var bad = BadRequests[index](grant.Request);

        Assert.That(BadRequests, Has.Length.EqualTo(13));
        Assert.That(Sample.Refused(GrantFlow.Request(1, bad, ["project-owner"], Noon)), Is.EqualTo(TransitionFault.Malformed));
        Assert.That(Grant.TryRestore(1, bad, grant.Progress, out _, out _), Is.False);
    }

    [Test]
    public void A_number_below_one_is_no_grant()
    {
        Assert.That(Sample.Refused(GrantFlow.Request(0, Sample.Request(), [], Noon)), Is.EqualTo(TransitionFault.Malformed));
        Assert.That(Sample.Refused(GrantFlow.Request(1, Sample.Request(), [""], Noon)), Is.EqualTo(TransitionFault.Malformed));
    }
}
