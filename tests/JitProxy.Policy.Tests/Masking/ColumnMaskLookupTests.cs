using System.Collections.Immutable;
using JitProxy.Policy.Approval;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>Which columns the policy masks: entries, rules, and tables that share columns.</summary>
[TestFixture]
internal sealed class ColumnMaskLookupTests
{
    [Test]
    public void Column_in_the_map_has_its_algorithm_and_others_have_none()
    {
        Assert.That(Find("customers.ssn"), Is.EqualTo("full"));
        Assert.That(Find("customers.name"), Is.Null);
        Assert.That(Find("orders.ssn"), Is.Null);
        Assert.That(LookupOf(Shop.Policy).FindSemanticTypes(Source("customers.ssn")), Is.EqualTo(new[] { "ssn" }));
    }

    [Test]
    public void Column_of_another_server_database_or_schema_has_none()
    {
        Assert.That(Shop.Policy.LookupFor(Shop.Catalogue, Alice with { Database = "app2" }).Find(Source("customers.ssn")), Is.Null);
        Assert.That(Shop.Policy.LookupFor(Shop.Catalogue, Alice with { Server = "shop2" }).Find(Source("customers.ssn")), Is.Null);
        Assert.That(LookupOf(Shop.Policy).Find(new SourceColumn("private", "customers", "ssn")), Is.Null);
        Assert.That(LookupOf(Shop.Policy).Find(new SourceColumn("public", "customers", "SSN")), Is.Null, "names are as the catalogue has them");
    }

    [Test]
    public void First_rule_that_matches_wins_over_later_ones_and_over_the_map()
    {
        var policy = Shop.Policy.With(rules: [new(c => c.Column == "note", "ssn"), new(c => c.Column is "note" or "ssn", "email"), new(c => c.Column == "ssn", "card")]);

        Assert.That(Find("orders.note", policy), Is.EqualTo("full"));
        Assert.That(Find("customers.ssn", policy), Is.EqualTo("inner_outer"));
        Assert.That(Find("customers.email", policy), Is.EqualTo("inner_outer"), "no rule: the map");
    }

    [Test]
    public void Rule_that_fails_to_evaluate_counts_as_matched()
    {
        var policy = Shop.Policy.With(rules: [new(_ => throw new TimeoutException(), "card")]);

        Assert.That(Find("orders.note", policy), Is.EqualTo("hash"));
        Assert.That(Find("customers.ssn", policy), Is.EqualTo("hash"));
    }

    [Test]
    public void Semantic_type_that_nobody_defined_is_masked_in_full() =>
        Assert.That(Find("orders.note", Shop.Policy.With(rules: [new(c => c.Column == "note", "no such type")])), Is.EqualTo("full"));

    [Test]
    public void Rule_sees_where_the_column_lies()
    {
        MaskAttributes seen = default;
        Find("orders.note", Shop.Policy.With(rules: [new(c => c.Column == "note" && (seen = c) is { Column: "note" }, "ssn")]));

        Assert.That(seen, Is.EqualTo(new MaskAttributes("store", "prod", "shop", "app", "postgresql", "public", "orders", "note")));
        Assert.That(seen.ToConditionValues(), Is.EqualTo(new ConditionValues
        {
            ProjectId = "store",
            EnvironmentId = "prod",
            InstanceId = "shop",
            DatabaseName = "app",
            DbEngine = "postgresql",
            SchemaName = "public",
            TableName = "orders",
            ColumnName = "note",
        }));
    }

    [Test]
    public void Mask_on_a_table_covers_partitions_of_any_depth()
    {
        Assert.That(Find("payments.card"), Is.EqualTo("hash"));
        Assert.That(Find("payments_2024.card"), Is.EqualTo("hash"));
        Assert.That(Find("payments_2024_03.card"), Is.EqualTo("hash"));
        Assert.That(Find("payments_2024_03.id"), Is.Null);
    }

    [Test]
    public void Mask_on_a_partition_covers_reads_of_the_table_above_but_not_of_its_sisters()
    {
        var catalogue = new Catalogue(
            SqlDialect.PostgreSql, ["public"], [Table(1, "t", "a"), Table(2, "t1", "a") with { Parents = [1] }, Table(3, "t2", "a") with { Parents = [1] }], []);
        var lookup = new MaskingPolicy { Columns = Columns(("t1", "a", "x")) }.LookupFor(catalogue, Alice);

        Assert.That(lookup.Find(Source("t.a")), Is.EqualTo(MaskAlgorithm.Full));
        Assert.That(lookup.Find(Source("t1.a")), Is.EqualTo(MaskAlgorithm.Full));
        Assert.That(lookup.Find(Source("t2.a")), Is.Null);
        Assert.That(lookup.MasksAnyOf("public", "t") && !lookup.MasksAnyOf("public", "t2"));
    }

    [Test]
    public void Table_that_is_masked_twice_gets_the_stricter()
    {
        var policy = new MaskingPolicy
        {
            SemanticTypes = Types(("round", new(MaskKind.Round) { Step = 10 }), ("hash", new(MaskKind.Hash))),
            Columns = Columns(("payments", "card", "round"), ("payments_2024_03", "card", "hash")),
        };
        Assert.That(Find("payments_2024_03.card", policy), Is.EqualTo("hash"));
        Assert.That(Find("payments.card", policy), Is.EqualTo("hash"), "it returns the partition's rows too");
    }

    [Test]
    public void Ring_of_parents_ends()
    {
        var catalogue = new Catalogue(SqlDialect.PostgreSql, [], [Table(1, "a", "x") with { Parents = [2, 99] }, Table(2, "b", "x") with { Parents = [1] }], []);
        var lookup = new MaskingPolicy { Columns = Columns(("b", "x", "ssn")) }.LookupFor(catalogue, Alice);

        Assert.That(lookup.Find(Source("a.x")), Is.EqualTo(MaskAlgorithm.Full));
    }

    [Test]
    public void Database_with_a_rule_that_matches_one_column_masks_something()
    {
        Assert.That(LookupOf(Shop.Policy).MasksAnything);
        Assert.That(LookupOf(MaskingPolicy.Empty).MasksAnything, Is.False);
        Assert.That(LookupOf(new() { Rules = [new(c => c.Column == "clerk_phone", "x")] }).MasksAnything);
        Assert.That(LookupOf(new() { Rules = [new(c => c.Column == "absent", "x")] }).MasksAnything, Is.False);
        Assert.That(Shop.Policy.LookupFor(Shop.Catalogue, Alice with { Database = "other" }).MasksAnything, Is.False);
    }

    [Test]
    public void MySql_names_have_a_database_and_no_schema()
    {
        var orders = new CatalogueRelation { Schema = "app", Name = "orders", Columns = [new(1, "phone", "varchar(20)", 0)] };
        var catalogue = new Catalogue(SqlDialect.MariaDb, [], [orders], []);
        Assert.That(MaskedColumn.TryParse("shop/app.orders.phone", out var name, out _));
        var policy = new MaskingPolicy { Columns = ImmutableDictionary<MaskedColumn, string>.Empty.Add(name, "phone"), Rules = [new(c => c is not { Engine: "mariadb", Schema: "", Database: "app" }, "null")] };

        Assert.That(policy.LookupFor(catalogue, Alice).Find(new SourceColumn("app", "orders", "phone")), Is.EqualTo(MaskAlgorithm.Full));
        Assert.That(policy.LookupFor(catalogue, Alice with { Database = "report" }).Find(new SourceColumn("app", "orders", "phone")), Is.EqualTo(MaskAlgorithm.Full));
    }

    [Test]
    public void Answers_are_kept_per_catalogue_and_place()
    {
        var calls = 0;
        var policy = new MaskingPolicy { Rules = [new(_ => ++calls > 0, "x")] };
        for (var i = 0; i < 5; i++)
            Assert.That(policy.LookupFor(Shop.Catalogue, Alice).Find(Source("orders.note")), Is.Not.Null);
        Assert.That(calls, Is.EqualTo(1));

        policy.LookupFor(Shop.Catalogue, Alice with { Environment = "test" }).Find(Source("orders.note"));
        Assert.That(calls, Is.EqualTo(2));
    }

    private static ColumnMaskLookup LookupOf(MaskingPolicy policy) => policy.LookupFor(Shop.Catalogue, Alice);

    private static string? Find(string column, MaskingPolicy? policy = null) => LookupOf(policy ?? Shop.Policy).Find(Source(column))?.Name;
}
