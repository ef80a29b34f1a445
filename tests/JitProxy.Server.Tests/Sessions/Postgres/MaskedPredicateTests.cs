using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Server.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Statements that choose rows by a masked column, while the policy comes to deny that.</summary>
internal sealed class MaskedPredicateTests
{
    private const string ByMasked = "SELECT id FROM customers WHERE ssn = '1'";

    private static ServerModel Model() => new ServerModel().Knows(ByMasked, ModelAnswer.Table("id:23:20001:1", "1", "2"));

    [Test]
    public async Task A_statement_granted_before_is_refused_with_column_and_rule()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var grant = await f.GrantAsync(ByMasked);
        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Does.EndWith("Done(SELECT 2) Ready(I)"));
        Deny(f);
        f.Upstream.Forget();

        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"), "although its decision was remembered");
        Assert.That(f.Client.LastError, Does.Contain("masked columns may not decide which rows come"));
        Assert.That(f.Client.LastError, Does.Contain($"grant {grant.Id}: it filters, joins, groups or orders by masked column public.customers.ssn, which masking.columns (ssn) denies"));
        Assert.That(f.Client.LastError, Does.Contain("--unmask"));
        Assert.That(f.Upstream.Heard, Is.Empty);
        Assert.That((await f.RecordedAsync())[^1], Is.EqualTo($"Denied: {ByMasked}"));
    }

    [Test]
    public async Task A_prepared_statement_is_refused_and_a_portal_gives_no_further_page()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(ByMasked);
        await f.Client.Query("BEGIN").RunAsync();
        Assert.That(
            await f.Client.Parse("s", ByMasked).Bind("p", "s").Execute("p", 1).Sync().RunAsync(),
            Is.EqualTo("ParseComplete BindComplete Row(1) PortalSuspended Ready(T)"));
        Deny(f);

        Assert.That(await f.Client.Execute("p", 1).Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(E)"));
        await f.Client.Query("ROLLBACK").RunAsync();
        Assert.That(await f.Client.Bind("", "s").Execute("").Sync().RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    [Test]
    public async Task With_unmask_it_runs_on()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(ByMasked, unmask: true);
        Deny(f);

        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Does.EndWith("Done(SELECT 2) Ready(I)"));
    }

    [Test]
    public async Task It_runs_for_as_long_as_an_exemption_lasts()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(ByMasked);
        Deny(f, new MaskExemption(["alice"], null, f.Clock.Now.AddMinutes(1)));

        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Does.EndWith("Done(SELECT 2) Ready(I)"));
        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Does.EndWith("Done(SELECT 2) Ready(I)"));
        f.Clock.Now = f.Clock.Now.AddMinutes(1);
        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    [Test]
    public async Task It_cannot_be_asked_for_but_with_unmask()
    {
        await using var f = await new SessionFixture(masking: "masked_in_predicates: deny").StartAsync(Model());
        var wish = new GrantWish { Databases = [SessionFixture.Database], Statement = ByMasked, Reason = "test" };
        var refused = await f.Desk.RequestAsync(wish, new("alice"), CancellationToken.None);
        var asked = await f.Desk.RequestAsync(wish with { Unmask = true }, new("alice"), CancellationToken.None);

        Assert.That(refused.TryGetGrant(out _, out var refusal), Is.False);
        Assert.That(refusal, Does.Contain("on shop/app: it filters").And.Contain("public.customers.ssn, which masking.columns (ssn) denies. Ask with --unmask"));
        Assert.That(asked.TryGetGrant(out _, out _), Is.True);
        Assert.That(asked.Notes, Has.Some.Contain("masking.columns (ssn) denies that to whoever does not see it in clear"));
    }

    [Test]
    public async Task The_requester_is_warned_where_the_policy_only_warns()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        var wish = new GrantWish { Databases = [SessionFixture.Database], Statement = ByMasked, Reason = "test" };
        var asked = await f.Desk.RequestAsync(wish, new("alice"), CancellationToken.None);

        Assert.That(asked.Notes, Has.Some.EqualTo(
            "On shop/app: filters, joins, groups or orders by masked column public.customers.ssn: the rows that come tell about its values."));
    }

    [Test]
    public async Task What_the_approver_narrowed_is_refused_when_it_runs()
    {
        await using var f = await new SessionFixture(masking: "masked_in_predicates: deny").StartAsync(Model());
        var asked = await f.GrantAsync(ByMasked, unmask: true, approve: false);
        var narrowed = f.Desk.Approve(asked.Id, new("bob"), ApprovalTerms.AsRequested with { DropUnmask = true });

        Assert.That(narrowed.TryGetGrant(out _, out _), Is.True);
        Assert.That(await f.Client.Query(ByMasked).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
    }

    private static void Deny(SessionFixture f, params MaskExemption[] exemptions) => f.Policies.Current = new(f.Configuration, new()
    {
        SemanticTypes = f.Configuration.Masking.SemanticTypes,
        Columns = f.Configuration.Masking.Columns,
        Exemptions = [.. exemptions],
        InPredicates = PredicateUse.Deny,
        Secrets = f.Secrets,
    });
}
