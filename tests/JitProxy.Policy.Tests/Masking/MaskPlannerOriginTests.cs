using System.Buffers;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>The second witness: the origin columns, names and count that the server sends.</summary>
[TestFixture]
internal sealed class MaskPlannerOriginTests
{
    private static readonly string[] OnCustomers = ["customers"];

    [Test]
    public void Origin_that_agrees_is_accepted()
    {
        var plan = Plan(Select(OnCustomers, Plain("id", "customers.id"), Plain("ssn", "customers.ssn")), Result("id", Int4, Customers, 1), Result("ssn", Text, Customers, 4));

        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { null, "full" }));
    }

    [Test]
    public void Origin_adds_a_mask_that_the_analysis_missed()
    {
        // The analysis does not know the column; the server says that it is customers.ssn.
        var plan = MaskPlanner.Plan(
            Select(["orders"], new OutputColumn { IsUnknown = true }), [Result("x", Text, Customers, 4)], Shop.Catalogue, Shop.Policy, Alice);

        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "full" }));
    }

    [Test]
    public void Origin_that_names_nothing_masked_takes_no_mask_away()
    {
        // A server, or somebody in between, that says "orders.note" of a masked column.
        var view = Plan(Select(OnCustomers, Plain("ssn", "customers.ssn")), Result("ssn", Text, CustomersView, 2));
        Assert.That(view.Algorithms(), Is.EqualTo(new[] { "full" }));

        var unknown = Plan(Select(OnCustomers, new OutputColumn { IsUnknown = true }), Result("ssn", Text, Orders, 3));
        Assert.That(unknown.Algorithms(), Is.EqualTo(new[] { "full" }));
    }

    [Test]
    public void Origin_in_another_table_column_is_a_changed_shape()
    {
        // `name` and `ssn` were renamed into each other after the catalogue was read.
        var plan = Plan(Select(OnCustomers, Plain("name", "customers.name")), Result("name", Text, Customers, 4));

        AssertChanged(plan, "customers.ssn");
    }

    [Test]
    public void Origin_in_an_unknown_relation_is_a_changed_shape() =>
        AssertChanged(Plan(Select(OnCustomers, Plain("name", "customers.name")), Result("name", Text, 29999, 1)), "29999");

    [Test]
    public void Origin_in_an_unknown_column_is_a_changed_shape() =>
        AssertChanged(Plan(Select(OnCustomers, Plain("name", "customers.name")), Result("name", Text, Customers, 3)), "column 3");

    [Test]
    public void Other_count_is_a_changed_shape()
    {
        var analysis = Select(OnCustomers, Plain("name", "customers.name"));

        AssertChanged(Plan(analysis), "0 columns");
        AssertChanged(Plan(analysis, Result("name"), Result("ssn")), "2 columns");
    }

    [Test]
    public void Other_name_is_a_changed_shape() =>
        AssertChanged(Plan(Select(OnCustomers, Plain("name", "customers.name")), Result("ssn")), "ssn");

    [Test]
    public void Name_that_the_server_cut_is_the_same_name()
    {
        var name = new string('n', 62) + "é";
        var analysis = Select(OnCustomers, Plain(name + "more", "customers.name"));

        Assert.That(Plan(analysis, Result(new string('n', 62))).Fault, Is.EqualTo(PlanFault.None));
        AssertChanged(Plan(analysis, Result(new string('n', 40))), "instead of");
    }

    [Test]
    public void Whole_row_origin_is_masked_if_any_of_its_columns_is()
    {
        var known = new OutputColumn { Name = "c", IsDerived = true };

        Assert.That(Plan(Select([], known), Result("c", 2249, Customers, 0)).Algorithms(), Is.EqualTo(new[] { "null" }));
        Assert.That(Plan(Select([], known), Result("c", 2249, Orders, 0)).Algorithms(), Is.EqualTo(new string?[] { null }));
    }

    [Test]
    public void System_column_origin_is_accepted() =>
        Assert.That(Plan(Select(OnCustomers, Plain("ctid", "customers.ctid")), Result("ctid", 27, Customers, -1)).Fault, Is.EqualTo(PlanFault.None));

    private static void AssertChanged(MaskPlan plan, string detail)
    {
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.ShapeChanged));
        Assert.That(plan.FaultDetail, Does.Contain(detail));
        Assert.That(plan.TouchesMasked && plan.RedactsMessages);

        // Nothing passes, should somebody use it all the same.
        foreach (var mask in plan.Columns)
            Assert.That(mask!.TryMask("x"u8, new ArrayBufferWriter<byte>()), Is.False);
    }
}
