using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class MaskPreviewTests
{
    [Test]
    public void Columns_are_listed_with_sources_and_algorithms()
    {
        var preview = Preview(Select(["customers"], Plain("id", "customers.id"), Plain("mail", "customers.email"), Derived("length", "customers.ssn")));

        Assert.That(preview.Columns.Select(c => (c.Name, c.Algorithm?.Name, c.IsDerived)), Is.EqualTo(new (string?, string?, bool)[] { ("id", null, false), ("mail", "inner_outer", false), ("length", "full", true) }));
        Assert.That(preview.Columns[1].Sources, Is.EqualTo(new[] { Source("customers.email") }));
        Assert.That(preview.Warnings, Is.Empty);
        Assert.That(preview.TouchesMasked);
    }

    [Test]
    public void Predicate_on_a_masked_column_is_warned_of_once()
    {
        var analysis = Select(["customers"], Plain("id", "customers.id")) with
        {
            PredicateColumns = [Source("customers.id"), Source("customers.ssn"), Source("customers.ssn")],
        };
        var preview = Preview(analysis);

        Assert.That(preview.Warnings, Has.Length.EqualTo(1));
        Assert.That(preview.Warnings[0], Does.Contain("by masked column public.customers.ssn"));
    }

    [Test]
    public void Unmask_warns_of_what_it_shows()
    {
        var preview = Preview(Select(["customers"], Plain("id", "customers.id"), Plain("ssn", "customers.ssn")), Alice with { Unmask = true });

        Assert.That(preview.Columns.Select(c => c.Algorithm), Is.All.Null);
        Assert.That(preview.Warnings, Is.EqualTo(new[] { "unmask shows column ssn in clear (full otherwise)" }));
    }

    [Test]
    public void Unknown_columns_are_warned_of()
    {
        var unknown = Select(["customers"]) with { Columns = default };
        Assert.That(Preview(unknown).IsUnknown);
        Assert.That(Preview(unknown).Warnings, Has.Some.Contain("all come masked in full"));
        Assert.That(Preview(unknown, Alice with { Unmask = true }).Warnings, Has.Some.Contain("may show any"));
        Assert.That(Preview(unknown, Alice with { Database = "report" }).Warnings, Is.Empty);
        Assert.That(Preview(Select(["customers"], new OutputColumn { IsUnknown = true })).Warnings, Has.Some.Contain("not known"));
    }

    private static MaskPreview Preview(StatementAnalysis analysis, MaskSubject? subject = null) =>
        MaskPlanner.Preview(analysis, Shop.Catalogue, Shop.Policy, subject ?? Alice);
}
