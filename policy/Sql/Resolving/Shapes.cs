using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>A column that a query gives or a FROM item offers.</summary>
/// <param name="Name">Its name; null if only the server knows it.</param>
/// <param name="Lineage">What its values come from.</param>
/// <param name="TypeName">Its type where it is a catalogue column, otherwise null.</param>
internal readonly record struct RangeColumn(string? Name, Lineage Lineage, string? TypeName = null)
{
    /// <summary>True if a <c>*</c> stands for it, so that its place depends on the catalogue.</summary>
    public bool IsFromStar { get; init; }

    /// <summary>True if <c>*</c> does not show it.</summary>
    public bool IsInvisible { get; init; }
}

/// <summary>What a query gives.</summary>
/// <param name="Columns">Its columns, as far as they are known.</param>
/// <param name="Hidden">What columns that are not listed would come from; null if all are listed.</param>
/// <param name="Influence">What decides which rows there are.</param>
internal sealed record QueryShape(ImmutableArray<RangeColumn> Columns, Lineage? Hidden, Lineage Influence)
{
    /// <summary>A shape of which nothing is known yet, for the first pass over a recursive query.</summary>
    public static QueryShape Pending { get; } = new([], Lineage.None, Lineage.None);

    /// <summary>A shape that may be anything.</summary>
    public static QueryShape Unknown { get; } = new([], Lineage.Unknown, Lineage.Unknown);

    /// <summary>All columns as one value.</summary>
    public Lineage Whole => Shape.Whole(Columns, Hidden);

    /// <summary>The same with other names for the first columns.</summary>
    public QueryShape Renamed(ImmutableArray<string> names) => names.IsEmpty ? this : this with { Columns = Shape.Rename(Columns, Hidden, names) };
}

/// <summary>What the FROM clause calls one thing: a table, a subquery, a function.</summary>
/// <param name="name">Its alias or name; null if it has none.</param>
/// <param name="schema">Its schema, if it is a relation without an alias.</param>
/// <param name="columns">Its columns, as far as they are known.</param>
/// <param name="hidden">What columns that are not listed would come from; null if all are listed.</param>
/// <param name="hasSystemColumns">True for tables: ctid, xmin and their like.</param>
internal sealed class RangeEntry(string? name, string? schema, ImmutableArray<RangeColumn> columns, Lineage? hidden, bool hasSystemColumns = false)
{
    private Lineage? _whole;

    public string? Name { get; } = name;

    public string? Schema { get; } = schema;

    public ImmutableArray<RangeColumn> Columns { get; } = columns;

    public Lineage? Hidden { get; } = hidden;

    public bool HasSystemColumns { get; } = hasSystemColumns;

    /// <summary>All columns as one value; one object, so that using it again costs nothing.</summary>
    public Lineage Whole => _whole ??= Shape.Whole(Columns, Hidden);
}

/// <summary>What one FROM item brings into view.</summary>
/// <param name="Entries">What can be named with a qualifier.</param>
/// <param name="Columns">What can be named without, in the order of <c>*</c>.</param>
/// <param name="Hidden">What columns that are not listed would come from; null if all are listed.</param>
internal sealed record FromShape(ImmutableArray<RangeEntry> Entries, ImmutableArray<RangeColumn> Columns, Lineage? Hidden)
{
    /// <summary>The shape of a single entry.</summary>
    public static FromShape Of(RangeEntry entry) => new([entry], entry.Columns, entry.Hidden);
}

/// <summary>Operations that shapes have in common.</summary>
internal static class Shape
{
    /// <summary>All columns as one derived value.</summary>
    public static Lineage Whole(ImmutableArray<RangeColumn> columns, Lineage? hidden)
    {
        var whole = hidden?.Derived ?? Lineage.None;
        foreach (var column in columns)
            whole = whole.With(column.Lineage);
        return whole;
    }

    /// <summary>Gives the first columns other names; a name beyond the known columns stands for one that was hidden.</summary>
    public static ImmutableArray<RangeColumn> Rename(ImmutableArray<RangeColumn> columns, Lineage? hidden, ImmutableArray<string> names)
    {
        var renamed = columns.ToBuilder();
        for (var i = 0; i < names.Length; i++)
        {
            if (i < renamed.Count)
                renamed[i] = renamed[i] with { Name = names[i] };
            else if (hidden is not null)
                renamed.Add(new(names[i], hidden));
        }

        return renamed.ToImmutable();
    }

    /// <summary>Either of two lineages that may be missing.</summary>
    public static Lineage? Or(Lineage? left, Lineage? right) => left is null ? right : right is null ? left : left.With(right);
}
