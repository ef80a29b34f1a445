using System.Collections.Immutable;

namespace JitProxy.Policy.Sql;

/// <summary>The names that columns had before they or their tables were renamed, as far as this process has seen it.</summary>
/// <remarks>A mask names a column. Who renames it, or puts another table in its place, must not take the mask off.</remarks>
internal sealed class FormerNames
{
    // A column that is renamed more often than this keeps its newest names.
    private const int CountMax = 64;

    private readonly Dictionary<SourceColumn, ImmutableArray<SourceColumn>> _names = [];

    private FormerNames()
    {
    }

    /// <summary>Nothing was renamed.</summary>
    public static FormerNames None { get; } = new();

    /// <summary>What the columns of the newer catalogue were called in the older one, and before.</summary>
    public static FormerNames Between(Catalogue older, FormerNames before, Catalogue newer)
    {
        var names = new FormerNames();
        foreach (var relation in newer.Relations)
        {
            if (relation.Oid != 0 && older.FindRelation(relation.Oid) is { } former)
                names.AddRelation(relation, former, before);
        }

        return names._names.Count == 0 ? None : names;
    }

    /// <summary>The former names of a column, oldest first.</summary>
    public ImmutableArray<SourceColumn> Find(in SourceColumn column) => _names.GetValueOrDefault(column, []);

    // Columns keep their numbers, and both lists are in the order of these.
    private void AddRelation(CatalogueRelation relation, CatalogueRelation former, FormerNames before)
    {
        var at = 0;
        foreach (var column in relation.Columns)
        {
            while (at < former.Columns.Length && former.Columns[at].Number < column.Number)
                at++;
            if (at == former.Columns.Length)
                return;
            if (former.Columns[at].Number == column.Number)
                AddColumn(new(relation.Schema, relation.Name, column.Name), new(former.Schema, former.Name, former.Columns[at].Name), before);
        }
    }

    private void AddColumn(SourceColumn now, SourceColumn then, FormerNames before)
    {
        var names = before.Find(then);
        if (now != then)
            names = names.Remove(now).Remove(then).Add(then);
        if (!names.IsEmpty)
            _names[now] = names.Length > CountMax ? names[^CountMax..] : names;
    }
}
