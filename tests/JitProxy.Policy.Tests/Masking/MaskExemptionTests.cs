using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class MaskExemptionTests
{
    private static readonly DateTimeOffset Until = Now.AddDays(1);
    private static readonly ImmutableArray<string> Carol = ["carol", "cedric"];

    [Test]
    public void Member_sees_in_clear_what_the_condition_covers()
    {
        var plan = PlanFor("carol", new MaskExemption(Carol, c => c.Column == "ssn", Until));

        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { null, "inner_outer" }));
        Assert.That(plan.TouchesMasked && plan.RedactsMessages, "email is still hidden, and errors could quote it");
        Assert.That(plan.ValidUntil, Is.EqualTo(Until));
    }

    [Test]
    public void Others_do_not()
    {
        var plan = PlanFor("alice", new MaskExemption(Carol, c => c.Column == "ssn", Until));

        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "full", "inner_outer" }));
        Assert.That(plan.ValidUntil, Is.Null);
        Assert.That(PlanFor("Carol", new MaskExemption(Carol, null, Until)).Algorithms(), Is.EqualTo(new[] { "full", "inner_outer" }), "names are exact");
    }

    [Test]
    public void Exemption_is_over_at_its_end()
    {
        Assert.That(PlanFor("carol", new MaskExemption(Carol, null, Now.AddTicks(1))).MasksAnything, Is.False);
        Assert.That(PlanFor("carol", new MaskExemption(Carol, null, Now)).Algorithms(), Is.EqualTo(new[] { "full", "inner_outer" }));
        Assert.That(PlanFor("carol", new MaskExemption(Carol, null, Now)).ValidUntil, Is.Null);
    }

    [Test]
    public void Exemption_without_end_makes_a_plan_without_end() =>
        Assert.That(PlanFor("carol", new MaskExemption(Carol, null, null)) is { MasksAnything: false, ValidUntil: null });

    [Test]
    public void Plan_ends_with_the_first_exemption_that_it_used()
    {
        var plan = PlanFor("carol", new(Carol, c => c.Column == "ssn", Until), new(Carol, c => c.Column == "email", Until.AddDays(-0.5)), new(Carol, _ => false, Now.AddHours(1)));

        Assert.That(plan.ValidUntil, Is.EqualTo(Until.AddDays(-0.5)));
    }

    [Test]
    public void Exemption_that_fails_to_evaluate_exempts_nothing() =>
        Assert.That(PlanFor("carol", new MaskExemption(Carol, _ => throw new TimeoutException(), Until)).Algorithms(), Is.EqualTo(new[] { "full", "inner_outer" }));

    [Test]
    public void Fully_exempt_user_may_read_messages_too_and_the_audit_still_knows()
    {
        var plan = PlanFor("carol", new MaskExemption(Carol, c => c.Table == "customers", Until));

        Assert.That(plan is { MasksAnything: false, RedactsMessages: false, TouchesMasked: true });
    }

    [Test]
    public void Unknown_column_is_masked_unless_the_user_is_exempt_from_everything()
    {
        var analysis = Select(["customers"], new OutputColumn { IsUnknown = true });
        var some = Shop.Policy.With(exemptions: [new(Carol, c => c.Table == "customers", Until)]);
        var all = Shop.Policy.With(exemptions: [new(Carol, null, Until)]);
        var carol = Alice with { User = "carol" };

        Assert.That(MaskPlanner.Plan(analysis, [Result("x")], Shop.Catalogue, some, carol).Algorithms(), Is.EqualTo(new[] { "full" }));
        Assert.That(
            MaskPlanner.Plan(analysis, [Result("x")], Shop.Catalogue, all, carol),
            Has.Property("MasksAnything").False.And.Property("RedactsMessages").False.And.Property("TouchesMasked").True.And.Property("ValidUntil").EqualTo(Until));
    }

    [Test]
    public void Exemption_from_everything_can_be_written_as_a_condition() =>
        Assert.That(MaskExemption.When(Carol, Condition.Always, null).Condition, Is.Null);

    [Test]
    public void Exemption_for_a_table_covers_its_partitions_both_ways()
    {
        // The rule masks each partition by itself; the exemption names the table only.
        var policy = Shop.Policy.With(
            rules: [new(c => c.Column == "card", "card")], exemptions: [new(Carol, c => c.Table == "payments", Until)]);

        foreach (var table in new[] { "payments", "payments_2024", "payments_2024_03" })
        {
            var analysis = Select([table], Plain("card", table + ".card"));
            Assert.That(MaskPlanner.Plan(analysis, [Result("card")], Shop.Catalogue, policy, Alice with { User = "carol" }).MasksAnything, Is.False, table);
            Assert.That(MaskPlanner.Plan(analysis, [Result("card")], Shop.Catalogue, policy, Alice).MasksAnything, table);
        }
    }

    [Test]
    public void Exemption_for_a_partition_does_not_reach_the_table_above()
    {
        var policy = Shop.Policy.With(rules: [new(c => c.Column == "card", "card")], exemptions: [new(Carol, c => c.Table == "payments_2024_03", Until)]);
        var carol = Alice with { User = "carol" };

        Assert.That(MaskPlanner.Plan(Select(["payments"], Plain("card", "payments.card")), [Result("card")], Shop.Catalogue, policy, carol).MasksAnything);
        Assert.That(MaskPlanner.Plan(Select(["payments_2024_03"], Plain("card", "payments_2024_03.card")), [Result("card")], Shop.Catalogue, policy, carol).MasksAnything, "the table's own mask holds for it");
    }

    private static MaskPlan PlanFor(string user, params MaskExemption[] exemptions) => MaskPlanner.Plan(
        Select(["customers"], Plain("ssn", "customers.ssn"), Plain("email", "customers.email")),
        [Result("ssn", Text, Customers, 4), Result("email")],
        Shop.Catalogue,
        Shop.Policy.With(exemptions: [.. exemptions]),
        Alice with { User = user });
}
