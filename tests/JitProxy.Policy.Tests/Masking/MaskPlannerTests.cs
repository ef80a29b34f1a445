using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class MaskPlannerTests
{
    private static readonly string[] OnCustomers = ["customers"];

    [Test]
    public void Unchanged_column_gets_the_algorithm_of_its_type_under_any_alias()
    {
        var plan = Plan(
            Select(OnCustomers, Plain("a", "customers.name"), Plain("b", "customers.ssn"), Plain("c", "customers.email")),
            Result("a"), Result("b"), Result("c"));

        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { null, "full", "inner_outer" }));
        Assert.That(plan.MaskedColumns, Is.EqualTo(new[] { "b", "c" }));
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.MasksAnything && plan.TouchesMasked && plan.RedactsMessages);
    }

    [Test]
    public void Value_computed_from_a_masked_column_is_masked_in_full()
    {
        var plan = Plan(
            Select(OnCustomers, Derived("a", "customers.email"), Derived("length", "customers.email"), Derived("c", "customers.name"), Derived("count")),
            Result("a"), Result("length", Int4), Result("c"), Result("count", 20));

        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "full", "null", null, null }));
    }

    [Test]
    public void Column_with_several_sources_gets_the_strictest_of_them()
    {
        var plan = Plan(
            Select(
                ["customers", "payments", "orders"],
                Plain("a", "customers.email", "payments.card"),
                Plain("b", "customers.email", "customers.ssn"),
                Plain("c", "orders.note", "customers.email")),
            Result("a"), Result("b"), Result("c"));

        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "hash", "full", "inner_outer" }));
    }

    [Test]
    public void Unknown_column_is_masked_in_full_if_the_database_has_a_masked_column()
    {
        var analysis = Select(["orders"], new OutputColumn { IsUnknown = true }, Plain("note", "orders.note"));
        ResultColumn[] shape = [Result("x"), Result("note")];

        Assert.That(Plan(analysis, shape).Algorithms(), Is.EqualTo(new[] { "full", null }));
        var elsewhere = MaskPlanner.Plan(analysis, shape, Shop.Catalogue, Shop.Policy, Alice with { Database = "report" });
        Assert.That(elsewhere.MasksAnything || elsewhere.RedactsMessages, Is.False);
    }

    [Test]
    public void Result_that_the_analysis_does_not_know_is_masked_in_full()
    {
        var analysis = Select(OnCustomers) with { Columns = default };
        var plan = Plan(analysis, Result("id", Int4, Customers, 1), Result("name", Text, Customers, 2));

        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "null", "full" }));
    }

    [Test]
    public void Unresolved_names_mask_what_has_no_proven_source_anywhere_in_the_database()
    {
        var analysis = Select(["orders"], new OutputColumn { IsUnknown = true }, Plain("note", "orders.note")) with { Unresolved = "function x is not known" };

        Assert.That(Plan(analysis, Result("x"), Result("note")).Algorithms(), Is.EqualTo(new[] { "full", null }));
    }

    [Test]
    public void Relation_that_the_catalogue_lacks_may_hold_anything()
    {
        var analysis = Select(["made_yesterday"], new OutputColumn { IsUnknown = true });

        Assert.That(Plan(analysis, Result("x")).Algorithms(), Is.EqualTo(new[] { "full" }));
    }

    [Test]
    public void System_catalogues_that_the_catalogue_lacks_hold_nothing_masked()
    {
        var analysis = Select([], new OutputColumn { Sources = [new("pg_catalog", "pg_class", "relname")] }) with { Relations = [new("pg_catalog", "pg_class")] };
        var plan = Plan(analysis, Result("relname", 19, 1259, 2));

        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.TouchesMasked, Is.False);
    }

    [Test]
    public void Code_of_the_user_may_read_any_table()
    {
        var analysis = Select(["orders"], Plain("note", "orders.note"), Derived("secret_of", "orders.id"), Derived("length", "orders.note"));
        ResultColumn[] shape = [Result("note"), Result("secret_of"), Result("length", Int4)];

        var plan = Plan(analysis with { RunsForeignCode = true }, shape);
        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { null, "full", "null" }));
        Assert.That(plan.RedactsMessages && plan.TouchesMasked);

        plan = Plan(analysis, shape);
        Assert.That(plan.MasksAnything || plan.TouchesMasked || plan.RedactsMessages, Is.False);
    }

    [Test]
    public void Types_without_a_text_become_null()
    {
        uint[] types = [16, 17, 18, 20, 21, 23, 26, 114, 142, 600, 650, 700, 701, 790, 869, 1009, 1082, 1083, 1114, 1184, 1186, 1560, 1700, 2249, 2950, 3802, 3904, 16999];
        foreach (var type in types)
            Assert.That(Plan(Select(OnCustomers, Plain("ssn", "customers.ssn")), Result("ssn", type)).Algorithms(), Is.EqualTo(new[] { "null" }), $"type {type}");
    }

    [TestCase(25u), TestCase(1043u), TestCase(1042u), TestCase(19u), TestCase(705u)]
    public void Types_with_a_text_get_the_algorithm(uint type) =>
        Assert.That(Plan(Select(OnCustomers, Plain("e", "customers.email")), Result("e", type)).Algorithms(), Is.EqualTo(new[] { "inner_outer" }));

    [Test]
    public void Citext_is_a_text_where_the_catalogue_says_so()
    {
        Assert.That(Plan(Select(OnCustomers, Plain("e", "customers.nick")), Result("e", Citext)).Algorithms(), Is.EqualTo(new[] { "inner_outer" }));
        Assert.That(Plan(Select(OnCustomers, Plain("e", "customers.nick")), Result("e", Citext + 1)).Algorithms(), Is.EqualTo(new[] { "null" }));
    }

    [Test]
    public void Unmask_shows_all_but_still_says_what_is_touched()
    {
        var analysis = Select(OnCustomers, Plain("ssn", "customers.ssn"), new OutputColumn { IsUnknown = true });
        ResultColumn[] shape = [Result("ssn", Text, Customers, 4), Result("x")];
        var plan = MaskPlanner.Plan(analysis, shape, Shop.Catalogue, Shop.Policy, Alice with { Unmask = true });

        Assert.That(plan.Algorithms(), Is.EqualTo(new string?[] { null, null }));
        Assert.That(plan.TouchesMasked);
        Assert.That(plan.RedactsMessages, Is.False);
    }

    [Test]
    public void Statement_that_only_filters_by_a_masked_table_must_not_show_messages()
    {
        var plan = Plan(Select(OnCustomers, Derived("count")), Result("count", 20));

        Assert.That(plan.MasksAnything, Is.False);
        Assert.That(plan.TouchesMasked && plan.RedactsMessages);
    }

    [Test]
    public void Statement_on_other_tables_touches_nothing()
    {
        var plan = Plan(Select(["orders"], Plain("note", "orders.note")), Result("note", Text, Orders, 3));

        Assert.That(plan.TouchesMasked || plan.RedactsMessages || plan.MasksAnything, Is.False);
    }

    [Test]
    public void Write_may_quote_rows_of_any_table_in_its_errors()
    {
        var insert = new StatementAnalysis { Kind = StatementKind.Insert, Relations = [new("public", "orders", IsWritten: true)], Columns = [] };

        Assert.That(Plan(insert).RedactsMessages);

        // What it returns is its own rows all the same.
        var returning = insert with { Columns = [Derived("id", "orders.id")] };
        Assert.That(Plan(returning, Result("id")) is { MasksAnything: false, RedactsMessages: true });
    }

    [Test]
    public void Empty_policy_masks_nothing_and_still_checks_the_shape()
    {
        var analysis = Select(OnCustomers, Plain("ssn", "customers.ssn"));
        var plan = MaskPlanner.Plan(analysis, [Result("ssn")], Shop.Catalogue, MaskingPolicy.Empty, Alice);
        Assert.That(plan.MasksAnything || plan.TouchesMasked, Is.False);
        Assert.That(plan.Columns, Has.Length.EqualTo(1));

        Assert.That(MaskPlanner.Plan(analysis, [], Shop.Catalogue, MaskingPolicy.Empty, Alice).Fault, Is.EqualTo(PlanFault.ShapeChanged));
    }
}
