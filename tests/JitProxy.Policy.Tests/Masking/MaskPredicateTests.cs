using System.Text;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>Statements that choose or order rows by masked columns, under policies that deny it.</summary>
[TestFixture]
internal sealed class MaskPredicateTests
{
    private static readonly MaskingPolicy Denying = new()
    {
        SemanticTypes = Shop.Policy.SemanticTypes,
        Columns = Shop.Policy.Columns,
        Rules = [Rule("note", PredicateUse.Warn), Rule("phone", PredicateUse.Deny)],
        InPredicates = PredicateUse.Deny,
    };

    [Test]
    public void Nothing_is_denied_unless_the_policy_says_so() =>
        Assert.That(Judge(By("customers.ssn", "customers.email"), Shop.Policy), Is.Default);

    [Test]
    public void A_denied_column_is_named_with_what_denies_it()
    {
        Assert.That(
            Judge(By("customers.id", "customers.ssn")).Denial?.ToString(),
            Is.EqualTo("it filters, joins, groups or orders by masked column public.customers.ssn, which masking.columns (ssn) denies"));
        Assert.That(Judge(By("payments_2024_03.clerk_phone")).Denial?.Rule, Is.EqualTo("masking rule 2 (ssn)"));
    }

    [Test]
    public void A_column_that_is_not_masked_may_choose_rows() => Assert.That(Judge(By("customers.id", "orders.customer_id")).Denial, Is.Null);

    [Test]
    public void A_rule_stands_above_the_default_in_both_directions()
    {
        Assert.That(Judge(By("orders.note")).Denial, Is.Null, "its rule says warn");
        var lenient = new MaskingPolicy { Columns = Denying.Columns, Rules = Denying.Rules };
        Assert.That(Judge(By("customers.ssn"), lenient).Denial, Is.Null, "the default says warn");
        Assert.That(Judge(By("payments_2024_03.clerk_phone"), lenient).Denial, Is.Not.Null, "its rule says deny");
    }

    [TestCase("payments.card")]
    [TestCase("payments_2024.card")]
    [TestCase("payments_2024_03.card")]
    public void Partitions_are_as_their_table(string column) => Assert.That(Judge(By(column)).Denial, Is.Not.Null);

    [Test]
    public void Who_sees_the_column_in_clear_may_choose_by_it()
    {
        Assert.That(Judge(By("customers.ssn"), subject: Alice with { Unmask = true }).Denial, Is.Null);
        var until = Now.AddHours(1);
        var exempting = Denying.With(exemptions: [new(["alice"], c => c.Column == "ssn", until)]);
        var policy = new MaskingPolicy { Columns = exempting.Columns, Exemptions = exempting.Exemptions, InPredicates = PredicateUse.Deny };
        Assert.That(Judge(By("customers.ssn"), policy), Is.EqualTo(new PredicateVerdict(null, until)), "for as long as the exemption lasts");
        Assert.That(Judge(By("customers.email"), policy).Denial, Is.Not.Null, "the exemption is for another column");
        Assert.That(Judge(By("customers.ssn"), policy, Alice with { Now = until }).Denial, Is.Not.Null);
        Assert.That(Judge(By("customers.ssn"), policy, Alice with { User = "carol" }).Denial, Is.Not.Null);
    }

    [Test]
    public void What_nobody_can_trace_is_denied_where_anything_may_be()
    {
        var unresolved = By("customers.id") with { Unresolved = "relation x was not found" };
        Assert.That(Judge(unresolved).Denial?.ToString(), Does.StartWith("what it filters, joins, groups or orders by is not known (relation x was not found)"));
        Assert.That(Judge(By("customers.id") with { RunsForeignCode = true }).Denial, Is.Not.Null);
        Assert.That(Judge(unresolved, subject: Alice with { Unmask = true }).Denial, Is.Null);
        Assert.That(Judge(unresolved, Shop.Policy).Denial, Is.Null);
    }

    [Test]
    public void Keys_do_not_change_what_is_denied() =>
        Assert.That(Judge(By("customers.ssn"), Denying.WithSecrets(Shop.Policy.Secrets)).Denial, Is.Not.Null);

    [Test]
    public void A_condition_that_fails_to_evaluate_denies()
    {
        var policy = new MaskingPolicy { Rules = [new(static _ => throw new InvalidOperationException(), "ssn") { InPredicates = PredicateUse.Deny }] };
        Assert.That(Judge(By("orders.id"), policy).Denial, Is.Not.Null);
    }

    [Test]
    public void The_approver_reads_which_rule_would_deny_it()
    {
        var preview = MaskPlanner.Preview(By("customers.ssn", "orders.note"), Shop.Catalogue, Denying, Alice with { Unmask = true });

        Assert.That(preview.Warnings, Has.Some.Contain("public.customers.ssn: masking.columns (ssn) denies that"));
        Assert.That(preview.Warnings, Has.Some.Contain("public.orders.note: the rows that come tell"));
    }

    [TestCase("select id from customers where ssn = 'x'")]
    [TestCase("select id from customers order by ssn")]
    [TestCase("select count(*) from customers group by ssn")]
    [TestCase("select distinct ssn from customers")]
    [TestCase("select 1 from customers c join orders o on c.ssn = o.note")]
    [TestCase("select id from customers where id in (select id from customers where left(ssn, 1) = '1')")]
    [TestCase("select id from (select id, ssn as s from customers) t where s like '1%'")]
    [TestCase("select count(*) from customers having max(ssn) > 'a'")]
    [TestCase("select ssn from customers union select note from orders")]
    public void Statements_are_denied_wherever_the_column_decides(string statement) =>
        Assert.That(Judge(Analyze(statement)).Denial?.Column, Is.EqualTo(Source("customers.ssn")));

    [TestCase("select ssn from customers where id = 1 order by id limit 3")]
    [TestCase("select max(ssn), left(ssn, 1), ssn = 'x' from customers")]
    [TestCase("select count(*) from customers")]
    public void Statements_that_only_show_the_column_are_not(string statement) => Assert.That(Judge(Analyze(statement)).Denial, Is.Null);

    private static MaskRule Rule(string part, PredicateUse use)
    {
        Condition.TryParse($"resource.column_name.contains(\"{part}\")", ConditionScope.Masking, out var condition, out _);
        return MaskRule.When(condition!, "ssn") with { InPredicates = use };
    }

    private static StatementAnalysis Analyze(string statement)
    {
        var functions = ((string[])["count", "max", "left"]).Select(static name => new CatalogueFunction("pg_catalog", name, Volatility.Immutable, true, false, Int4));
        return StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), new(SqlDialect.PostgreSql, ["public"], Shop.Catalogue.Relations, functions));
    }

    private static StatementAnalysis By(params string[] predicates) =>
        Select(["customers"], Plain("id", "customers.id")) with { PredicateColumns = [.. predicates.Select(Source)] };

    private static PredicateVerdict Judge(StatementAnalysis analysis, MaskingPolicy? policy = null, MaskSubject? subject = null) =>
        MaskPlanner.JudgePredicates(analysis, Shop.Catalogue, policy ?? Denying, subject ?? Alice);
}
