using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>A mask stays with a column whose name changes.</summary>
[TestFixture]
internal sealed class RenamedColumnTests
{
    private static readonly CatalogueRelation Vault = Table(1, "vault", "id", "code");
    private static readonly CatalogueRelation Plain = Table(2, "plain", "id", "code");
    private static readonly MaskingPolicy Policy = new() { Columns = Columns(("vault", "code", "x")) };
    private static readonly Catalogue Before = Of(Vault, Plain);

    [Test]
    public void Table_that_is_renamed_keeps_its_masks() => Assert.That(Masked(Of(Vault with { Name = "old" }, Plain).After(Before)), Is.EqualTo(new[] { "old.code" }));

    [Test]
    public void Table_that_takes_the_place_of_another_keeps_its_masks_and_so_does_the_place()
    {
        var swapped = Of(Vault with { Name = "plain" }, Plain with { Name = "vault" }).After(Before);

        Assert.That(Masked(swapped), Is.EqualTo(new[] { "plain.code", "vault.code" }), "what has the name now is masked by it");
    }

    [Test]
    public void Column_that_is_renamed_keeps_its_mask()
    {
        var renamed = Of(Vault with { Columns = [Column(1, "code"), Column(2, "key")] }, Plain).After(Before);

        Assert.That(Masked(renamed), Is.EqualTo(new[] { "vault.code", "vault.key" }));
    }

    [Test]
    public void Schema_that_is_renamed_keeps_its_masks()
    {
        var moved = Of(Vault with { Schema = "attic" }, Plain).After(Before);

        Assert.That(new MaskScopeOf(moved).Find(new("attic", "vault", "code")), Is.Not.Null);
    }

    [Test]
    public void Masks_stay_through_many_changes()
    {
        var last = Before;
        for (var i = 0; i < 200; i++)
            last = Of(Vault with { Name = i % 2 == 0 ? "one" : "two" }, Plain).After(last);

        Assert.That(Masked(last), Is.EqualTo(new[] { "two.code" }));
    }

    [Test]
    public void Column_that_comes_in_the_place_of_one_that_went_is_another()
    {
        var replaced = Of(Vault with { Columns = [Column(1, "id"), Column(3, "note")] }, Plain).After(Before);

        Assert.That(Masked(replaced), Is.Empty);
    }

    [Test]
    public void What_is_read_again_after_its_mask_moved_is_as_it_was()
    {
        var renamed = Of(Vault with { Name = "old" }, Plain).After(Before);
        var back = Of(Vault, Plain).After(renamed);

        Assert.That(Masked(back), Is.EqualTo(new[] { "vault.code" }));
    }

    private static Catalogue Of(params CatalogueRelation[] relations) => new(SqlDialect.PostgreSql, ["public"], relations, []);

    private static string[] Masked(Catalogue catalogue) =>
    [
        .. catalogue.Relations.SelectMany(static r => r.Columns, static (r, c) => new SourceColumn(r.Schema, r.Name, c.Name))
            .Where(column => new MaskScopeOf(catalogue).Find(column) is not null)
            .Select(static column => $"{column.Relation}.{column.Column}").Order(StringComparer.Ordinal),
    ];

    private sealed class MaskScopeOf(Catalogue catalogue)
    {
        public MaskAlgorithm? Find(SourceColumn column) => Policy.LookupFor(catalogue, Alice).Find(column);
    }
}
