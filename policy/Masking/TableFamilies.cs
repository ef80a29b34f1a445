using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>Which tables inherit from which, or are partitions of which, and so share columns (by name, as the server has it).</summary>
internal sealed class TableFamilies
{
    private readonly Catalogue _catalogue;
    private readonly ILookup<uint, CatalogueRelation> _children;

    public TableFamilies(Catalogue catalogue)
    {
        _catalogue = catalogue;
        _children = catalogue.Relations
            .SelectMany(static r => r.Parents, static (child, parent) => (child, parent))
            .ToLookup(static pair => pair.parent, static pair => pair.child);
    }

    /// <summary>True if the catalogue has the column.</summary>
    public bool Has(SourceColumn column) => Has(_catalogue.FindRelation(column.Schema, column.Relation), column.Column);

    /// <summary>The same column in the tables above.</summary>
    public IEnumerable<SourceColumn> Above(SourceColumn column) =>
        Walk(column, r => r.Parents.Select(_catalogue.FindRelation).OfType<CatalogueRelation>());

    /// <summary>The column itself, and the same column in the tables above and below.</summary>
    public IEnumerable<SourceColumn> Around(SourceColumn column) =>
        Above(column).Concat(Walk(column, r => _children[r.Oid])).Prepend(column);

    private static bool Has(CatalogueRelation? relation, string column) =>
        relation is not null && relation.Columns.Any(c => string.Equals(c.Name, column, StringComparison.Ordinal));

    private IEnumerable<SourceColumn> Walk(SourceColumn column, Func<CatalogueRelation, IEnumerable<CatalogueRelation>> next)
    {
        if (_catalogue.FindRelation(column.Schema, column.Relation) is not { } start)
            yield break;

        // A broken catalogue could hold a ring; each table is visited once.
        var seen = new HashSet<CatalogueRelation>(ReferenceEqualityComparer.Instance) { start };
        var open = new Stack<CatalogueRelation>([start]);
        while (open.TryPop(out var relation))
        {
            foreach (var relative in next(relation))
            {
                if (!seen.Add(relative))
                    continue;
                open.Push(relative);
                if (Has(relative, column.Column))
                    yield return new(relative.Schema, relative.Name, column.Column);
            }
        }
    }
}
