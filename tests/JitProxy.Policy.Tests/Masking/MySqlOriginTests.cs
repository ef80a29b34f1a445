using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>Schema, org_table and org_name, which a query in FROM can forge: they add masks, and they contradict where they can be relied on.</summary>
[TestFixture]
internal sealed class MySqlOriginTests
{
    private const uint Text = 253u | (45u << 16);

    private static readonly MaskingPolicy Policy = new()
    {
        SemanticTypes = Shop.Types(("ssn", MaskAlgorithm.Full)),
        Columns = ImmutableDictionary<MaskedColumn, string>.Empty.Add(new("shop", "app", "", "customers", "SSN"), "ssn"),
    };

    private static readonly SourceColumn Ssn = new("app", "customers", "Ssn");
    private static readonly SourceColumn Note = new("app", "orders", "note");

    [Test]
    public void A_column_that_is_where_the_statement_says_passes()
    {
        var plan = Plan(CatalogueOf(false), Select(Plain("note", Note)), Result("note", Note));
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.MasksAnything, Is.False);
    }

    [Test]
    public void A_masked_column_is_masked_however_its_case_is_written()
    {
        Assert.That(Plan(CatalogueOf(false), Select(Plain("x", Ssn)), Result("x", Ssn)).Algorithms(), Is.EqualTo(new[] { "full" }));
        Assert.That(Plan(CatalogueOf(false), Select(new OutputColumn { IsUnknown = true }), Result("x", new("app", "customers", "SSN"))).Algorithms(), Is.EqualTo(new[] { "full" }));
    }

    [Test]
    public void Letter_case_of_tables_counts_where_the_server_counts_it()
    {
        var policy = new MaskingPolicy { SemanticTypes = Policy.SemanticTypes, Columns = Policy.Columns.Clear().Add(new("shop", "app", "", "Customers", "ssn"), "ssn") };
        Assert.That(Plan(CatalogueOf(false), Select(Plain("x", Ssn)), Result("x", Ssn), policy).MasksAnything, Is.False);
        Assert.That(Plan(CatalogueOf(true), Select(Plain("x", Ssn)), Result("x", Ssn), policy).MasksAnything, Is.True);
    }

    [Test]
    public void An_origin_in_a_table_that_the_statement_does_not_use_is_a_changed_shape()
    {
        Assert.That(Plan(CatalogueOf(false), Select(Plain("note", Note)), Result("note", new("app", "gone", "note"))).Fault, Is.EqualTo(PlanFault.ShapeChanged));
        Assert.That(Plan(CatalogueOf(false), Select(Plain("note", Note)), Result("note", new("other", "orders", "note"))).Fault, Is.EqualTo(PlanFault.ShapeChanged));

        // Where the sources are not known, any table will do.
        Assert.That(Plan(CatalogueOf(false), Select(new OutputColumn { IsUnknown = true }), Result("note", new("app", "gone", "x"))).Fault, Is.EqualTo(PlanFault.None));
    }

    [Test]
    public void A_column_that_goes_by_its_new_name_is_none()
    {
        // select distinct note as n from a view: kept in between, it is called app.orders.n.
        var plan = Plan(CatalogueOf(false), Select(Plain("n", Note)), Result("n", new("app", "orders", "n")));
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.MasksAnything, Is.False);
    }

    [Test]
    public void The_name_of_a_query_in_from_contradicts_nothing_and_takes_no_mask_away()
    {
        // select Ssn from (select Ssn from customers) orders: to the server a column of `orders`.
        var forged = Select(Plain("Ssn", Ssn)) with { DerivedNames = ["Orders"] };
        var plan = Plan(CatalogueOf(false), forged, Result("Ssn", new("app", "orders", "Ssn")));
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "full" }));

        // The other way round it adds one: the stricter wins.
        var other = Select(Plain("Ssn", Note)) with { DerivedNames = ["customers"] };
        Assert.That(Plan(CatalogueOf(false), other, Result("Ssn", Ssn)).Algorithms(), Is.EqualTo(new[] { "full" }));
    }

    [Test]
    public void An_origin_without_a_schema_adds_masks_and_contradicts_nothing()
    {
        var unknown = Select(new OutputColumn { IsUnknown = true });
        Assert.That(Plan(CatalogueOf(false), unknown, Result("x", new("", "customers", "ssn"))).Algorithms(), Is.EqualTo(new[] { "full" }));
        Assert.That(Plan(CatalogueOf(false), Select(Plain("note", Note)), Result("note", new("", "a", "b"))).Fault, Is.EqualTo(PlanFault.None));
    }

    [Test]
    public void What_shows_no_values_is_not_masked()
    {
        var shown = new StatementAnalysis { Kind = StatementKind.Show, Relations = [new("app", "customers")], EveryColumn = new() };
        var plan = Plan(CatalogueOf(false), shown, Result("Field", new("information_schema", "COLUMNS", "Field")), Result("Type", new("", "", "")));
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None));
        Assert.That(plan.MasksAnything, Is.False);
    }

    [Test]
    public void Every_column_of_a_plan_is_masked_where_it_is_about_masked_columns()
    {
        var explained = new StatementAnalysis
        {
            Kind = StatementKind.Explain,
            Relations = [new("app", "customers")],
            EveryColumn = new() { IsDerived = true, Sources = [Ssn] },
        };
        var plan = Plan(CatalogueOf(false), explained, Result("id", new("", "", ""), 3u | (63u << 16)), Result("ref", new("", "", "")));
        Assert.That(plan.Algorithms(), Is.EqualTo(new[] { "null", "full" }));
    }

    private static Catalogue CatalogueOf(bool foldsTableNames) => new(
        SqlDialect.MariaDb,
        ["app"],
        [Table("customers", "id", "Ssn"), Table("orders", "id", "note")],
        [],
        server: new("10.11.19-MariaDB", foldsTableNames));

    private static CatalogueRelation Table(string name, params string[] columns) =>
        new() { Schema = "app", Name = name, Columns = [.. columns.Select((c, i) => new CatalogueColumn((short)(i + 1), c, "varchar(40)", 0))] };

    private static StatementAnalysis Select(params OutputColumn[] columns) => new()
    {
        Kind = StatementKind.Select,
        Relations = [new("app", "customers"), new("app", "orders")],
        Columns = [.. columns],
    };

    private static OutputColumn Plain(string name, SourceColumn source) => new() { Name = name, Sources = [source] };

    private static ResultColumn Result(string name, SourceColumn origin, uint type = Text) =>
        ResultColumn.OfMySql(name, origin, (byte)(type & 0xFF), (ushort)(type >> 16), 0, isBinary: false);

    private static MaskPlan Plan(Catalogue catalogue, StatementAnalysis analysis, params ResultColumn[] shape) => Plan(catalogue, analysis, shape[0], Policy, shape[1..]);

    private static MaskPlan Plan(Catalogue catalogue, StatementAnalysis analysis, ResultColumn first, MaskingPolicy policy, params ResultColumn[] others) =>
        MaskPlanner.Plan(analysis, (ResultColumn[])[first, .. others], catalogue, policy, new("alice", "shop", "app", "prod", "store", Unmask: false, Shop.Now));
}
