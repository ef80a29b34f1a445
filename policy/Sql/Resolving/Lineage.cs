using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>What a value comes from. Immutable.</summary>
/// <param name="Sources">Every column that it may depend on.</param>
/// <param name="IsDirect">True if it is the unchanged value of one of those columns.</param>
/// <param name="IsUnknown">True if it may come from anything.</param>
internal sealed record Lineage(ImmutableHashSet<SourceColumn> Sources, bool IsDirect, bool IsUnknown)
{
    /// <summary>Comes from nothing: a constant.</summary>
    public static Lineage None { get; } = new([], false, false);

    /// <summary>May come from anything.</summary>
    public static Lineage Unknown { get; } = new([], false, true);

    /// <summary>A column as it is.</summary>
    public static Lineage Of(SourceColumn column) => new([column], true, false);

    /// <summary>The same sources, the value changed.</summary>
    public Lineage Derived => IsDirect ? this with { IsDirect = false } : this;

    /// <summary>A value computed from both.</summary>
    public Lineage With(Lineage other) => Merge(other, false);

    /// <summary>A value that is one or the other, as it is.</summary>
    public Lineage Or(Lineage other) => Merge(other, IsDirect && other.IsDirect);

    /// <summary>True if the other adds nothing.</summary>
    public bool Covers(Lineage other) => (IsUnknown || !other.IsUnknown) && (!IsDirect || other.IsDirect) && other.Sources.IsSubsetOf(Sources);

    private Lineage Merge(Lineage other, bool isDirect)
    {
        var isUnknown = IsUnknown || other.IsUnknown;
        if (other.Sources.IsEmpty || ReferenceEquals(Sources, other.Sources))
            return IsDirect == isDirect && IsUnknown == isUnknown ? this : new(Sources, isDirect, isUnknown);
        return new(Sources.IsEmpty ? other.Sources : Sources.Union(other.Sources), isDirect, isUnknown);
    }
}
